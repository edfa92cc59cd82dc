"""The pulse: a server that answers nobody is called gone, one that only thinks is not, and a busy process judges nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from cunli import db
from cunli.db import postgres_pulse
from cunli.db.postgres_lanes import Lanes
from cunli.db.postgres_pulse import Pulse
from cunli.testing.working import PATIENCE


class Server:
    """Answers at once, or not at all."""

    def __init__(self) -> None:
        self.frozen = False
        self.asked = 0
        self.gone = 0

    async def ask(self) -> bool:
        self.asked += 1
        if self.frozen:
            await asyncio.Event().wait()
        return True

    def give_up(self) -> None:
        self.gone += 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    for name in ("SLOW", "LISTEN"):
        monkeypatch.setattr(postgres_pulse, name, 0.05)
    monkeypatch.setattr(postgres_pulse, "TICK", 0.01)
    return Server()


@pytest_asyncio.fixture(loop_scope="session")
async def pulse(server: Server) -> AsyncIterator[Pulse]:
    pulse = Pulse(server.ask, server.give_up)
    yield pulse
    pulse.stop()


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():
            await asyncio.sleep(0.005)


async def test_who_waits_for_a_frozen_server_is_told_once_and_silence_ends_with_the_first_answer(
    server: Server, pulse: Pulse
) -> None:
    server.frozen = True
    pulse.began("a query")
    await until(lambda: pulse.silent)
    await until(lambda: server.asked > 2)
    assert server.gone == 1
    pulse.ended("a query")
    server.frozen = False
    await until(lambda: not pulse.silent)


async def test_a_server_that_thinks_for_long_and_answers_others_is_not_gone(server: Server, pulse: Pulse) -> None:
    pulse.began("a long query")
    await until(lambda: server.asked > 3)
    assert not pulse.silent
    assert server.gone == 0


async def test_nobody_is_asked_while_nobody_waits(server: Server, pulse: Pulse) -> None:
    pulse.began("a quick query")
    pulse.ended("a quick query")
    await asyncio.sleep(0.2)
    assert server.asked == 0


async def test_a_process_that_stood_still_itself_does_not_blame_the_server(server: Server, pulse: Pulse) -> None:
    """Its answer lies there unread; many short waits let it be read first."""
    answered = asyncio.Event()

    async def ask() -> bool:
        server.asked += 1
        await answered.wait()
        return True

    pulse = Pulse(ask, server.give_up)
    pulse.began("a query")
    await until(lambda: server.asked == 1)
    asyncio.get_running_loop().call_later(0.03, answered.set)
    time.sleep(0.5)
    await until(lambda: pulse._feeling is None)
    pulse.stop()
    assert server.gone == 0


class Connection:
    def __init__(self) -> None:
        self.closed = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return False

    def terminate(self) -> None:
        self.closed = True

    async def close(self, timeout: float) -> None:
        self.closed = True


async def test_everybody_at_a_frozen_server_is_sent_away_and_served_again_afterwards(server: Server) -> None:
    """Who holds a connection, who waits for one, who opens one, and who comes later."""
    connections: list[Connection] = []

    async def connect() -> Connection:
        if server.frozen:
            await asyncio.Event().wait()
        connections.append(Connection())
        return connections[-1]

    lanes = Lanes(connect, 2)
    held = await lanes.acquire(PATIENCE)
    server.frozen = True
    opening, waiting = (asyncio.ensure_future(lanes.acquire(PATIENCE)) for _ in range(2))
    for task in (opening, waiting):
        with pytest.raises(db.Unreachable):
            await asyncio.wait_for(task, PATIENCE)
    assert held.closed
    with pytest.raises(db.Unreachable):
        await lanes.acquire(PATIENCE)
    lanes.release(held)
    server.frozen = False
    async with asyncio.timeout(PATIENCE):
        while lanes._pulse.silent:
            await asyncio.sleep(0.005)
    fresh = [await lanes.acquire(PATIENCE) for _ in range(2)]
    assert not any(connection.closed for connection in fresh)
    for connection in fresh:
        lanes.release(connection)
    await lanes.close(1)
