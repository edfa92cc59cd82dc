"""Nothing is sold twice where two worker processes serve the same county, as behind a load balancer."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import sqlite3
import threading

import pytest
from ground import MANY, PROGRAM, books_agree, good_of, reach_of, shop_of
from tortoise import connections
from worlds import stalls

from cunli import unit
from cunli.testing.bench import Bench
from cunli.testing.live import LiveSite
from cunli.testing.processes import Process, together
from cunli.testing.working import PATIENCE
from cunli_market.models import Hold, Lot, Order

pytestmark = pytest.mark.both_databases

BUYERS = 200
STOCKS = (1, 5, 50)
HOLDS = 8  # seconds: longer than a county's site waits for its database
SEED = 20261129  # by day the same chance each time, as far as two processes let it


async def rush(site: LiveSite, count: int, buyers: list[int], **how: object) -> int:
    """Half of the buyers come to one process and half to the other, all at once. How many got one."""
    with site.inside():
        variant = await good_of(
            await shop_of((await site.villager(f"卖家{count}")).id), f"蜜橘{count}", fen=1, count=count
        )
    halves = buyers[: len(buyers) // 2], buyers[len(buyers) // 2 :]
    workers = [await Process.start(PROGRAM, site, "rush", variant=variant.id, buyers=half, **how) for half in halves]
    got: int = sum(one["got"] for one in await together(*workers))
    with site.inside():
        assert got == await Hold.filter(variant_id=variant.id, state="held").count()
        assert got == min(count, len(buyers)), f"{got} got one of {count}"
        assert (await Lot.get(id=variant.lot_id)).free == count - got
        await books_agree()
    return got


async def test_two_hundred_buyers_at_two_processes_get_what_is_there(plugin_site: LiveSite) -> None:
    buyers = [(await plugin_site.stranger(f"买家{n}")).id for n in range(BUYERS)]
    for count in STOCKS if MANY else (random.choice(STOCKS),):
        assert await rush(plugin_site, count, buyers) == count


@pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)  # where one writer keeps all others waiting
async def test_a_machine_that_stands_still_for_some_seconds_turns_nobody_away(plugin_site: LiveSite) -> None:
    site = plugin_site
    buyers = [(await site.stranger(f"买家{n}")).id for n in range(4)]
    with site.inside():
        variant = await good_of(await shop_of((await site.villager("卖家")).id), "蜜橘", fen=1, count=9)
    for hurried in (False, True):
        worker = await Process.start(PROGRAM, site, "rush", variant=variant.id, buyers=buyers, hurried=hurried)
        await worker.ready()
        held, over = threading.Event(), threading.Event()
        standing = asyncio.create_task(asyncio.to_thread(stand_still, site.settings.database_url, held, over))
        await asyncio.to_thread(held.wait, PATIENCE)
        working = asyncio.create_task(worker.work())
        await asyncio.sleep(HOLDS)
        over.set()
        await standing
        said, complaint = await working
        if hurried:
            assert said is None, "the control: as a county's site waits, they are turned away"
            assert "Busy" in complaint
        else:
            assert said == {"got": 4}, complaint


def stand_still(url: str, held: threading.Event, over: threading.Event) -> None:
    """Hold the database until it is over."""
    path = url.partition("://")[2]
    with contextlib.closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as there:
        there.execute("BEGIN IMMEDIATE")
        held.set()
        over.wait(PATIENCE)
        there.execute("ROLLBACK")


@unit
async def without_guards() -> None:
    client = connections.get("default")
    sqlite = client.capabilities.dialect == "sqlite"
    await client.execute_script(
        "DROP TRIGGER market_lot_enough" if sqlite else "ALTER TABLE market_lot DROP CONSTRAINT market_lot_enough"
    )


@pytest.mark.parametrize(
    "plugin_site", ["postgres"], indirect=True
)  # SQLite has one writer at a time, whatever it reads
async def test_with_the_locking_switched_off_the_same_rush_oversells(
    plugin_site: LiveSite, plugin_bench: Bench
) -> None:
    buyers = [(await plugin_site.stranger(f"买家{n}")).id for n in range(40)]
    await without_guards()
    try:
        with pytest.raises(AssertionError, match="got one of 5"):
            await rush(plugin_site, 5, buyers, unguarded=True)
    finally:
        await plugin_bench.start_over()


async def test_two_processes_do_whatever_chance_wants_and_the_books_agree(plugin_site: LiveSite) -> None:
    first = random.randrange(1, 10**6) if MANY else SEED
    worlds = [(seed, await stalls_of(plugin_site, seed)) for seed in range(first, first + max(2, MANY // 50))]
    told = {"reach": [dataclasses.asdict(one) for one in reach_of(plugin_site).villages], "turns": 80}
    workers = [
        await Process.start(
            PROGRAM, plugin_site, "schedule", worlds=[(seed * 2 + n, world) for seed, world in worlds], **told
        )
        for n in range(2)
    ]
    await together(*workers)
    with plugin_site.inside():
        try:
            await books_agree()
        except AssertionError as wrong:
            raise AssertionError(f"first seed {first}: {wrong}") from wrong
        assert await Order.all().count(), "nothing was ordered, so nothing was tried"


async def stalls_of(site: LiveSite, seed: int) -> tuple[int, list[int]]:
    with site.inside():
        return await stalls(site, seed)
