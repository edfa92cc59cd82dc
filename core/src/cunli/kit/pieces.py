"""What the plugin's templates and style sheets may not do."""

from __future__ import annotations

import ast
import difflib
import functools
import re
from collections.abc import Iterator

import jinja2
from jinja2 import nodes

from cunli.kit.subject import Subject
from cunli.settings import Settings
from cunli.testing.theme_checks import INLINE, files_in, foreign, icons_in, static_files
from cunli.web import themes
from cunli.web.stylesheets import rules

UNESCAPED = "unescaped output"
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_FORM = re.compile(r"<form\b[^>]*method=.post.*?</form>", re.DOTALL | re.IGNORECASE)


def parsed(source: str) -> nodes.Template:
    return jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]).parse(source)  # noqa: S701 only parsed


@functools.cache
def _chain() -> tuple[themes.Theme, ...]:
    return tuple(themes.chain(str(Settings.model_fields["theme"].default)))


def templates_can_be_read(subject: Subject) -> Iterator[str]:
    """Jinja2 cannot read the template; the line is where it gave up."""
    for name, source in subject.templates.items():
        try:
            parsed(source)
        except jinja2.TemplateSyntaxError as exc:
            yield f"{name}:{exc.lineno} {exc.message}"


def templates_find_each_other(subject: Subject) -> Iterator[str]:
    """A template that is extended, included, imported or rendered does not exist: your own are called `<id>/….html`."""
    theirs = {p.relative_to(t.templates).as_posix() for t in _chain() for p in t.templates.rglob("*.html")}
    known = theirs | set(subject.templates)
    for name, source in _readable(subject):
        tree = parsed(source)
        kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
        for kind in kinds:
            for reference in tree.find_all(kind):
                if isinstance(reference.template, nodes.Const) and reference.template.value not in known:  # type: ignore[attr-defined]
                    yield f"{name} asks for {reference.template.value}"  # type: ignore[attr-defined]
    yield from (f"{where} asks for {name}" for where, name in _rendered(subject) if name not in known)


def _rendered(subject: Subject) -> Iterator[tuple[str, str]]:
    for path, tree in subject.trees.items():
        for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
            asked = [k.value for k in call.keywords if k.arg == "template"]
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("render", "html"):
                asked += call.args[:1]
            for one in asked:
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.endswith(".html"):
                    yield f"{path}:{call.lineno}", one.value


def templates_hold_no_script_or_style(subject: Subject) -> Iterator[str]:
    """The content policy refuses inline script and style: use the theme's components, or a style sheet in static/."""
    for name, html in _bare(subject):
        yield from (f"{name}: {words}" for pattern, words in INLINE if words != UNESCAPED and pattern.search(html))


def templates_escape_everything(subject: Subject) -> Iterator[str]:
    """Take `|safe` away: what people write would become part of the page. Build pieces of HTML with a template."""
    for name, html in _bare(subject):
        yield from (f"{name}: {words}" for pattern, words in INLINE if words == UNESCAPED and pattern.search(html))


def asks_no_other_host(subject: Subject) -> Iterator[str]:
    """Ship the file in static/ and write {{ static("<id>/…") }}: other hosts learn who reads what, and are slow in a village."""
    sheets = {
        p.relative_to(subject.home).as_posix(): p.read_text("utf-8") for p in subject.home.rglob("static/**/*.css")
    }
    for name, text in (*_bare(subject), *sheets.items()):
        yield from (f"{name}: {words}" for words in foreign(text) if "rel=" not in words)


def forms_carry_their_token(subject: Subject) -> Iterator[str]:
    """Write {{ form_token() }} inside every form that posts: without it old browsers cannot send it, and twice counts twice."""
    for name, html in _bare(subject):
        for form in _FORM.findall(html):
            if "form_token()" not in form and "caller()" not in form:
                yield f"{name}: {' '.join(form.split())[:80]}"


def icons_and_files_exist(subject: Subject) -> Iterator[str]:
    """There is no such icon or static file: docs/reference/icons.md lists the icons; ship a file in static/ as `<id>/…`."""
    static = static_files(_chain())
    icons = set(re.findall(r'id="i-([a-z0-9-]+)"', static["icons.svg"].read_text("utf-8")))
    own = subject.home / "static"
    files = {*static, *(f"{subject.name}/{p.relative_to(own).as_posix()}" for p in own.rglob("*") if p.is_file())}
    for name, source in _readable(subject):
        yield from (f"{name}: no icon “{icon}”{_near(icon, icons)}" for icon in sorted(icons_in(source) - icons))
        yield from (f"{name}: no static file “{file}”" for file in sorted(files_in(source) - files))
    for path, tree in subject.trees.items():
        for keyword in (n for n in ast.walk(tree) if isinstance(n, ast.keyword) and n.arg == "icon"):
            if isinstance(keyword.value, ast.Constant) and (icon := str(keyword.value.value)) not in icons:
                yield f"{path}:{keyword.value.lineno} no icon “{icon}”{_near(icon, icons)}"


def _near(name: str, known: set[str]) -> str:
    """Those of nearly the same name, or one of whose words it holds."""
    words = {word for word in name.split("-") if len(word) > 2}
    near = difflib.get_close_matches(name, sorted(known), 3)
    near += [one for one in sorted(known) if words & {*one.split("-")} and one not in near]
    return f"; there is {', '.join(near[:4])}" if near else ""


def slots_are_its_own(subject: Subject) -> Iterator[str]:
    """The slots your pages offer to other plugins are called `<id>.…`, or are slots of the core."""
    for name, source in _readable(subject):
        for slot in sorted(_slots(source) - _core_slots()):
            if not slot.startswith(f"{subject.name}."):
                yield f"{name} offers a slot called “{slot}”"


@functools.cache
def _core_slots() -> frozenset[str]:
    sources = (path.read_text("utf-8") for theme in _chain() for path in theme.templates.rglob("*.html"))
    return frozenset(slot for source in sources for slot in _slots(source))


def _slots(source: str) -> set[str]:
    calls = [c for c in parsed(source).find_all(nodes.Call) if isinstance(c.node, nodes.Name) and c.node.name == "slot"]
    return {str(call.args[0].value) for call in calls if call.args and isinstance(call.args[0], nodes.Const)}


def styles_stay_in_their_layer(subject: Subject) -> Iterator[str]:
    """Write `@layer plugins { .p-<id>-… { … } }`: so a theme can change it, and it changes nothing of others."""
    mark = f".p-{subject.name.replace('_', '-')}"
    for path in sorted(subject.home.rglob("static/**/*.css")):
        for rule in rules(path.read_text("utf-8")):
            for selector in rule.selectors:
                if rule.layer != "plugins" or mark not in selector:
                    yield f"{path.name}: “{selector}” stands in layer “{rule.layer or 'none'}”"


def _readable(subject: Subject) -> Iterator[tuple[str, str]]:
    broken = {finding.partition(":")[0] for finding in templates_can_be_read(subject)}
    return ((name, source) for name, source in subject.templates.items() if name not in broken)


def _bare(subject: Subject) -> Iterator[tuple[str, str]]:
    return ((name, _COMMENT.sub("", source)) for name, source in subject.templates.items())
