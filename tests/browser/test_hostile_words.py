"""Hundreds of hostile words in every stored text, on every page that shows it, in Chromium: none of them does anything (XS-1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from cunli.testing.stored_texts import TextColumn

from ..permissions import showing
from ..permissions.asks import ASKS, Ask
from ..permissions.matrix import rows_of
from ..permissions.showing import Shown
from ..permissions.test_provenance import somebody_who_may
from ..permissions.world import World
from .looking import Seen, look_at
from .payloads import all_from, payloads
from .stage import Stage, stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# The header under another name: nothing is stopped any more, and whatever would have been is still told of.
WITHOUT_POLICY = {"content_security_policy": "content_security_policy_report_only"}
TYPED = "\ue0ff"  # stands before every hostile word that was typed into a form


@dataclass
class Hostile:
    """The site with hostile words in every column of every row, the pages that show them, and the forms that show them again."""

    stage: Stage
    shown: list[Shown]
    refused: list[Shown]

    def seen(self, browser: Browser, pages: list[Shown]) -> Seen:
        """What Chromium makes of these pages."""
        with self.stage.people(browser, *{each.role.id for each in pages}) as people:
            return look_at(self.stage, people, pages)

    def rows(self, *rows: str) -> list[Shown]:
        found = [each for each in self.shown if each.row in rows]
        assert len(found) == len(rows)
        return found


def hostile_words(at: TextColumn, n: int) -> str:
    return f"{at.mark}{all_from(at.number * 5 + n * 29)}{n}"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    shown, refused = list[Shown](), list[Shown]()

    async def prepare(world: World) -> None:
        refused.extend(await refused_forms(world))
        await showing.say_everything(world, lambda at, n: f"{at.mark}一句平常的话{n}")
        found = showing.fewest(await showing.pages(world))
        for route in dict.fromkeys(_route(each) for each in found):
            shown.extend(one_for_each_column([each for each in found if _route(each) == route]))
        await showing.say_everything(world, hostile_words)

    with stage(tmp_path_factory.mktemp("hostile"), prepare) as made:
        made.around.kept = {each.ask.path: each.answer for each in refused}
        yield Hostile(stage=made, shown=shown, refused=refused)


async def refused_forms(world: World) -> list[Shown]:
    """Every form of the site, filled with hostile words only, where the answer shows them again; under an address to see it."""
    found: list[Shown] = []
    for row, route, variant in rows_of():
        if route.startswith("POST "):
            role = somebody_who_may(row)
            answer = await world.send(role, "POST", _filled(ASKS[route][variant](world, role)))
            await world.put_back()
            assert answer.status < 500, row
            if TYPED in answer.body:
                again = Ask(path=f"/again/{len(found)}")
                found.append(Shown(row=row, role=role, ask=again, answer=answer, columns=frozenset()))
    return found


def _filled(ask: Ask) -> Ask:
    fields = {name: TYPED + all_from(n * 31) for n, name in enumerate(ask.fields) if name not in ("do", "session")}
    return Ask(path=ask.path, fields={**ask.fields, **fields}, files=ask.files)


def _route(shown: Shown) -> str:
    return shown.row.partition(" [")[0] if shown.answer.status < 400 else "refused"


def one_for_each_column(pages: list[Shown]) -> list[Shown]:
    """As few pages as show every column once."""
    chosen, missing = list[Shown](), frozenset(at for page in pages for at in page.columns)
    while missing:
        chosen.append(max(pages, key=lambda page: len(page.columns & missing)))
        missing -= chosen[-1].columns
    return chosen


def test_no_stored_word_does_anything_even_without_a_policy(hostile: Hostile, browser: Browser) -> None:
    assert len(payloads()) >= 200
    found = {str(at) for page in hostile.shown for at in page.columns}
    assert found == {str(at) for at in showing.targets()} - showing.UNSEEN
    with hostile.stage.headers(**WITHOUT_POLICY):
        seen = hostile.seen(browser, hostile.shown)
    assert seen.nothing, seen
    assert seen.opened == len(hostile.shown) > 35


def test_the_policy_has_nothing_to_stop(hostile: Hostile, browser: Browser) -> None:
    pages = one_for_each_column(hostile.shown)
    seen = hostile.seen(browser, pages)
    assert seen.nothing, seen
    assert seen.opened == len(pages) > 5


def test_no_word_typed_into_a_form_does_anything_when_the_form_comes_back(hostile: Hostile, browser: Browser) -> None:
    with hostile.stage.headers(**WITHOUT_POLICY):
        seen = hostile.seen(browser, hostile.refused)
    assert seen.nothing, seen
    assert seen.opened > 10


PLANTED = {
    "between elements": ("people/members.html", "{{ row.display_name }}", "{{ row.display_name|safe }}", "GET /v/{village}/members"),
    "in an attribute": ("ui.html", "{% else %}{{ value }}", "{% else %}{{ value|safe }}", "GET /v/{village}/settings"),
}  # fmt: skip


@pytest.mark.parametrize("where", PLANTED)
def test_a_theme_that_trusts_words_is_caught(hostile: Hostile, browser: Browser, where: str) -> None:
    template, before, after, row = PLANTED[where]
    pages = hostile.rows(row)
    with hostile.stage.theme(template, (before, after)):
        with hostile.stage.headers(**WITHOUT_POLICY):
            without = hostile.seen(browser, pages).wrong[f"{row} as admin"]
        behind = hostile.seen(browser, pages).wrong[f"{row} as admin"]
    assert any(what.startswith("ran: ") for what in without)
    assert any(what.startswith("policy: script-src") for what in without)
    assert any(what.startswith("policy: script-src") for what in behind)
    assert not any(what.startswith("ran: ") for what in behind)
