"""Every rule for running plugins is broken once: by a plugin, or, where the core stands in front, by taking the core's guard away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from cunli.testing.bench import Bench
from cunli.testing.crawl import there_and_back
from cunli.testing.living import LIVING_RULES
from cunli.web.errors import NotFound
from cunli.web.gate import Gate
from tests.kit.conftest import Break, Edits, failing, on_path, walked

P: Final = "cunli_demo/"
WALL: Final = P + "templates/demo/wall.html"
PAGES: Final = P + "pages.py"
ACTIONS: Final = P + "actions.py"
PLUGIN: Final = P + "plugin.py"
H1: Final = "<h1>"
LAST: Final = "PAGES = (\n"
EXTRA: Final = '\n{view}\n\nPAGES = (\n    Page(path="/extra", view=extra, to=EVERYONE, methods=({methods},)),\n'
BACK: Final = 'visit.redirect(f"{visit.here.url}/")'


def _draws(html: str) -> Edits:
    return {WALL: (H1, f"{html}{H1}")}


def _extra(body: str, method: str, html: str = "") -> Edits:
    view = f"async def extra(visit: Visit) -> Response:\n    {body}\n"
    page = {PAGES: (LAST, EXTRA.format(view=view, methods=repr(method)))}
    return {**page, **(_draws(html) if html else {})}


def _form(inside: str) -> str:
    action = "{{ visit.village.url }}/demo/extra"
    return f'<form method="post" action="{action}">{inside}<label>x<input name="n"></label><button>x</button></form>'


def _office() -> Edits:
    page = '    Page(path="/office", view=wall, to=WRITE),\n'
    item = (
        '        yield MenuItem(label="x", url=f"{ctx.village_url}/demo/office")\n\n    @hookimpl\n    async def slot'
    )
    return {PAGES: (LAST, LAST + page), PLUGIN: ("\n    @hookimpl\n    async def slot", item)}


FRAGMENT: Final = 'if "part" in visit.query:\n        return Response("<p>x</p>", media_type="text/html")\n    return await wall(visit)'
FUSSY: Final = f'if len((await visit.form()).raw("n")) > 1000:\n        raise ValueError\n    return {BACK}'
IRREVERSIBLE: Final = "        ops.RunSQL('SELECT 1'),\n    ]"
MIGRATION: Final = P + "migrations/0001_initial.py"

BREAKS: Final[dict[str, Edits]] = {
    "kit.K601": {MIGRATION: ("\n    ]", f"\n{IRREVERSIBLE}")},
    "kit.K701": _extra("raise ValueError", "GET"),
    "kit.K705": {PAGES: ('    """The wall of a village."""', '    await actions.write("看过", None)')},
    "kit.K707": _extra(f"return {BACK}", "POST", _form("")),
    "kit.K708": _extra(FUSSY, "POST", _form("{{ form_token() }}")),
    "kit.K709": {PAGES: ("await form.once(put_up)", "await put_up()")},
    "kit.K710": {WALL: ("wish.words", "wish.words|safe")},
    "kit.K712": _draws('<p style="color:red">x</p>'),
    "kit.K713": _draws('<img alt="" src="https://example.org/x.png">'),
    "kit.K714": _extra(FRAGMENT, "GET", '<p data-hx-get="{{ visit.village.url }}/demo/extra?part=1">x</p>'),
    "kit.K715": _draws("<h1>x</h1>"),
    "kit.K716": _draws('<input name="other">'),
    "kit.K717": _draws('<i id="main"></i>'),
    "kit.K718": _draws("<img src=\"{{ static('favicon.svg') }}\">"),
    "kit.K719": _office(),
    "kit.K720": _draws('<a href="{{ visit.village.url }}/demo/nowhere">x</a>'),
    "kit.K723": {
        PLUGIN: (
            "            return {}\n",
            "            for _subject in ctx.subjects:\n                await actions.count()\n            return {}\n",
        )
    },
    "kit.K724": _draws('<button type="button"></button>'),
    "kit.K725": _extra(f"return {BACK}", "POST"),
    "kit.K721": {PLUGIN: ('if ctx.slot != "village.sidebar":', "if 1 / 0:")},
}


async def _anybody(self: Gate, visit: Any, page: Any) -> None:
    if self.plugin is not None and not await self.site.enabled(self.plugin, visit.village):
        raise NotFound


async def _everywhere(self: object, plugin: str, village: object) -> bool:
    return True


class _Everything:
    @staticmethod
    async def enabled_for(registry: Any, village: object) -> frozenset[str]:
        return frozenset(registry.running)


def _every_village(self: Any) -> Any:
    from tortoise.queryset import QuerySet

    return QuerySet(self._model)


async def _no_slots(_filling: object, asked: Sequence[object]) -> dict[object, object]:
    if asked:
        raise RuntimeError
    return {}


GUARDS: Final[dict[str, tuple[str, object]]] = {
    "kit.K702": ("cunli.web.gate.Gate._let_in", _anybody),
    "kit.K703": ("cunli.web.site.Site.enabled", _everywhere),
    "kit.K704": ("cunli.web.slots.enabling", _Everything),
    "kit.K706": ("cunli.web.gate.Gate._from_here", lambda *_: "ours"),
    "kit.K711": ("cunli.db.scopes.VillageManager.get_queryset", _every_village),
    "kit.K722": ("cunli.web.slots._Filling.all_of", _no_slots),
}


@pytest.mark.parametrize("number", BREAKS)
async def test_a_running_plugin_that_breaks_one_rule_fails_exactly_that(
    number: str, broken: Break, template: Path, tmp_path: Path
) -> None:
    found = failing(await walked(broken(BREAKS[number]).site, tmp_path, template))
    assert set(found) == {number}, found


@pytest.mark.parametrize("number", GUARDS)
async def test_without_the_cores_guard_its_rule_fails(
    number: str, broken: Break, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*GUARDS[number])
    found = failing(await walked(broken({}).site, tmp_path, template))
    assert set(found) == {number}, found


LEFT: Final = "        ops.RunSQL('CREATE TABLE demo_left (id INTEGER)', reverse_sql='SELECT 1'),\n    ]"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize(
    ("operation", "says"),
    [("", ""), (IRREVERSIBLE, "cannot be undone"), (LEFT, "demo_left is still there")],
    ids=["control", "irreversible", "forgetful"],
)
async def test_migrations_that_leave_something_behind_are_named_on_both_databases(
    kind: str, operation: str, says: str, broken: Break, tmp_path: Path
) -> None:
    edits: Edits = {MIGRATION: ("\n    ]", f"\n{operation}")} if operation else {}
    with on_path(broken(edits).site):
        bench = Bench("demo", tmp_path)
        try:
            found = await there_and_back(bench, await bench.fresh(kind, tmp_path))
        finally:
            await bench.close()
    assert (bool(found), says in " ".join(found)) == (bool(operation), True), found


def test_every_rule_has_its_control_and_says_what_to_do() -> None:
    assert {*BREAKS, *GUARDS} == {rule.id for rule in LIVING_RULES}
    for rule in LIVING_RULES:
        assert len(rule.advice) > 20, rule.id
