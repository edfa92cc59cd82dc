"""The page of the reference on templates, made from the environment that renders them. See `scripts/docs.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import jinja2
from jinja2 import nodes

from cunli.web.i18n import catalogue
from cunli.web.site import Site
from cunli.web.slot_names import SLOTS
from scripts.reference import cell, doc

GLOBALS: Final = {
    "_": 'a word in the reader\'s language: `{{ _("心愿墙") }}`, `{{ _("%(n)s 个心愿", n=count) }}`',
    "gettext": "the same as `_`",
    "ngettext": 'a word that depends on a number: `{{ ngettext("%(n)s 封信", "%(n)s 封信", n) }}`',
    "static": 'the address of a static file: `{{ static("party/flag.svg") }}`',
    "icon": 'an icon of the theme: `{{ icon("mailbox") }}`; a name that ends in `-filled` is drawn filled',
    "when": "a moment as people say it; the filter of that name does the same",
    "day": "a date; the filter of that name does the same",
    "exact": "a moment to the minute; the filter of that name does the same",
    "qr": 'a QR code as an address: `<img src="{{ qr(address) }}" alt="…">`',
    "lang": "the language for `lang=…`, such as `zh-Hans`",
    "locale": "the locale of the page: `zh_Hans`, `zh_Hant` or `en`",
    "locales": "all locales with their names",
    "theme": "the chosen theme: `theme.id`, `theme.label`",
}
NOT_FOR_PLUGINS: Final = {"shell", "chart_shapes"}
GIVEN: Final = {
    "visit": "who asks, and where: `visit.village`, `visit.person`, `visit.may(…)`, `visit.setting(…)`; see [`Visit`](api.md#visit)",
    "form_token()": "the hidden field that every form that posts must have",
    'slot("…")': 'what other plugins put into a slot of your page; `slot("party.notice", notice.id)` for one thing of many',
    "toast": "what was just done; the base templates show it",
}
BASES: Final = {
    "village_base.html": "a page of a village",
    "sheet_base.html": "a page of a village that is printed on one sheet",
    "plain_base.html": "a page of the county or of a person",
    "join_base.html": "a page of a step on the way in",
    "base.html": "nothing of these",
}


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
    lines += [f"| `{name}` | {cell(said)} |" for name, said in GIVEN.items()]
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
    lines += ["```", *macros(env, "ui.html"), "```", ""]
    lines += ['Of `{% import "charts.html" as charts %}`; how to use them: [charts](../howto/charts.md).', ""]
    lines += ["```", *macros(env, "charts.html"), "```"]
    return "\n".join(lines) + "\n"


def _globals(env: jinja2.Environment) -> Iterator[str]:
    own = set(env.globals) - set(jinja2.Environment().globals) - NOT_FOR_PLUGINS
    if strange := own ^ set(GLOBALS):
        raise SystemExit(f"say in scripts/templates_page.py what templates use these names for: {sorted(strange)}")
    return (f"| `{name}` | {cell(said)} |" for name, said in GLOBALS.items())


def _filters(env: jinja2.Environment) -> Iterator[str]:
    for name in sorted(set(env.filters) - set(jinja2.Environment().filters)):
        yield f"| `{name}` | {cell(doc(env.filters[name]).split(chr(10) * 2)[0])} |"


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
            yield f"{template.partition('.')[0]}.{macro.name}({', '.join([*plain, *given])})"


def _constant(value: nodes.Node) -> str:
    return repr(value.value).replace("'", '"') if isinstance(value, nodes.Const) else "…"


def slot_rows(found: Mapping[str, list[str]]) -> Iterator[str]:
    """A row for each slot: where it is, and what its subjects are."""
    if strange := set(found) ^ set(SLOTS):
        raise SystemExit(f"say in cunli/web/slot_names.py what these slots are for: {sorted(strange)}")
    words = catalogue("en")
    for slot, templates in found.items():
        yield f"| `{slot}` | {words.gettext(SLOTS[slot].msgid)} | {', '.join(f'`{t}`' for t in templates)} |"
