"""Acknowledged means on disk: a process that writes is killed at random, and every order it acknowledged is there."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from cunli.testing.working import PATIENCE

SHOP = Path(__file__).parent / "programs" / "shop.py"
STOCK = 1_000_000
ROUNDS = 3
ENOUGH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is in the database after the kill."""

    orders: set[int]
    stock: int
    whole: bool


async def killed(mode: str, url: str) -> set[int]:
    """Let the shop run until it has acknowledged enough, kill it at a random moment, and return what it acknowledged."""
    process = await asyncio.create_subprocess_exec(sys.executable, str(SHOP), mode, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    acknowledged: set[int] = set()
    async with asyncio.timeout(PATIENCE):
        while len(acknowledged) < ENOUGH:
            acknowledged.add(int(await process.stdout.readline()))
    await asyncio.sleep(random.random() * 0.1)
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    return acknowledged | {int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")}


async def left(url: str) -> Left:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        orders = {row[0] for row in connection.execute("SELECT number FROM shop_order")}
        (stock,) = connection.execute("SELECT stock FROM shop_shelf").fetchone()
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()
        return Left(orders=orders, stock=stock, whole=verdict == "ok")
    server = await asyncpg.connect(url)
    async with server.transaction(isolation="repeatable_read"):  # a server ends a last commit when it gets to it
        orders = {row["number"] for row in await server.fetch("SELECT number FROM shop_order")}
        stock = await server.fetchval("SELECT stock FROM shop_shelf")
    await server.close()
    return Left(orders=orders, stock=stock, whole=True)


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(round_: int, url: str) -> None:
    acknowledged = await killed("ours", url)
    found = await left(url)
    assert len(acknowledged) >= ENOUGH
    assert acknowledged <= found.orders
    assert found.stock + len(found.orders) == STOCK
    assert found.whole


async def test_stock_tortoise_loses_acknowledged_orders_after_one_cancelled_bulk_write(sqlite_url: str) -> None:
    """The planted control: the check above sees a loss when there is one."""
    acknowledged = await killed("stock", sqlite_url)
    assert not acknowledged <= (await left(sqlite_url)).orders
