"""Many places and nights: pages ask as often as for few, and read no more than they show or sum.

`TOURISM_PLACES=5000 TOURISM_NIGHTS=200` asks in earnest, for 1,000,000 room-nights; the times are printed then, and decide nothing.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
from lodging import T, V
from tortoise import connections

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_tourism import moments
from cunli_tourism.models import Place

PLACES: Final = int(os.environ.get("TOURISM_PLACES", "200"))
NIGHTS: Final = int(os.environ.get("TOURISM_NIGHTS", "20"))
BIG: Final = PLACES >= 1000
SHOWN: Final = 400  # rows that a page of one screen may read of any table: its list, its calendar, what is beside
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "


async def fill(villages: list[int], guest: int, count: int, nights: int, name: str) -> None:
    """Places with a room each that is booked for so many nights, half of them past; spread over the villages."""
    for start in range(0, count, 250):
        await _fill(villages, guest, min(250, count - start), nights, f"{name}{start}-")


@unit
async def _fill(villages: list[int], guest: int, count: int, nights: int, name: str) -> None:
    client = connections.get("default")
    sqlite = client.capabilities.dialect == "sqlite"
    yes, now = "1" if sqlite else "true", f"'{moments.now().isoformat(sep=' ')}'"
    start = (moments.today() - timedelta(days=nights // 2)).isoformat()

    def day(n: str, since: str = f"'{start}'") -> str:
        return f"date({since}, '+' || ({n}) || ' days')" if sqlite else f"(CAST({since} AS date) + ({n}))"

    cases = " ".join(f"WHEN {n} THEN {one}" for n, one in enumerate(villages))
    stays = nights // 2  # of two nights each
    for asked in (
        f"INSERT INTO tourism_place (key, village_id, kind, name, called, facilities, photos, state, rooms, beds, from_fen, "
        f"created_at) {NUMBERS.format(last=count - 1)} SELECT '{name}' || i, (CASE i % {len(villages)} {cases} END), "
        f"'homestay', '{name}' || i, '主人', '[]', '[]', 'open', 1, 2, 10000, {now} FROM n",
        f"INSERT INTO tourism_offer (key, village_id, place_id, kind, name, count, holds, fen, slots, open) SELECT key, "
        f"village_id, id, 'room', name, 1, 2, 10000, '[]', {yes} FROM tourism_place WHERE name LIKE '{name}%'",
        f"INSERT INTO tourism_booking (key, code, village_id, place_id, offer_id, guest_id, since, until, units, people, "
        f"nights, lines, back, way, total_fen, now_fen, taken_fen, state, made_at) {NUMBERS.format(last=stays - 1)} SELECT "
        f"o.id || '-' || i, '' || (o.id * {stays} + i), o.village_id, o.place_id, o.id, {guest}, {day('i * 2')}, "
        f'{day("i * 2 + 2")}, 1, 2, 2, \'[["night", "", 2, 10000, "", "plain"]]\', \'[]\', \'arrival\', 20000, 0, 0, '
        f"CASE WHEN i * 2 < {nights // 2} THEN 'completed' ELSE 'confirmed' END, {now} FROM tourism_offer o, n "
        f"WHERE o.name LIKE '{name}%'",
        f"INSERT INTO tourism_taken (village_id, place_id, offer_id, unit, day, slot, booking_id) {NUMBERS.format(last=1)} "
        f"SELECT b.village_id, b.place_id, b.offer_id, 1, {day('i', 'b.since')}, 0, b.id FROM tourism_booking b "
        f"JOIN tourism_offer o ON o.id = b.offer_id, n WHERE o.name LIKE '{name}%'",
    ):
        await client.execute_query(asked)


@dataclass
class Asked:
    """Every question about tables of the plugin, as the database gets it, and how many rows came back."""

    questions: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 0

    def note(self, query: str, values: Any, rows: int) -> None:
        if "tourism_" in query and not query.startswith("EXPLAIN"):
            self.questions.append((query, values))
            self.rows += rows


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, plugin_site: LiveSite) -> Asked:
    found = Asked()
    kind = type(Place._meta.db)
    for name in ("execute_query", "execute_query_dict"):
        real = getattr(kind, name)

        async def noted(self: Any, query: str, values: Any = None, _real: Any = real, _name: str = name) -> Any:
            answer = await _real(self, query, values)
            found.note(query, values, len(answer[1] if _name == "execute_query" else answer))
            return answer

        monkeypatch.setattr(kind, name, noted)
    return found


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a page asks for: questions, rows that come back, rows of tables that are gone through whole, seconds."""

    questions: int
    rows: int
    walked: int
    seconds: float


async def walked(questions: list[tuple[str, Any]]) -> int:
    """SQLite says which table it goes through from end to end: those count whole. What PostgreSQL does hangs on how full its tables
    are, so in the small tables of a test it says nothing."""
    client = connections.get("default")
    found = 0
    for query, values in questions:
        if client.capabilities.dialect == "sqlite" and query.startswith("SELECT"):
            for one in await client.execute_query_dict(f"EXPLAIN QUERY PLAN {query}", values):
                table = one["detail"].removeprefix("SCAN ").split(" ")[0] if one["detail"].startswith("SCAN ") else ""
                if table in ("tourism_taken", "tourism_booking"):
                    (row,) = await client.execute_query_dict(f"SELECT count(*) AS n FROM {table}")
                    found += row["n"]
    return found


async def cost(asked: Asked, pages: dict[str, Visitor]) -> dict[str, Cost]:
    """Every page, opened until it is known: of the second and third time the cheaper one counts, because tasks by the clock may
    ask something in between.
    """
    found = {}
    for path, who in pages.items():
        await who.open(path)
        found[path] = min([await once(asked, who, path) for _ in range(2)], key=lambda one: one.questions)
    return found


async def once(asked: Asked, who: Visitor, path: str) -> Cost:
    asked.questions.clear()
    asked.rows, started = 0, time.perf_counter()
    assert (await who.open(path)).status == 200, path
    seconds, questions, rows = time.perf_counter() - started, list(asked.questions), asked.rows
    return Cost(questions=len(questions), rows=rows, walked=await walked(questions), seconds=seconds)


async def test_pages_ask_as_often_for_many_nights_as_for_few(plugin_site: LiveSite, asked: Asked) -> None:
    official = await plugin_site.sign_in(await plugin_site.county_admin())
    stranger = await plugin_site.stranger("许先生")
    guest = await plugin_site.sign_in(stranger)
    villages = [plugin_site["heping"].id, plugin_site["donghu"].id]
    await fill(villages, stranger.id, 60, 20, "old")
    day = (moments.today() + timedelta(days=1)).isoformat()
    small = [
        f"{T}/visit",
        f"{T}/visit?day={day}",
        f"{T}/visit?q=old",
        f"{T}/visit?kind=homestay&village=heping&day={day}",
        f"{T}/visit?page=1",
        f"{T}/places",
        f"{T}/places/old0-0",
        f"{T}/places/old0-0/book?in={day}",
        f"{T}/office",
        f"{T}/office?page=1",
        f"{V}/search?q=old",
    ]
    sums = [
        f"{T}/board?days=30",
        f"{T}/board?days=90",
        f"{T}/evidence?days=30",
        f"{T}/sitemap.xml",
    ]  # as long as they have to be
    pages = dict.fromkeys([*small, *sums], official) | {f"{T}/bookings": guest, f"{T}/today": official}
    few = await cost(asked, pages)
    await fill(villages, stranger.id, PLACES, NIGHTS, "new")
    many = await cost(asked, pages)
    if BIG:
        for path, one in many.items():
            print(
                f"{path}: {one.questions} questions, {one.rows} rows, {one.walked} walked, {one.seconds * 1000:.0f} ms"
            )
    assert {path: one.questions for path, one in many.items()} == {path: one.questions for path, one in few.items()}
    assert all(one.questions for one in many.values()), "the control: questions were counted"
    assert not {path: one.rows for path, one in many.items() if path not in sums and one.rows > SHOWN}
    assert not {path: one.walked for path, one in many.items() if path not in sums and one.walked > SHOWN}
    if connections.get("default").capabilities.dialect == "sqlite":
        summed = await walked([('SELECT count(*) FROM "tourism_taken" NOT INDEXED', None)])
        assert summed > SHOWN, "the control: what goes through all nights is found out"
    assert "那天满了" in (await official.open(f"{T}/visit?day={day}")).text
