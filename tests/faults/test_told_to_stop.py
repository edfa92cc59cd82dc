"""SIGTERM with a slow write and an upload on their way: both are answered, nobody new is let in, and the process ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest

from cunli.testing.photos import jpeg
from cunli.testing.templates import EmptyDatabases

from .looking import half_done, looking
from .served import PATIENCE, Served
from .villagers import VILLAGE, Village, Villager, send, settle

SLOWLY = 0.3
ENDED = (0, -signal.SIGTERM, 128 + signal.SIGTERM)


@contextlib.asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """What the write has to wait for."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        try:
            other.execute("BEGIN IMMEDIATE")
            yield
        finally:
            other.close()
        return
    connection = await asyncpg.connect(url.partition("?")[0])
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM core_village FOR UPDATE")
            yield
    finally:
        await connection.close()


class HalfSent:
    """A photo of which the server has one half."""

    def __init__(self, served: Served, who: Villager) -> None:
        self._served = served
        with_photo = {"photo": ("IMG.jpg", jpeg((320, 240)), "image/jpeg")}
        address = f"{served.url}{VILLAGE}/uploads"
        self._request = httpx2.Request(
            "POST", address, data=who.form(), files=with_photo, headers=who.client("").headers
        )
        self._body = self._request.read()

    async def begin(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._served.port)
        lines = [f"{name}: {value}" for name, value in self._request.headers.items()]
        self._writer.write("\r\n".join([f"POST {VILLAGE}/uploads HTTP/1.1", *lines, "", ""]).encode())
        self._writer.write(self._body[: len(self._body) // 2])
        await self._writer.drain()

    async def finish(self) -> bytes:
        """Send the other half; the whole answer, after which the server closes the connection."""
        self._writer.write(self._body[len(self._body) // 2 :])
        async with asyncio.timeout(PATIENCE):
            return await self._reader.read()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


async def until_it_arrived(served: Served) -> None:
    """Who asks later is answered: what was sent before lies with the server."""
    await asyncio.sleep(0.1)
    for _ in range(2):
        assert (await served.ask("/healthz")).status_code == 200


async def nobody_new_is_let_in(served: Served) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await served.ask("/healthz")
            except httpx2.TransportError:
                return
            await asyncio.sleep(0.02)


async def assert_ends_well(served: Served, village: Village) -> None:
    upload = HalfSent(served, village[1])
    try:
        await _ends_well(served, village[0], upload)
    finally:
        await upload.close()


async def _ends_well(served: Served, who: Villager, upload: HalfSent) -> None:
    act = who.post("最后一条")
    async with who.client(served.url) as client:
        assert (await client.get(f"{VILLAGE}/")).status_code == 200  # this connection stays open
        await upload.begin()
        async with locked(served.database_url):
            writing = asyncio.ensure_future(send(client, act))
            await until_it_arrived(served)
            assert served.process is not None
            served.process.send_signal(signal.SIGTERM)
            await nobody_new_is_let_in(served)
            await asyncio.sleep(SLOWLY)
            assert not writing.done(), "the write was cut short"
        answers = await asyncio.gather(writing, upload.finish(), return_exceptions=True)
    code = await asyncio.wait_for(served.process.wait(), PATIENCE)
    assert isinstance(answers[0], httpx2.Response), f"the write was not answered: {answers[0]!r}"
    assert answers[0].status_code == 303, f"the write was answered {answers[0].status_code}"
    assert isinstance(answers[1], bytes), f"the upload was not answered: {answers[1]!r}"
    assert answers[1].startswith(b"HTTP/1.1 201"), f"the upload was answered {answers[1][:80]!r}"
    assert code in ENDED, f"exit code {code}"


@contextlib.asynccontextmanager
async def served(url: str, folder: Path, fault: str = "") -> AsyncIterator[tuple[Served, Village]]:
    village = await settle(url, folder)
    running = Served(url, folder, folder / "media", fault)
    await running.start()
    try:
        yield running, village
    finally:
        await running.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_is_on_its_way_is_answered_before_the_end(
    kind: str, empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh(kind, tmp_path)
    patient = (url, "patient_writers") if kind == "sqlite" else (f"{url}?lock_timeout=60000", "")
    async with served(patient[0], tmp_path, patient[1]) as (running, village):
        await assert_ends_well(running, village)
        assert await half_done(running.database_url, running.media) == []
        async with looking(running.database_url) as look:
            assert await look.column("SELECT body FROM core_post") == ["最后一条"]
            assert await look.number("SELECT COUNT(*) FROM core_upload") == 1


async def test_connections_on_which_nothing_happens_do_not_hold_it_up(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    async with served(await empty_databases.fresh("sqlite", tmp_path), tmp_path) as (running, _):
        idle = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(50)]
        began = time.monotonic()
        assert await running.stop() in ENDED
        assert time.monotonic() - began < 14, "less than the grace that is given to work"
        for _, writer in idle:
            writer.close()


async def test_the_control_without_grace_they_are_not_answered(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with served(url, tmp_path, "no_grace") as (running, village):
        with pytest.raises(AssertionError, match="cut short|was not answered|was answered"):
            await assert_ends_well(running, village)
