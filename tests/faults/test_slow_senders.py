"""Hundreds of connections that send slowly, stand still or never read: ordinary people are answered, the slow ones are closed."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cunli.testing.templates import EmptyDatabases

from .everybody import LONGER
from .served import PATIENCE, Served
from .villagers import VILLAGE, Village, Villager, send, settle

HEADERS = 200
BODIES = 100
FEW = 10
MEGABYTE = 1 << 20
PIECE = 1 << 16
GROWTH = 50 * MEGABYTE
HOST = b"Host: 127.0.0.1\r\n"


@pytest.fixture(autouse=True)
def enough_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2048:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, hard), hard))


@contextlib.asynccontextmanager
async def served(databases: EmptyDatabases, folder: Path, fault: str = "") -> AsyncIterator[tuple[Served, Village]]:
    url = await databases.fresh("sqlite", folder)
    village = await settle(url, folder)
    running = Served(url, folder, folder / "media", fault)
    await running.start()
    try:
        yield running, village
    finally:
        await running.close()


@dataclass
class Slow:
    """Connections that begin a request and do not come to its end."""

    port: int
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def open(self, headers: int, bodies: int) -> None:
        form = b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Sec-Fetch-Site: same-origin\r\nContent-Length: 5000\r\n"
        begun = form + b"Content-Type: application/x-www-form-urlencoded\r\n\r\nphone="
        self.tasks += [asyncio.create_task(self._drip(b"GET / HTTP/1.1\r\n" + HOST + b"X: ")) for _ in range(headers)]
        self.tasks += [asyncio.create_task(self._stand_still(begun)) for _ in range(bodies)]

    async def _drip(self, begun: bytes) -> None:
        """A byte of a header every second; ends when the server closes."""
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            closed = asyncio.ensure_future(reader.read())
            try:
                writer.write(begun)
                while not (await asyncio.wait({closed}, timeout=1))[0]:
                    writer.write(b"a")
                await closed
            finally:
                closed.cancel()
                writer.close()

    async def _stand_still(self, begun: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(begun)
                await reader.read()
            finally:
                writer.close()

    def still_open(self) -> int:
        return sum(not task.done() for task in self.tasks)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def ordinary_people(served: Served, who: Villager, number: int) -> None:
    """A page for a stranger, one for a member, and a post."""
    began = time.monotonic()
    assert (await served.ask(f"{VILLAGE}/")).status_code == 200
    async with who.client(served.url) as client:
        assert (await client.get(f"{VILLAGE}/")).status_code == 200
        assert (await send(client, who.post(f"日子照过{number}"))).status_code == 303
    assert time.monotonic() - began < LONGER


async def test_slow_senders_are_closed_and_nobody_else_notices(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    """The control runs beside it: a server without deadlines, where the same connections stay open meanwhile."""
    (apart := tmp_path / "control").mkdir()
    async with (
        served(empty_databases, tmp_path) as (running, village),
        served(empty_databases, apart, "without_deadlines") as (stock, _),
    ):
        slow, control = Slow(running.port), Slow(stock.port)
        try:
            slow.open(HEADERS, BODIES)
            control.open(FEW, FEW)
            await people_go_on(running, village, slow)
            assert control.still_open() == 2 * FEW
        finally:
            await slow.close()
            await control.close()


async def people_go_on(running: Served, village: Village, slow: Slow) -> None:
    """Ordinary visits, one after the other, until the last slow connection is closed."""
    await asyncio.sleep(0.5)
    assert slow.still_open() == HEADERS + BODIES
    number = 0
    async with asyncio.timeout(PATIENCE):
        while slow.still_open():
            number += 1
            await ordinary_people(running, village[number], number)
            await asyncio.sleep(0.5)
    assert number >= 1


async def test_idle_connections_cost_little_and_are_given_back(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    async with served(empty_databases, tmp_path) as (running, village):
        await ordinary_people(running, village[0], 0)
        memory, files = running.memory(), running.files()
        idle = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(500)]
        await ordinary_people(running, village[1], 1)
        assert running.files() > files + 400, "they are really there"
        assert running.memory() - memory < GROWTH
        for _, writer in idle:
            writer.close()
        async with asyncio.timeout(PATIENCE):
            while running.files() > files + 20:
                await asyncio.sleep(0.1)


async def pour(port: int, cookie: str, most: int) -> bytes:
    """Send a body without saying how long it is, and go on although it is answered; the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {VILLAGE}/draft HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write((head + kind).encode())
    answer = asyncio.ensure_future(reader.readline())
    try:
        with contextlib.suppress(ConnectionError):
            for _ in range(most // PIECE):
                writer.write(b"%x\r\n" % PIECE + b"x" * PIECE + b"\r\n")
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            return await answer
    finally:
        answer.cancel()
        writer.close()


async def poured_in(running: Served, who: Villager, most: int = 300 * MEGABYTE) -> tuple[list[bytes], int]:
    """What four floods were answered, and by how much the server grew meanwhile."""
    cookie = who.client("").headers["cookie"]
    before = peak = running.memory()
    floods = asyncio.gather(*(pour(running.port, cookie, most) for _ in range(2)))
    while not floods.done():
        peak = max(peak, running.memory())
        await asyncio.sleep(0.02)
    return await floods, peak - before


async def test_a_flood_is_refused_without_keeping_it(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    async with served(empty_databases, tmp_path) as (running, village):
        await ordinary_people(running, village[0], 0)
        answers, growth = await poured_in(running, village[0])
        assert growth < GROWTH
        assert [answer[:12] for answer in answers] == [b"HTTP/1.1 413"] * 2
        await ordinary_people(running, village[1], 1)


async def test_the_control_a_flood_that_is_kept_is_seen(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    async with served(empty_databases, tmp_path, "any_length") as (running, village):
        assert (await running.ask(f"{VILLAGE}/")).status_code == 200
        assert (await poured_in(running, village[0], 60 * MEGABYTE))[1] > GROWTH
