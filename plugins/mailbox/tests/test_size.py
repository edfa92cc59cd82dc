"""Many letters: the desk and the boards ask as often as for few, and take as long. `CUNLI_MAILBOX_LETTERS=200000` asks in earnest."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from doing import V

from cunli import new_key, unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_mailbox import reading
from cunli_mailbox.models import Letter, Tally
from cunli_mailbox.tallying import month_of

MANY: Final = int(os.environ.get("CUNLI_MAILBOX_LETTERS", "2000"))
PAGES: Final = (
    f"{V}/mailbox/desk",
    f"{V}/mailbox/letters?list=all",
    "/mailbox/board",
    "/mailbox/supervised",
    "/mailbox/petitions",
    f"{V}/mailbox/letters?list=all&kind=complaint",
)
SEARCH: Final = f"{V}/search?q=%E4%B9%8C%E6%9C%89"  # in no letter: everything that is looked through is
BUDGET: Final = 1.0  # seconds for one page on a busy small machine; it takes a tenth of that


@unit
async def fill(first: int, count: int) -> None:
    """Letters as they lie after years: nearly all of them closed, some overdue, public and private."""
    now = datetime.now(UTC)
    rows = []
    for n in range(first, first + count):
        sent = now - timedelta(minutes=n * 7)
        waits = n % 50 == 0
        rows.append(
            Letter(
                key=new_key(),
                series=1_000_000,
                year=2026,
                number=n,
                kind="help",
                area=f"{n % 9}组",
                title=f"第{n}封",
                body="写一写",
                public=n % 3 == 0,
                state="assigned" if waits else "closed",
                submitted_at=sent,
                answered_at=None if waits else sent + timedelta(hours=n % 90),
                closed_how="" if waits else "confirmed",
                satisfaction=0 if waits else 3,
                due_at=sent + timedelta(days=5) if waits else None,
                tallied=True,
            )
        )
    await Letter.bulk_create(rows, batch_size=500)


@unit
async def fill_sums() -> None:
    for months in range(24):
        month = month_of(datetime.now(UTC) - timedelta(days=30 * months))
        await Tally.get_or_create(
            series=1_000_000, month=month, kind="help", defaults={"received": 500, "answered": 480, "in_time": 450}
        )


async def test_words_are_looked_for_in_the_newest_letters(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SEARCHED", 30)
    with plugin_site.inside():
        await fill(1, 120)
        public = [one.title for one in await Letter.filter(public=True).order_by("-id")]
        assert len(public) == 40
        assert [one.title for one in await reading.found_letters("第", 100)] == public[:30]
        assert [one.title for one in await reading.found_letters("第", 5)] == public[:5]
        monkeypatch.setattr(reading, "SEARCHED", 40)
        assert len(await reading.found_letters("第", 100)) == 40, "fewer than are looked through: all"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, plugin_site: LiveSite) -> list[str]:
    """Every question about tables of the mailbox, as the database gets it."""
    said: list[str] = []
    kind = type(Letter._meta.db)
    for name in ("execute_query", "execute_query_dict"):
        real = getattr(kind, name)

        def noted(self: Any, query: str, values: Any = None, _real: Any = real) -> Any:
            if "mailbox_" in query:
                said.append(query)
            return _real(self, query, values)

        monkeypatch.setattr(kind, name, noted)
    return said


async def cost(asked: list[str], pages: dict[str, Visitor]) -> dict[str, tuple[int, float]]:
    """Questions and seconds of every page, each opened twice: the second time counts."""
    found = {}
    for path, who in pages.items():
        await who.open(path)
        before, started = len(asked), time.perf_counter()
        assert (await who.open(path)).status == 200, path
        found[path] = (len(asked) - before, time.perf_counter() - started)
    return found


async def test_pages_ask_as_often_for_many_letters_as_for_few(plugin_site: LiveSite, asked: list[str]) -> None:
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    pages = dict.fromkeys(PAGES, township) | {SEARCH: await plugin_site.sign_in(await plugin_site.villager("张桂秀"))}
    with plugin_site.inside():
        here = plugin_site["heping"].id
        await fill_sums()
        await fill(1, 20)
        assert (await Letter.first().values("village_id"))["village_id"] == here
    few = await cost(asked, pages)
    with plugin_site.inside():
        for first in range(1000, 1000 + MANY, 2000):
            await fill(first, min(2000, MANY))
    many = await cost(asked, pages)
    assert {path: n for path, (n, _s) in many.items()} == {path: n for path, (n, _s) in few.items()}
    assert all(n for n, _s in many.values()), "the control: questions were counted"
    slow = {path: seconds for path, (_n, seconds) in many.items() if seconds > BUDGET}
    assert not slow, slow
    if MANY >= 100_000:
        print({path: (n, f"{seconds * 1000:.0f} ms") for path, (n, seconds) in many.items()})
