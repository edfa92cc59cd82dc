"""A thousand open pages that wait for what is new cost little, and do not keep the process from ending."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx2
import pytest

from cunli.testing.templates import EmptyDatabases
from cunli.web.cookies import SESSION

from .served import PATIENCE, Served
from .villagers import VILLAGE, settle

PEOPLE, EACH = 171, 6
MEGABYTE = 1 << 20
GROWTH = 50 * MEGABYTE
GRACE = 15.0
SOON = 0.3  # seconds in which 95 of 100 pages are there, on a machine with nothing else to do


@pytest.fixture(autouse=True)
def enough_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))


class Page:
    """An open page of somebody."""

    def __init__(self, served: Served, token: str) -> None:
        self._served, self._token = served, token

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._served.port)
        head = f"GET {VILLAGE}/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {SESSION}={self._token}\r\n\r\n"
        self.writer.write(head.encode())
        await self.until(b"event: unread")

    async def until(self, words: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(words)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def opened(served: Served, given: Sequence[str]) -> AsyncIterator[list[Page]]:
    """So many pages of each of these people; closed at the end."""
    pages: list[Page] = []
    try:
        for token in given:
            some = [Page(served, token) for _ in range(EACH)]
            await asyncio.gather(*(page.open() for page in some))
            pages += some
        yield pages
    finally:
        await asyncio.gather(*(page.close() for page in pages))


async def looked(client: httpx2.AsyncClient) -> list[float]:
    """How long each of forty looks at the village page took, in seconds."""
    taken = []
    for _ in range(40):
        begun = time.monotonic()
        assert (await client.get(f"{VILLAGE}/")).status_code == 200
        taken.append(time.monotonic() - begun)
    return taken


async def test_a_thousand_listeners_cost_little_hear_at_once_and_are_given_back(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    village = await settle(url, tmp_path, PEOPLE)
    given = [who.session for who in village.people]
    running = Served(url, tmp_path, tmp_path / "media", more={"CUNLI_LOG_LEVEL": "warning"})
    await running.start()
    try:
        async with opened(running, given[:1]):
            pass  # what the first page loads is no listener's
        memory, files = running.memory(), running.files()
        writer, taken, alone = village[0], list[float](), list[float]()
        async with writer.client(running.url) as client:
            async with opened(running, given[1:]) as pages:
                assert running.files() > files + 1_000, "they are really there"
                assert running.memory() - memory < GROWTH
                posted = await client.post(f"{VILLAGE}/new", data=writer.form(body="一千人都听到", audience="village"))
                assert posted.status_code == 303
                await asyncio.gather(*(page.until(b"event: post") for page in pages))
                taken = await looked(client)
            async with asyncio.timeout(PATIENCE):
                while running.files() > files + 20:
                    await asyncio.sleep(0.1)
            alone = await looked(client)
        # compared with the same machine in the same minute: how busy it is besides says nothing
        assert sorted(taken)[37] < SOON + 3 * sorted(alone)[37]
    finally:
        await running.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_dg4_told_to_stop_streams_end_with_a_hint_when_to_come_back(
    kind: str, empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh(kind, tmp_path)
    given = [who.session for who in (await settle(url, tmp_path)).people]
    running = Served(url, tmp_path, tmp_path / "media")
    await running.start()
    try:
        async with opened(running, given) as pages:
            assert running.process is not None
            begun = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            rest = await asyncio.gather(*(asyncio.wait_for(page.reader.read(), PATIENCE) for page in pages))
        code = await asyncio.wait_for(running.process.wait(), PATIENCE)
        assert code in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
        assert time.monotonic() - begun < GRACE, "it waited for the streams until it lost patience"
        assert all(one.endswith(b"0\r\n\r\n") for one in rest), "ended as an answer ends, not cut off"
    finally:
        await running.close()


async def test_the_control_streams_that_are_not_told_keep_the_process_until_its_grace_is_over(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    given = [who.session for who in (await settle(url, tmp_path, 1)).people]
    running = Served(url, tmp_path, tmp_path / "media", "deaf_streams")
    await running.start()
    try:
        async with opened(running, given) as pages:
            assert running.process is not None
            running.process.send_signal(signal.SIGTERM)
            rest = await asyncio.gather(
                *(asyncio.wait_for(page.reader.read(), PATIENCE) for page in pages), return_exceptions=True
            )
        assert not any(isinstance(one, bytes) and one.endswith(b"0\r\n\r\n") for one in rest)
    finally:
        await running.close()
