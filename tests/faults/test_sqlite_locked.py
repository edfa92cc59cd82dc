"""Another program writes the SQLite file and does not come to an end: reading goes on, writers are told, nothing hangs."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cunli.testing.templates import EmptyDatabases

from .everybody import LIMIT, LONGER, Visited, assert_sent_away_kindly
from .served import Served
from .villagers import settle


@asynccontextmanager
async def visited(databases: EmptyDatabases, folder: Path, fault: str = "") -> AsyncIterator[Visited]:
    url = await databases.fresh("sqlite", folder)
    site = Visited(
        Served(url, folder, folder / "media", fault), await settle(url, folder), limit=LIMIT if fault else LONGER
    )
    await site.served.start()
    try:
        yield site
    finally:
        await site.served.close()


@contextmanager
def locked(site: Visited) -> Iterator[None]:
    """A transaction of another process that holds the only right to write."""
    other = sqlite3.connect(site.served.database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


async def assert_readers_go_on_and_writers_are_told(site: Visited) -> None:
    with locked(site):
        answers = await site.everybody()
    writers = [answer for answer in answers if answer.who == "writer"]
    assert_sent_away_kindly(writers)
    assert {answer.status for answer in answers if answer not in writers} == {200}


async def test_a_locked_file_stops_writers_only(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    async with visited(empty_databases, tmp_path) as site:
        await assert_readers_go_on_and_writers_are_told(site)
        await site.recovers()


async def test_the_control_without_an_end_to_patience_writers_are_kept_waiting(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    async with visited(empty_databases, tmp_path, "nobody_gives_up") as site:
        with pytest.raises(AssertionError, match="kept waiting"):
            await assert_readers_go_on_and_writers_are_told(site)
