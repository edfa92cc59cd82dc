"""Many places and nights: pages ask as often as for few, and take as long. `TOURISM_PLACES=5000 TOURISM_NIGHTS=200` asks in earnest."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any, Final

import pytest
from lodging import T

from cunli import new_key, unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_tourism import moments
from cunli_tourism.models import Offer, Place, Taken

PLACES: Final = int(os.environ.get("TOURISM_PLACES", "200"))
NIGHTS: Final = int(os.environ.get("TOURISM_NIGHTS", "20"))
BUDGET: Final = 1.5  # seconds for one page on a busy small machine; it takes a tenth of that


@unit
async def fill(count: int, nights: int, name: str) -> None:
    """Places with a room each that somebody has for so many nights."""
    now, today = moments.now(), moments.today()
    made: dict[str, Any] = {
        "called": "主人",
        "state": "open",
        "rooms": 1,
        "beds": 2,
        "from_fen": 10000,
        "created_at": now,
    }
    await Place.bulk_create(
        [
            Place(key=new_key(), kind="homestay", name=f"{name}{n}", photos=[], facilities=[], **made)
            for n in range(count)
        ],
        batch_size=500,
    )
    places = await Place.filter(name__startswith=name).order_by("id")
    await Offer.bulk_create(
        [
            Offer(key=new_key(), place_id=one.id, kind="room", name=name, count=1, holds=2, fen=10000, slots=[])
            for one in places
        ],
        batch_size=500,
    )
    offers = await Offer.filter(name=name).order_by("id")
    for start in range(0, len(offers), 250):
        await Taken.bulk_create(
            [
                Taken(place_id=one.place_id, offer_id=one.id, unit=1, day=today + timedelta(days=n))
                for one in offers[start : start + 250]
                for n in range(nights)
            ],
            batch_size=500,
        )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, plugin_site: LiveSite) -> list[str]:
    """Every question about tables of the plugin, as the database gets it."""
    said: list[str] = []
    kind = type(Place._meta.db)
    for name in ("execute_query", "execute_query_dict"):
        real = getattr(kind, name)

        def noted(self: Any, query: str, values: Any = None, _real: Any = real) -> Any:
            if "tourism_" in query:
                said.append(query)
            return _real(self, query, values)

        monkeypatch.setattr(kind, name, noted)
    return said


async def cost(asked: list[str], who: Visitor, pages: list[str]) -> dict[str, tuple[int, float]]:
    """Questions and seconds of every page, each opened twice: the second time counts."""
    found = {}
    for path in pages:
        await who.open(path)
        before, started = len(asked), time.perf_counter()
        assert (await who.open(path)).status == 200, path
        found[path.split("/")[-1]] = (len(asked) - before, time.perf_counter() - started)
    return found


async def test_pages_ask_as_often_for_many_nights_as_for_few(plugin_site: LiveSite, asked: list[str]) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    with plugin_site.inside():
        await fill(30, 3, "老屋")
        key = (await Place.all().order_by("id"))[0].key
    day = (moments.today() + timedelta(days=1)).isoformat()
    pages = [
        f"{T}/visit",
        f"{T}/visit?day={day}",
        f"{T}/visit?q=老",
        f"{T}/places",
        f"{T}/places/{key}",
        f"{T}/board",
        f"{T}/evidence",
    ]
    few = await cost(asked, official, pages)
    with plugin_site.inside():
        await fill(PLACES, NIGHTS, "新屋")
    many = await cost(asked, official, pages)
    assert {path: n for path, (n, _s) in many.items()} == {path: n for path, (n, _s) in few.items()}
    assert all(n for n, _s in many.values()), "the control: questions were counted"
    full = await official.open(f"{T}/visit?day={day}")
    assert "那天满了" in full.text
    if PLACES < 1000:  # the paper with all places is as long as the county is large
        slow = {path: seconds for path, (_n, seconds) in many.items() if seconds > BUDGET}
        assert not slow, slow
    else:
        print({path: (n, f"{seconds * 1000:.0f} ms") for path, (n, seconds) in many.items()})
