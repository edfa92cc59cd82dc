"""The pages of the reference for authors that are made from code: names, events, templates. See `scripts/docs.py`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import jinja2
from jinja2 import nodes

import cunli
from cunli import Event
from cunli.provide.kinds import ProviderKind
from cunli.web.i18n import catalogue
from cunli.web.site import Site
from cunli.web.slot_names import SLOTS
from scripts import plugin_api

HOMES: Final = {
    "cunli.plugin": "The plugin and what its hooks give back",
    "cunli.hooks": "Hooks and what they are handed",
    "cunli.web": "Pages and forms",
    "cunli.trust.policy": "Permissions",
    "cunli.compliance.kinds": "What is sensitive",
    "cunli.compliance.profile_now": "What is sensitive",
    "cunli.provide.chosen": "Providers",
    "cunli.provide.holidays": "Providers",
    "cunli.provide.kinds": "Providers",
    "cunli.provide.maps": "Providers",
    "cunli.provide.metrics": "Providers",
    "cunli.provide.offline": "Providers",
    "cunli.provide.payment": "Providers",
    "cunli.plugin_answers": "Hooks and what they are handed",
    "cunli.plugin_data": "What is held about people",
    "cunli.plugin_setting": "Settings",
    "cunli.plugin_values": "Settings",
    "cunli.db": "Tables",
    "cunli.jobs": "Tasks and events",
    "cunli.feed.entries": "The feed",
    "cunli.moderation": "The feed",
    "cunli.feed.events": "Tasks and events",
    "cunli.notify.events": "Tasks and events",
    "cunli.people.directory": "Who lives in a village",
    "cunli.people.events": "Tasks and events",
}
GLOBALS: Final = {
    "_": 'a word in the reader\'s language: `{{ _("心愿墙") }}`, `{{ _("%(n)s 个心愿", n=count) }}`',
    "gettext": "the same as `_`",
    "ngettext": 'a word that depends on a number: `{{ ngettext("%(n)s 封信", "%(n)s 封信", n) }}`',
    "static": 'the address of a static file: `{{ static("party/flag.svg") }}`',
    "icon": 'an icon of the theme: `{{ icon("mailbox") }}`; a name that ends in `-filled` is drawn filled',
    "when": "a moment as people say it; the filter of that name does the same",
    "day": "a date; the filter of that name does the same",
    "exact": "a moment to the minute; the filter of that name does the same",
    "lang": "the language for `lang=…`, such as `zh-Hans`",
    "locale": "the locale of the page: `zh_Hans`, `zh_Hant` or `en`",
    "locales": "all locales with their names",
    "theme": "the chosen theme: `theme.id`, `theme.label`",
}
NOT_FOR_PLUGINS: Final = {"shell"}
GIVEN: Final = {
    "visit": "who asks, and where: `visit.village`, `visit.person`, `visit.may(…)`, `visit.setting(…)`; see [`Visit`](api.md#visit)",
    "form_token()": "the hidden field that every form that posts must have",
    'slot("…")': 'what other plugins put into a slot of your page; `slot("party.notice", notice.id)` for one thing of many',
    "toast": "what was just done; the base templates show it",
}
BASES: Final = {
    "village_base.html": "a page of a village",
    "plain_base.html": "a page of the county or of a person",
    "join_base.html": "a page of a step on the way in",
    "base.html": "nothing of these",
}
MEMBERS: Final = {
    "Visit.site": "The assembled site. Not for plugins.",
    "Visit.request": "The request as Starlette knows it. What plugins need of it stands beside.",
    "Visit.session": "The session; none for somebody who is not signed in.",
    "Visit.village": "The village of the page, such as `visit.village.name` and `visit.village.url`; none on a page of the county.",
    "Visit.standing": "The membership of this person in this village; `visit.standing.verified`.",
    "Visit.page": "The page that was asked for.",
    "Visit.plugin": "Whose page it is.",
    "Visit.granted": "Capabilities that plugins granted to this person here.",
    "Visit.subjects": 'Which things of your slots are on the page: `visit.subjects["party.notice"] = ids`.',
    "Visit.values": "Reads settings; `visit.setting(…)` does the same.",
    "Visit.locale": "The language of the page: `zh_Hans`, `zh_Hant` or `en`.",
    "Visit.look": "How this person wants pages to look; `visit.look.mode` is `elder` in 大字版.",
    "Visit.settings": "The settings of the deployment. Not for plugins.",
    "Visit.person": "Who asks; none for somebody who is not signed in.",
    "Visit.path_params": "What stands in the holes of the path: `/letters/{key}`.",
    "Visit.query": "What stands behind the question mark.",
    "Visit.path": "The path of this page.",
    "Form.key": "Names this sending of the form; a form sent twice has the same.",
    "Form.errors": "What is wrong, by field; a form without errors is true: `if not form: …`",
    "Form.values": "What was typed, by field.",
    "Form.has": "Whether the field was sent at all.",
    **{
        f"VillageModel.{name}": "As in Tortoise, and refuses rows of another village."
        for name in ("save", "delete", "refresh_from_db", "get_or_create", "update_or_create")
    },
    "VillageModel.on_merge": "What becomes of two rows that clash when villages merge.",
    "VillageModel.follows": "Keys along which rows go when a village is split.",
    "Page.methods": "`GET`, `POST` or both.",
}


def words_of_fields(kind: type) -> dict[str, str]:
    """What the source says below each field of a class and of its bases."""
    told: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.split(".")[0] == "cunli":
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
            told |= dict(told_below(body.body if isinstance(body, ast.ClassDef) else ()))
    return told


def told_below(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Each field that has a string right below it, with that string."""
    last = ""
    for statement in body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            last = statement.target.id
        elif last and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            yield last, inspect.cleandoc(str(statement.value.value))
            last = ""
        else:
            last = ""


# -- names ---------------------------------------------------------------------------------------------------------------


def api_page() -> str:
    """Every name that `cunli` promises, with what it holds."""
    lines = [
        "# Names",
        "",
        "A plugin imports from `cunli` itself: `from cunli import Page, Plugin, hookimpl`. These names are",
    ]
    lines += ["promised, see [versions](../explanation/versions.md); nothing else is.", ""]
    for caption in dict.fromkeys(HOMES.values()):
        names = sorted(n for n in cunli.__all__ if HOMES.get(_home(n)) == caption)
        lines += [f"## {caption}", ""]
        for name in names:
            lines += _name(name, getattr(cunli, name))
    strange = [n for n in cunli.__all__ if _home(n) not in HOMES and n != "__version__"]
    if strange:
        raise SystemExit(f"say in scripts/reference.py under which heading of the reference these belong: {strange}")
    return "\n".join(lines)


def _home(name: str) -> str:
    return "cunli.plugin_setting" if name == "gettext" else cunli._HOME.get(name, "")


def _name(name: str, what: Any) -> list[str]:
    lines = [f"### {name}", ""]
    if inspect.isclass(what):
        lines += [_doc(what), ""]
        lines += _members(name, what)
    elif inspect.isfunction(what):
        shown = plugin_api._function(name, what)
        lines += ["```", shown.replace("Callable[..., Any]", "…"), "```", "", _doc(what), ""]
    elif isinstance(what, ProviderKind):
        lines += [f"The kind `{what.id}`, for `provider_of(…)`. {what.used} See [providers](providers.md).", ""]
    elif name == "hookimpl":
        lines += ["Put `@hookimpl` above every method of a plugin that is a hook.", ""]
    else:
        lines += [f"An audience for `Page(to=…)`: {_audience(name)}.", ""]
    return lines


def _audience(name: str) -> str:
    told = {
        "EVERYONE": "everybody, signed in or not",
        "SIGNED_IN": "people who signed in",
        "MEMBER": "verified villagers of the village, and officials of it or above it",
    }
    return told[name]


def _doc(what: Any) -> str:
    return inspect.cleandoc(what.__doc__ or "")


def _members(name: str, what: type) -> Iterator[str]:
    told, rows = words_of_fields(what), []
    for line in plugin_api._named(f"cunli.{name}", what):
        shown = line.removeprefix(f"cunli.{name}").removeprefix(".")
        if shown == ": class" or any(
            shown.split(":")[0] == other for other in ("village_id",) if name == "VillageModel"
        ):
            continue
        member = plugin_api.name_of(line).rpartition(".")[2]
        rows.append((shown, told.get(member) or MEMBERS.get(f"{name}.{member}") or _first_line(what, member)))
    if any(said for _, said in rows):
        yield from ("| member | what it is |", "|---|---|")
        yield from (f"| `{_cell(shown)}` | {_cell(said)} |" for shown, said in dict.fromkeys(rows))
        yield ""
    elif rows:  # the words above say it all
        yield from ("```", *(shown for shown, _ in dict.fromkeys(rows)), "```", "")


def _first_line(what: type, member: str) -> str:
    found = inspect.getattr_static(what, member, None)
    found = getattr(found, "__func__", None) or getattr(found, "fget", None) or getattr(found, "func", None) or found
    return _doc(found).split("\n\n")[0].replace("\n", " ") if inspect.isfunction(found) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# -- events --------------------------------------------------------------------------------------------------------------


def events_page() -> str:
    """Every event of the core with its fields."""
    lines = [
        "# Events",
        "",
        "Facts after the commit. [How to subscribe to them, and to tell others your own](../howto/event.md).",
        "",
    ]
    for name in cunli.__all__:
        kind = getattr(cunli, name)
        if inspect.isclass(kind) and issubclass(kind, Event) and kind is not Event:
            told = words_of_fields(kind)
            lines += [
                f"## {name}",
                "",
                _doc(kind),
                "",
                f"Stored as `{kind.kind}`.",
                "",
                "| field | type | what it is |",
                "|---|---|---|",
            ]
            lines += [f"| `{f}` | `{_cell(t)}` | {_cell(told.get(f, ''))} |" for f, t in fields_of(kind).items()]
            lines.append("")
    return "\n".join(lines)


def fields_of(kind: type) -> dict[str, str]:
    """The fields of a dataclass with their types as they are written; those of the base last."""
    own: dict[str, str] = {}
    for base in kind.__mro__:
        if base.__module__.split(".")[0] == "cunli":
            own |= {n: str(t) for n, t in inspect.get_annotations(base).items() if not str(t).startswith("ClassVar")}
    return own


# -- templates -----------------------------------------------------------------------------------------------------------


def templates_page(site: Site) -> str:
    """What templates of plugins may use: names, filters, bases with their blocks, macros."""
    env = site.templates.environment("zh_Hans")
    lines = [
        "# Templates",
        "",
        "What a template of a plugin may use. Undefined names are errors. How to write one, and what each",
    ]
    lines += [
        "macro prints: [themes](../themes.md).",
        "",
        "## Given to every page",
        "",
        "| name | what it is |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {_cell(said)} |" for name, said in GIVEN.items()]
    lines += ["", "## Known everywhere", "", "| name | what it is |", "|---|---|", *_globals(env)]
    lines += [
        "",
        "## Filters",
        "",
        "`{{ wish.created_at|when }}`, besides those of Jinja.",
        "",
        "| filter | what it gives |",
        "|---|---|",
        *_filters(env),
    ]
    lines += ["", "## What to extend", "", "| template | for | blocks |", "|---|---|---|", *_bases(env)]
    lines += ["", "## Macros", "", 'Of `{% import "ui.html" as ui %}`, written inside the block that uses them.', ""]
    lines += ["```", *macros(env, "ui.html"), "```"]
    return "\n".join(lines) + "\n"


def _globals(env: jinja2.Environment) -> Iterator[str]:
    own = set(env.globals) - set(jinja2.Environment().globals) - NOT_FOR_PLUGINS
    if strange := own ^ set(GLOBALS):
        raise SystemExit(f"say in scripts/reference.py what templates use these names for: {sorted(strange)}")
    return (f"| `{name}` | {_cell(said)} |" for name, said in GLOBALS.items())


def _filters(env: jinja2.Environment) -> Iterator[str]:
    for name in sorted(set(env.filters) - set(jinja2.Environment().filters)):
        yield f"| `{name}` | {_cell(_doc(env.filters[name]).split(chr(10) * 2)[0])} |"


def _bases(env: jinja2.Environment) -> Iterator[str]:
    for name, said in BASES.items():
        blocks: set[str] = set()
        above: str | None = name
        while above:
            tree = env.parse(env.loader.get_source(env, above)[0])  # type: ignore[union-attr]
            blocks |= {block.name for block in tree.find_all(nodes.Block)}
            extended = tree.find(nodes.Extends)
            above = extended.template.value if extended and isinstance(extended.template, nodes.Const) else None
        yield f"| `{name}` | {said} | {', '.join(f'`{b}`' for b in sorted(blocks))} |"


def macros(env: jinja2.Environment, template: str) -> Iterator[str]:
    """The signature of every macro, in the order of the file."""
    tree = env.parse(env.loader.get_source(env, template)[0])  # type: ignore[union-attr]
    for macro in tree.find_all(nodes.Macro):
        if not macro.name.startswith("_"):
            plain = [a.name for a in macro.args[: len(macro.args) - len(macro.defaults)]]
            given = [f"{a.name}={_constant(d)}" for a, d in zip(macro.args[len(plain) :], macro.defaults, strict=True)]
            yield f"ui.{macro.name}({', '.join([*plain, *given])})"


def _constant(value: nodes.Node) -> str:
    return repr(value.value).replace("'", '"') if isinstance(value, nodes.Const) else "…"


def slot_rows(found: Mapping[str, list[str]]) -> Iterator[str]:
    """A row for each slot: where it is, and what its subjects are."""
    if strange := set(found) ^ set(SLOTS):
        raise SystemExit(f"say in cunli/web/slot_names.py what these slots are for: {sorted(strange)}")
    words = catalogue("en")
    for slot, templates in found.items():
        yield f"| `{slot}` | {words.gettext(SLOTS[slot].msgid)} | {', '.join(f'`{t}`' for t in templates)} |"
