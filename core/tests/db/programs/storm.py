"""Cancel database work at every moment, then look at what is left: `storm.py storm|lost|both MODE URL`. Prints one JSON object.

`ours` cancels callers of units; `engine` cancels our transactions themselves, without the unit's own task around them;
`stock` does the same with Tortoise as it comes: the planted control.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
from tortoise import Tortoise, fields
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from cunli import db
from cunli.testing import databases

ROUNDS = 160
STOCK_ROUNDS = 8_000  # stock Tortoise leaks only when a cancellation meets it at the wrong moment: until it has
PATIENCE = {"ours": 60.0, "engine": 60.0, "stock": 2.0}  # stock Tortoise is expected to hang


class Entry(Model):
    """A transfer is two entries with the same `transfer`; a batch is ten with the same negative one."""

    id = fields.IntField(primary_key=True)
    transfer = fields.IntField()

    class Meta:
        table = "storm_entry"


async def both(transfer: int) -> None:
    await Entry.create(transfer=transfer)
    await Entry.create(transfer=transfer)


async def batch(transfer: int) -> None:
    await Entry.bulk_create([Entry(transfer=-transfer) for _ in range(10)])


async def _stock_both(transfer: int) -> None:
    async with in_transaction():
        await both(transfer)


async def _engine_both(transfer: int) -> None:
    client: Any = get_connection("default")
    async with client.transaction():
        await both(transfer)


async def _engine_batch(transfer: int) -> None:
    client: Any = get_connection("default")
    async with client.transaction():
        await batch(transfer)


WAYS: dict[str, tuple[Callable[[int], Awaitable[Any]], Callable[[int], Awaitable[Any]]]] = {
    "ours": (db.unit(both), db.unit(batch)),
    "engine": (_engine_both, _engine_batch),
    "stock": (_stock_both, batch),
}


async def cancelled(work: Awaitable[Any], steps: int) -> None:
    task = asyncio.ensure_future(work)
    for _ in range(steps):
        await asyncio.sleep(0)
    if steps % 3 == 0:
        await asyncio.sleep(random.random() * 0.002)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def storm(mode: str) -> None:
    transfer, bulk = WAYS[mode]
    for number in range(1, STOCK_ROUNDS if mode == "stock" else ROUNDS, 2):
        steps = random.randrange(12)
        async with asyncio.timeout(PATIENCE[mode]):
            await asyncio.gather(
                cancelled(transfer(number), steps),
                cancelled(bulk(number + 1), steps),
                cancelled(Entry.all().count(), steps),
            )


async def seen_by_others(url: str, where: str) -> int:
    """What a connection that has nothing to do with this process's own sees."""
    query = f"SELECT COUNT(*) FROM storm_entry WHERE {where}"
    if url.startswith("sqlite"):
        return int(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30).execute(query).fetchone()[0])
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def broken_pairs(url: str) -> int:
    halves = "transfer IN (SELECT transfer FROM storm_entry GROUP BY transfer HAVING COUNT(*) NOT IN (2, 10))"
    return await seen_by_others(url, halves)


async def start(mode: str, url: str) -> None:
    if mode != "stock":
        await db.start(url, {"storm": db.AppConfig(models=("__main__",))})
        await databases.create_tables()
        return
    plain = url.replace("sqlite:///", "sqlite://").replace("postgresql://", "asyncpg://")
    await Tortoise.init(db_url=plain, modules={"storm": ["__main__"]})
    await Tortoise.generate_schemas()


async def main(mode: str, url: str) -> dict[str, object]:
    random.seed(7)
    found: dict[str, object] = {"answers": False, "written": False, "broken": -1}
    await start(mode, url)
    with suppress(TimeoutError):
        await storm(mode)
        async with asyncio.timeout(PATIENCE[mode]):
            await Entry.all().count()
            await (db.run_unit(Entry.create, transfer=999_999) if mode != "stock" else Entry.create(transfer=999_999))
        found["answers"] = True
    found["written"] = await seen_by_others(url, "transfer = 999999") == 1
    found["broken"] = await broken_pairs(url) - (1 if found["written"] else 0)
    return found


async def lost_after_one(mode: str, url: str) -> dict[str, object]:
    """Cancel one bulk write after each number of steps; is what is acknowledged afterwards there for others? (F2)"""
    if not db.started():
        await start(mode, url)
    lost: list[int] = []
    with suppress(TimeoutError, OperationalError):
        for steps in range(24):
            async with asyncio.timeout(PATIENCE["ours"]):
                await cancelled(WAYS[mode][1](steps + 1), steps)
                await (db.run_unit(Entry.create, transfer=steps) if mode != "stock" else Entry.create(transfer=steps))
            if await seen_by_others(url, f"transfer = {steps}") != 1:
                lost.append(steps)
    return {"lost": lost, "tried": 24}


async def both_checks(mode: str, url: str) -> dict[str, object]:
    found = await main(mode, url)
    await db.run_unit(db.write, "DELETE FROM storm_entry")
    return found | await lost_after_one(mode, url)


if __name__ == "__main__":
    which = {"storm": main, "lost": lost_after_one, "both": both_checks}[sys.argv[1]]
    loop = asyncio.new_event_loop()
    print(json.dumps(loop.run_until_complete(which(sys.argv[2], sys.argv[3]))), flush=True)
    __import__("os")._exit(0)  # a stock process that hangs would hang here too
