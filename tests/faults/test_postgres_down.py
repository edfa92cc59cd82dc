"""PostgreSQL stopped, frozen, cutting connections, or with none left: everybody is told soon, and it goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from cunli import rooms
from cunli.db import migrations

from .everybody import LIMIT, LONGER, Visited, assert_sent_away_kindly, within_limit
from .own_postgres import OwnPostgres, own_postgres
from .served import PATIENCE, Served
from .villagers import settle

CUNLI = "application_name = 'cunli' AND datname = '{}'"
END = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {CUNLI}"
STUCK = f"SELECT COUNT(*) FROM pg_stat_activity WHERE {CUNLI} AND wait_event_type = 'Lock'"
LANES = 10


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[OwnPostgres]:
    async with own_postgres() as running:
        yield running


@asynccontextmanager
async def visited(server: OwnPostgres, folder: Path, fault: str = "", limit: float = LONGER) -> AsyncIterator[Visited]:
    """A site on a database of its own on this server."""
    name = f"c{abs(hash(folder.name))}"
    await server.tell(f"CREATE DATABASE {name}")
    url = server.address(name)
    await migrations.migrate(url, {"core": rooms.APP})
    site = Visited(Served(url, folder, folder / "media", fault), await settle(url, folder), limit=limit)
    await site.served.start()
    try:
        yield site
    finally:
        await site.served.close()


async def stuck(server: OwnPostgres, site: Visited, count: int) -> None:
    """Wait until so many of the site's connections wait for a lock."""
    connection = await asyncpg.connect(server.url)
    try:
        async with asyncio.timeout(PATIENCE):
            while await connection.fetchval(STUCK.format(database_of(site))) < count:
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


def database_of(site: Visited) -> str:
    return site.served.database_url.rpartition("/")[2]


@asynccontextmanager
async def locked(site: Visited, sql: str) -> AsyncIterator[None]:
    """Somebody else's transaction that holds a lock."""
    connection = await asyncpg.connect(site.served.database_url)
    try:
        async with connection.transaction():
            await connection.execute(sql)
            yield
    finally:
        await connection.close()


async def assert_frozen_is_told(server: OwnPostgres, site: Visited) -> None:
    await site.everybody()
    server.freeze()
    try:
        for _ in range(2):
            assert_sent_away_kindly(await site.everybody())
    finally:
        server.thaw()


async def test_a_frozen_server_is_told_to_everybody_soon(server: OwnPostgres, tmp_path: Path) -> None:
    async with visited(server, tmp_path) as site:
        await assert_frozen_is_told(server, site)
        await site.recovers()


async def test_a_stopped_server_is_told_and_its_start_is_noticed(server: OwnPostgres, tmp_path: Path) -> None:
    async with visited(server, tmp_path) as site:
        await site.everybody()
        await server.stop()
        try:
            assert_sent_away_kindly(await site.everybody())
        finally:
            await server.start()
        await site.recovers()


async def cut_off_in_the_middle(server: OwnPostgres, site: Visited) -> set[int]:
    """What writers are answered whose connections are ended while they wait for a row."""
    async with locked(site, "SELECT 1 FROM core_village FOR UPDATE"):
        writing = asyncio.gather(*(site.post(number) for number in range(3)))
        await stuck(server, site, 3)
        await server.tell(END.format(database_of(site)))
        return {answer.status for answer in await writing}


async def test_connections_that_are_cut_off_are_replaced(server: OwnPostgres, tmp_path: Path) -> None:
    async with visited(server, tmp_path) as site:
        assert await cut_off_in_the_middle(server, site) == {503}
        visiting = asyncio.ensure_future(site.everybody())
        for _ in range(5):
            await server.tell(END.format(database_of(site)))
            await asyncio.sleep(0.05)
        assert {answer.status for answer in await visiting} <= {200, 303, 503}
        await site.recovers()


async def test_the_control_an_error_of_the_driver_as_it_comes_is_an_incident(
    server: OwnPostgres, tmp_path: Path
) -> None:
    async with visited(server, tmp_path, "cut_off_is_any_failure") as site:
        assert await cut_off_in_the_middle(server, site) == {500}


async def assert_no_connection_left_is_told(server: OwnPostgres, site: Visited) -> None:
    """Members wait for a table that somebody has locked, and hold every connection."""
    await site.everybody()
    async with locked(site, "LOCK TABLE core_session IN ACCESS EXCLUSIVE MODE"):
        members = [asyncio.ensure_future(site.member(number)) for number in range(LANES)]
        try:
            await stuck(server, site, LANES)
            assert_sent_away_kindly(await within_limit([site.health() for _ in range(5)], site.limit))
        finally:
            for member in members:
                member.cancel()
            await asyncio.gather(*members, return_exceptions=True)


async def test_a_pool_without_a_connection_left_is_told(server: OwnPostgres, tmp_path: Path) -> None:
    async with visited(server, tmp_path, "patient_readers") as site:
        await assert_no_connection_left_is_told(server, site)
        await site.recovers()


async def test_the_control_without_an_end_to_patience_people_are_kept_waiting(
    server: OwnPostgres, tmp_path: Path
) -> None:
    async with visited(server, tmp_path, "nobody_gives_up", LIMIT) as site:
        with pytest.raises(AssertionError, match="kept waiting"):
            await assert_frozen_is_told(server, site)
        await site.recovers()
        with pytest.raises(AssertionError, match="kept waiting"):
            await assert_no_connection_left_is_told(server, site)
