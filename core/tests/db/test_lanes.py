"""Lending connections: never more than allowed, none lost, first come first served."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest

from cunli import db
from cunli.db.postgres_lanes import Lanes
from cunli.db.postgres_pulse import Pulse
from cunli.testing.working import PATIENCE


class Connection:
    """As much of an asyncpg connection as lending needs."""

    def __init__(self) -> None:
        self.closed = False
        self.in_transaction = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    def terminate(self) -> None:
        self.closed = True

    async def close(self, timeout: float) -> None:
        self.closed = True


class Server:
    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.refuses = False

    @property
    def open(self) -> int:
        return sum(not connection.closed for connection in self.connections)

    async def connect(self) -> Connection:
        await asyncio.sleep(0.001)
        if self.refuses:
            raise OSError("refused")
        self.connections.append(Connection())
        return self.connections[-1]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture(autouse=True)
def without_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    """These connections answer no question: whoever holds one for long, as some here do to the end, is not watched."""
    monkeypatch.setattr(Pulse, "began", lambda self, work: None)


async def test_one_connection_serves_one_after_the_other(server: Server) -> None:
    lanes = Lanes(server.connect, 3)
    for _ in range(5):
        lanes.release(await lanes.acquire(PATIENCE))
    assert server.open == 1


async def test_never_more_than_allowed_and_who_waits_too_long_is_told(server: Server) -> None:
    lanes = Lanes(server.connect, 2)
    held = [await lanes.acquire(PATIENCE) for _ in range(2)]
    with pytest.raises(db.Busy, match="maxsize=2"):
        await lanes.acquire(0.01)
    waiting = asyncio.ensure_future(lanes.acquire(PATIENCE))
    await asyncio.sleep(0)
    lanes.release(held[0])
    assert await waiting is held[0]
    assert server.open == 2


async def test_who_came_first_is_served_first(server: Server) -> None:
    lanes = Lanes(server.connect, 1)
    held = await lanes.acquire(PATIENCE)
    order: list[int] = []

    async def queue(number: int) -> None:
        connection = await lanes.acquire(PATIENCE)
        order.append(number)
        lanes.release(connection)

    tasks = [asyncio.ensure_future(queue(number)) for number in range(5)]
    await asyncio.sleep(0)
    lanes.release(held)
    latecomer = await lanes.acquire(PATIENCE)
    await asyncio.gather(*tasks)
    lanes.release(latecomer)
    assert order == [0, 1, 2, 3, 4]


async def test_dead_and_dirty_connections_are_replaced(server: Server) -> None:
    lanes = Lanes(server.connect, 1)
    for spoil in ("closed", "in_transaction"):
        connection = await lanes.acquire(PATIENCE)
        setattr(connection, spoil, True)
        waiting = asyncio.ensure_future(lanes.acquire(PATIENCE))
        await asyncio.sleep(0)
        lanes.release(connection)
        fresh = await waiting
        assert fresh is not connection
        lanes.release(fresh)
        fresh.closed = True  # dies while idle
    assert (await lanes.acquire(PATIENCE)) not in server.connections[:-1]
    assert server.open == 1


async def test_quiet_connections_are_not_trusted_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = Lanes(server.connect, 1)
    lanes.release(first := await lanes.acquire(PATIENCE))
    monkeypatch.setattr("cunli.db.postgres_lanes.IDLE_FOR", -1.0)
    assert await lanes.acquire(PATIENCE) is not first
    assert first.closed


async def test_a_server_that_refuses_does_not_use_up_the_lanes(server: Server) -> None:
    lanes = Lanes(server.connect, 1)
    server.refuses = True
    for _ in range(3):
        with pytest.raises(OSError, match="refused"):
            await lanes.acquire(PATIENCE)
    server.refuses = False
    assert await lanes.acquire(PATIENCE)


async def test_nothing_is_lost_when_borrowers_are_cancelled_at_any_moment(server: Server) -> None:
    lanes = Lanes(server.connect, 3)
    random.seed(11)
    most = 0

    async def borrow() -> None:
        nonlocal most
        connection = await lanes.acquire(PATIENCE)
        try:
            most = max(most, server.open)
            await asyncio.sleep(random.random() * 0.002)
            connection.closed = random.random() < 0.1
        finally:
            lanes.release(connection)

    async def impatient() -> None:
        task = asyncio.ensure_future(borrow())
        await asyncio.sleep(random.random() * 0.004)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    for _ in range(20):
        await asyncio.gather(*(impatient() for _ in range(20)))
    assert most <= 3
    held = [await lanes.acquire(PATIENCE) for _ in range(3)]  # all three are still to be had
    assert server.open == 3
    for connection in held:
        lanes.release(connection)
    await lanes.close(1)
    assert server.open == 0
