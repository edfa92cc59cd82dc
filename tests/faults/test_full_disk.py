"""A disk that is full: reading goes on, writing is refused in plain words, nothing is half-written, and room is enough to go on."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from cunli import rooms
from cunli.db import migrations
from cunli.testing import databases
from cunli.testing.templates import EmptyDatabases

from .disks import Disk, NoMoreBytes, SaysFull, SmallDisk, disk, mounted
from .looking import half_done, looking
from .own_postgres import OwnPostgres, own, own_postgres
from .served import PATIENCE, Served
from .villagers import VILLAGE, Act, Village, Villager, send, settle, upload

KINDS = ("small", "limit")
REFUSED = (503, 507)
PEOPLE = 5
PADDING = 2 << 20  # a file that is not kept in memory while it is being received
MOST_WORDS = 2400  # as hexadecimal, under the limit of a post
LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass
class Full:
    """A served village and the disk under a part of it."""

    served: Served
    village: Village
    disk: Disk

    async def post(self, who: Villager, act: Act) -> httpx2.Response:
        async with who.client(self.served.url) as client:
            return await send(client, act)

    async def upload(self, who: Villager, padding: int = PADDING) -> httpx2.Response:
        async with who.client(self.served.url) as client:
            return await upload(client, who, padding=padding)

    async def member_page(self) -> httpx2.Response:
        async with self.village[0].client(self.served.url) as client:
            return await client.get(f"{VILLAGE}/")


@contextlib.asynccontextmanager
async def served(
    url: str,
    folder: Path,
    on: Disk,
    *,
    fault: str = "",
    log: Path | None = None,
    media: Path | None = None,
    spool: Path | None = None,
) -> AsyncIterator[Full]:
    village = await settle(url, folder, PEOPLE)
    more = {"TMPDIR": str(spool)} if spool else {}
    running = Served(url, folder, media or folder / "media", fault, more, log or folder / "serve.log")
    await running.start()
    try:
        yield Full(running, village, on)
    finally:
        await running.close()


def assert_friendly(answer: httpx2.Response) -> None:
    """A page for people: what happened, that nothing is lost, and nothing of the inside."""
    assert answer.status_code in REFUSED, answer.text[:3000]
    assert "retry-after" in answer.headers
    assert "服务器存满了" in answer.text
    assert "什么也没有改动" in answer.text
    for inside in ("Traceback", "Error", "errno", "INSERT"):
        assert inside not in answer.text


async def assert_read_and_recovers(full: Full, refused: dict[str, tuple[Villager, Act]]) -> None:
    """Pages are there, nothing of what was refused is; with room again the same forms are carried out, once each."""
    assert (await full.served.ask(f"{VILLAGE}/")).status_code == 200
    assert (await full.member_page()).status_code == 200
    assert (await full.served.ask("/healthz")).status_code == 200
    process = full.served.pid
    await full.disk.free(full.served)
    assert await half_done(full.served.database_url, full.served.media) == []
    async with looking(full.served.database_url) as look:
        assert set(refused) & set(await look.column("SELECT body FROM core_post")) == set()
        for who, act in [*refused.values(), *refused.values()]:
            assert (await full.post(who, act)).status_code == 303
        bodies = await look.column("SELECT body FROM core_post")
    assert sorted(body for body in bodies if body in refused) == sorted(refused)
    assert await half_done(full.served.database_url, full.served.media) == []
    assert full.served.pid == process
    assert full.served.process is not None
    assert full.served.process.returncode is None


async def refused_posts(full: Full, count: int = 3) -> dict[str, tuple[Villager, Act]]:
    """Write until the disk takes nothing more: the posts that were refused, each with a page that says so."""
    refused: dict[str, tuple[Villager, Act]] = {}
    for number in range(100):
        # letters only: among so many digits there is always a number that looks like somebody's
        who, mark = full.village[number], secrets.token_hex(MOST_WORDS).translate(LETTERS)
        act = who.post(mark)
        answer = await full.post(who, act)
        if answer.status_code != 303:
            assert_friendly(answer)
            refused[mark] = (who, act)
        if len(refused) == count:
            return refused
    raise AssertionError("a hundred posts went onto a full disk")


def empty_wal(path: Path) -> None:
    """Move everything into the database file, so that the next write needs room."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_sqlite_on_a_full_disk(kind: str, empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    with disk(kind, tmp_path / "disk") as on:
        await empty_databases.fresh("sqlite", on.folder)
        path = on.folder / "cunli.db"
        async with served(databases.sqlite_url(path), tmp_path, on) as full:
            assert (await full.post(full.village[0], full.village[0].post("有地方"))).status_code == 303
            empty_wal(path)
            await on.fill(full.served)
            await assert_read_and_recovers(full, await refused_posts(full))


async def test_postgres_on_a_full_disk(tmp_path: Path) -> None:
    async with own_postgres() as server:
        with mounted(server.folder / "small", 24) as small:
            await server.tell("CREATE DATABASE cunli" if small is None else await _tablespace(server, small))
            url = server.address("cunli")
            await migrations.migrate(url, {"core": rooms.APP})
            async with served(url, tmp_path, small or SaysFull(tmp_path, server, "cunli")) as full:
                await full.disk.fill(full.served)
                await assert_read_and_recovers(full, await refused_posts(full))


async def _tablespace(server: OwnPostgres, small: SmallDisk) -> str:
    own(small.folder)
    await server.tell(f"CREATE TABLESPACE small LOCATION '{small.folder}'")
    return "CREATE DATABASE cunli TABLESPACE small"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["media", "spool"])
async def test_photos_on_a_full_disk(what: str, kind: str, empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    """Where pictures are kept, and where a large file waits while it is being received."""
    url = await empty_databases.fresh("sqlite", tmp_path)
    with disk(kind, tmp_path / "disk") as on:
        media, spool = (on.folder, None) if what == "media" else (None, on.folder)
        async with served(url, tmp_path, on, media=media, spool=spool) as full:
            who = full.village[0]
            assert (await full.upload(who)).status_code == 201
            before = stored(full.served.media)
            await on.fill(full.served)
            for _ in range(2):
                assert_friendly(await full.upload(who))
            assert (await full.member_page()).status_code == 200
            assert stored(full.served.media) == before, "a part of a photo was left behind"
            await on.free(full.served)
            again = await full.upload(who)
            assert again.status_code == 201
            assert (await full.post(who, who.post("照片", upload=again.json()["key"]))).status_code == 303
            assert await half_done(url, full.served.media) == []


def stored(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file() and path.name != "filler"}


async def assert_nothing_left_of_half_a_photo(full: Full) -> None:
    """The first picture of a photo fits, the second does not."""
    who, limit = full.village[0], NoMoreBytes(full.served.folder)
    key = (await full.upload(who, padding=0)).json()["key"]
    before = stored(full.served.media)
    pictures = full.served.media / key[:2] / key
    large = (pictures / "large.jpg").stat().st_size
    assert (pictures / "large.webp").stat().st_size < large
    await limit.fill(full.served, room=large - 1)
    assert_friendly(await full.upload(who, padding=0))
    await limit.free(full.served)
    left = stored(full.served.media) - before
    assert not left, f"left behind: {left}"
    assert (await full.upload(who, padding=0)).status_code == 201


async def test_half_a_photo_is_not_kept(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with served(url, tmp_path, NoMoreBytes(tmp_path)) as full:
        await assert_nothing_left_of_half_a_photo(full)


async def test_the_control_without_tidying_half_a_photo_is_left(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with served(url, tmp_path, NoMoreBytes(tmp_path), fault="photos_are_put_without_tidying") as full:
        with pytest.raises(AssertionError, match="left behind"):
            await assert_nothing_left_of_half_a_photo(full)


async def test_the_control_a_full_disk_taken_for_any_failure_is_seen(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with served(url, tmp_path, NoMoreBytes(tmp_path), fault="a_full_disk_is_any_failure") as full:
        await full.disk.fill(full.served)
        answer = await full.post(full.village[0], full.village[0].post("没地方"))
        assert answer.status_code == 500
        with pytest.raises(AssertionError):
            assert_friendly(answer)


async def assert_nobody_is_stopped(full: Full) -> None:
    for number in range(6):
        answer = await full.post(full.village[number], full.village[number].post(f"{number}"))
        assert answer.status_code == 303, f"{answer.status_code}"
        assert (await full.served.ask(f"{VILLAGE}/")).status_code == 200


async def test_a_log_that_cannot_be_written_stops_nobody(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    with mounted(tmp_path / "disk", 1) as small:
        log = small.folder / "serve.log" if small else Path("/dev/full")
        async with served(url, tmp_path, small or NoMoreBytes(tmp_path), log=log) as full:
            if small is not None:
                await small.fill(full.served)
            await assert_nobody_is_stopped(full)
            if small is not None:
                length = log.stat().st_size
                await small.free(full.served)
                await until_the_log_grows(full, length)


async def until_the_log_grows(full: Full, length: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while full.served.log.stat().st_size <= length:
            await full.served.ask(f"{VILLAGE}/")


async def test_the_control_a_log_that_complains_would_stop_everybody(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    log = Path("/dev/full")
    with pytest.raises((AssertionError, httpx2.TransportError)):
        async with served(url, tmp_path, NoMoreBytes(tmp_path), log=log, fault="logs_complain_aloud") as full:
            await assert_nobody_is_stopped(full)
