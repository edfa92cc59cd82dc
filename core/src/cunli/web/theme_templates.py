"""What no template of a theme may do: run code, bring script or other hosts in, lose what it lies over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

import jinja2
from jinja2 import nodes

from cunli.web.theme_case import Case
from cunli.web.theme_words import strange
from cunli.web.wanted import slots_in

# who signs in, what is reported, who runs the place: drawn the same everywhere, so that nothing can pass itself off as them
PROTECTED: Final = ("base.html", "join_base.html", "ui.html", "charts.html", "console/", "people/", "trust/")
_ELEMENTS: Final = frozenset(
    {"script", "style", "link", "meta", "base", "iframe", "object", "embed", "applet", "frame", "portal"}
)
_ADDRESSES: Final = frozenset(
    {"href", "src", "srcset", "action", "formaction", "poster", "data", "ping", "background", "xlink:href", "manifest"}
)
_EXPRESSION: Final = "\ue000"  # stands where a template prints something
_FETCHING: Final = re.compile(r"hx-(?:get|post|put|patch|delete|push-url|replace-url)$")
_AWAY: Final = re.compile(r"(?!tel:|mailto:)(?:[a-z][a-z0-9+.-]*:|//|\\)")
_COMMENT: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
_STATEMENT: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
_PRINTED: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAG: Final = re.compile(r"""<[a-z](?:"[^"]*"|'[^']*'|[^'"<>])*>""", re.IGNORECASE)
_QUOTED: Final = re.compile(r""""[^"]*"|'[^']*'""")
_POSTING: Final = re.compile(r"<form\b[^>]*method=.post.*?</form>", re.DOTALL | re.IGNORECASE)
_LEADING: Final = re.compile(
    r"""\b(?:formaction|(?:data-)?hx-(?:post|put|patch|delete))\s*=\s*["']([^"']*)["']|<form\b[^>]*?\baction\s*=\s*"([^"]*)\"""",
    re.IGNORECASE,
)


def templates_can_be_read(case: Case) -> Iterator[str]:
    """Jinja2 cannot read the template; the line is where it gave up."""
    yield from (f"{name}:{why}" for name, why in case.broken.items())


def overrides_what_there_is(case: Case) -> Iterator[str]:
    """A template is called like one that it replaces (a name elsewhere is never drawn), or lies in a folder called like the theme."""
    own = f"{case.theme.id}/"
    yield from (f"{name} replaces nothing" for name in case.own if name not in case.below and not name.startswith(own))
    for name, tree in case.trees():
        for asked in _asked_for(tree):
            if asked not in case.whole:
                yield f"{name} asks for {asked}, which does not exist"


def _asked_for(tree: nodes.Template) -> Iterator[str]:
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    for one in tree.find_all(kinds):
        if isinstance(template := getattr(one, "template", None), nodes.Const):
            yield str(template.value)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "shell" and call.args:
            yield str(getattr(call.args[0], "value", "a name that is not written out"))


def leaves_the_protected_alone(case: Case) -> Iterator[str]:
    """Signing in, reports, the console and the frame of every page are drawn the same everywhere. Change their colours instead."""
    yield from (f"{name} is not for themes" for name in case.own if name.startswith(PROTECTED))


def templates_only_draw(case: Case) -> Iterator[str]:
    """A template prints what it is given. docs/themes.md lists the words, filters and variables that it may use."""
    for name, tree in case.trees():
        yield from (f"{name}:{line} {words}" for line, words in strange(tree))


# -- what the HTML holds -----------------------------------------------------------------------------------------------


class _Elements(HTMLParser):
    """Notes what may not stand in the markup of a theme's template."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inline: list[str] = []
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ELEMENTS or _EXPRESSION in tag:
            self.inline.append(f"<{_shown(tag)}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        words = f"<{_shown(tag)} {_shown(name)}>"
        bare = "".join(value.split()).lower()
        if (
            name.startswith("on")
            or name in ("style", "srcdoc", "http-equiv")
            or "hx-on" in name
            or _EXPRESSION in name
            or name.endswith(("hx-vals", "hx-vars", "hx-headers", "hx-config"))
            or (name.endswith("hx-trigger") and "[" in value)  # a condition in script
            or bare.startswith(("js:", "javascript:", "vbscript:"))
        ):
            self.inline.append(words)
        elif (name in _ADDRESSES or _FETCHING.search(name)) and _AWAY.match(bare):
            self.foreign.append(f"{words[:-1]}={_shown(value)[:60]}>")


def _shown(text: str) -> str:
    return text.replace(_EXPRESSION, "{{…}}")


def _markup(source: str) -> str:
    return _PRINTED.sub(_EXPRESSION, _STATEMENT.sub("", _COMMENT.sub("", source)))


def _looked_at(source: str) -> _Elements:
    elements = _Elements()
    elements.feed(_markup(source))
    elements.close()
    return elements


def templates_hold_no_script_or_style(case: Case) -> Iterator[str]:
    """No script, style or handler, no element that brings something in, and no name of an element or attribute that is printed."""
    for name, source in case.own.items():
        yield from (f"{name}: {what}" for what in dict.fromkeys(_looked_at(source).inline))
        html = _markup(source)
        if re.search(rf"</?[a-z0-9-]*{_EXPRESSION}", html, re.IGNORECASE):
            yield f"{name}: the name of an element is printed"
        if any(re.search(rf"=\s*{_EXPRESSION}", _QUOTED.sub('""', tag)) for tag in _TAG.findall(html)):
            yield f'{name}: an attribute is printed without quotes: write ="{{{{ … }}}}"'


def templates_ask_no_other_host(case: Case) -> Iterator[str]:
    """Ship the file in static/ and write {{ static("…") }}: other hosts learn who reads what."""
    for name, source in case.own.items():
        yield from (f"{name}: {what}" for what in dict.fromkeys(_looked_at(source).foreign))
    for name, tree in case.trees():
        for const in tree.find_all(nodes.Const):
            if isinstance(const.value, str) and re.search(r"//|javascript:|data:", const.value, re.IGNORECASE):
                yield f"{name}:{const.lineno} “{const.value[:60]}”"


# -- what a template must keep of the one it lies over -----------------------------------------------------------------


def keeps_blocks_and_macros(case: Case) -> Iterator[str]:
    """Other templates fill these blocks and call these macros: a page without one loses its content."""
    for name, tree, before in case.over():
        lost = _names(before, nodes.Block) - _names(tree, nodes.Block)
        yield from (f"{name} loses the block “{one}”" for one in sorted(lost))
        lost = _names(before, nodes.Macro) - _names(tree, nodes.Macro)
        yield from (f"{name} loses the macro “{one}”" for one in sorted(lost) if not one.startswith("_"))
        was, now = (next(iter(_asked_for_extends(t)), "") for t in (before, tree))
        if was and not now:
            yield f"{name} does not extend {was} any more"


def _names(tree: nodes.Template, kind: type[nodes.Block] | type[nodes.Macro]) -> set[str]:
    return {str(getattr(one, "name", "")) for one in tree.find_all(kind)}


def _asked_for_extends(tree: nodes.Template) -> Iterator[str]:
    for one in tree.find_all(nodes.Extends):
        yield str(getattr(one.template, "value", ""))


def keeps_slots(case: Case) -> Iterator[str]:
    """Plugins put their parts into these slots, {{ slot("…") }}: a page without one loses them."""
    if case.broken:
        return
    now, before = _environment(case.whole), _environment(case.below)
    for name, _tree, _before in case.over():
        lost = slots_in(before, name) - slots_in(now, name)
        yield from (f"{name} loses the slot “{slot}”" for slot in sorted(lost))
        if "slot.menu" in case.below[name] and "slot.menu" not in case.own[name]:
            yield f"{name} loses slot.menu, the doors of plugins"


def _environment(sources: dict[str, str]) -> jinja2.Environment:
    extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols"]
    return jinja2.Environment(loader=jinja2.DictLoader(sources), extensions=extensions)  # noqa: S701 only parses


def keeps_forms(case: Case) -> Iterator[str]:
    """Forms hold {{ form_token() }} and lead only where those of the replaced template led: nothing else is sent in somebody's name."""
    for name, source in case.own.items():
        html, below = _COMMENT.sub("", source), case.below.get(name, "")
        for form in _POSTING.findall(html):
            if "form_token()" not in form and "caller()" not in form:
                yield f"{name}: a form without its token: {' '.join(form.split())[:60]}"
        new = _targets(html) - _targets(below)
        yield from (f"{name}: leads to “{target[:80]}”, and what it replaces does not" for target in sorted(new))
        if (lost := _number_of_forms(below) - _number_of_forms(html)) > 0:
            yield f"{name} loses {lost} of its forms"


def _targets(html: str) -> set[str]:
    """Where forms and buttons send something: not where a search asks, which changes nothing."""
    found = {" ".join((one or other).split()) for one, other in _LEADING.findall(_without_searches(html))}
    return found - {""}


def _without_searches(html: str) -> str:
    return re.sub(r"<form\b[^>]*method=.get[^>]*>", "<form>", html, flags=re.IGNORECASE)


def _number_of_forms(html: str) -> int:
    return len(_POSTING.findall(_COMMENT.sub("", html)))
