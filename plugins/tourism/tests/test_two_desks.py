"""No night is sold twice where two worker processes serve the same county, as behind a load balancer."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest
from lodging import MANY, books_agree, offer_at, place_of
from staying import There, World, furnished
from tortoise import connections

from cunli import unit
from cunli.testing.bench import Bench
from cunli.testing.live import LiveSite
from cunli.testing.processes import Process, together
from cunli_tourism import books
from cunli_tourism.models import Booking, Taken

pytestmark = pytest.mark.both_databases

PROGRAM = Path(__file__).parent / "programs" / "inn_worker.py"
GUESTS = 200
ROOMS = (1, 3, 14)
SEED = 20261129  # by day the same chance each time, as far as two processes let it
STEPS = 40
# SQLite has one writer at a time, whatever asks; in one process both databases are tried beside this.
on_postgres = pytest.mark.parametrize("plugin_site", ["postgres"], indirect=True)


async def rush(site: LiveSite, count: int, guests: list[int], **how: object) -> list[dict[str, int]]:
    """Half of the guests come to one process and half to the other, all at once, for the same night. What each process says."""
    with site.inside():
        place = await place_of((await site.villager(f"主人{count}")).id, name=f"老屋{count}")
        it = await offer_at(place, count=count)
    halves = guests[: len(guests) // 2], guests[len(guests) // 2 :]
    workers = [
        await Process.start(PROGRAM, site, "rush", place=place.id, offer=it.id, guests=half, **how) for half in halves
    ]
    said = await together(*workers)
    with site.inside():
        assert await books.twice() == []
        got = sum(one["got"] for one in said)
        assert got == await Booking.filter(place_id=place.id).count() == await Taken.filter(offer_id=it.id).count()
        assert got == min(count, len(guests)), f"{got} have one of {count}"
        await books_agree()
    return said


@on_postgres
async def test_two_hundred_guests_at_two_processes_share_what_is_there(plugin_site: LiveSite) -> None:
    guests = [(await plugin_site.stranger(f"客人{n}")).id for n in range(GUESTS)]
    for count in ROOMS if MANY else (1,):
        await rush(plugin_site, count, guests)


@unit
async def without_the_index() -> None:
    await connections.get("default").execute_script("DROP INDEX tourism_taken_once")


@on_postgres
async def test_with_the_guards_switched_off_the_same_rush_books_twice(
    plugin_site: LiveSite, plugin_bench: Bench
) -> None:
    guests = [(await plugin_site.stranger(f"客人{n}")).id for n in range(24)]
    said = await rush(plugin_site, 1, guests, unguarded=True)
    assert sum(one["by_index"] for one in said) == len(guests) - 1, (
        "the program lets all through; the database does not"
    )
    await without_the_index()
    try:
        if MANY:
            await rush(plugin_site, 2, guests)  # the program alone
        with pytest.raises(AssertionError):
            await rush(plugin_site, 3, guests, unguarded=True)
        with plugin_site.inside():
            assert await books.twice()
    finally:
        await plugin_bench.start_over()


@on_postgres
async def test_two_processes_do_whatever_chance_wants_and_the_books_agree(plugin_site: LiveSite) -> None:
    first = random.randrange(1, 10**6) if MANY else SEED
    with plugin_site.inside():
        worlds = [(seed, await furnished(plugin_site, seed)) for seed in range(first, first + max(2, MANY // 50))]
    workers = [await _busy(plugin_site, worlds, n) for n in range(2)]
    await together(*workers)
    with plugin_site.inside():
        for seed, there in worlds:
            world = World(there, seed)
            await world.begin()
            try:
                await world.right()
            except AssertionError as wrong:
                raise AssertionError(f"seed {seed}: {wrong}") from wrong
        await books_agree()
        assert await Booking.all().count(), "nothing was booked, so nothing was tried"


async def _busy(site: LiveSite, worlds: list[tuple[int, There]], number: int) -> Process:
    told = [(seed * 2 + number, dataclasses.asdict(there)) for seed, there in worlds]
    return await Process.start(PROGRAM, site, "schedule", worlds=told, steps=STEPS)
