"""Databases for the tests of this room. Each test module brings its own tables in `APPS`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from cunli import db
from cunli.testing import databases

from .packages import Packages

ENGINES = ("sqlite", "postgres")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scratch() -> AsyncIterator[str | None]:
    """One PostgreSQL database for all tests here, or None where no server answers."""
    if not await databases.postgres_answers():
        yield None
        return
    async with databases.scratch_postgres() as url:
        yield url


async def emptied(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        await connection.close()
    return url


def needed(url: str | None) -> str:
    if url is None:
        pytest.skip(f"NOT TESTED on PostgreSQL: no server at {databases.postgres_server()}")
    return url


@pytest_asyncio.fixture(params=ENGINES, loop_scope="session")
async def url(request: pytest.FixtureRequest, scratch: str | None, tmp_path: Path) -> str:
    """The address of an empty database, once on each engine."""
    if request.param == "sqlite":
        return databases.sqlite_url(tmp_path / "village.db")
    return await emptied(needed(scratch))


@pytest_asyncio.fixture(loop_scope="session")
async def sqlite_url(tmp_path: Path) -> str:
    return databases.sqlite_url(tmp_path / "village.db")


@pytest_asyncio.fixture(loop_scope="session")
async def postgres_url(scratch: str | None) -> str:
    return await emptied(needed(scratch))


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A started database with the tables of the test module; the value is the engine's name."""
    await db.start(url, request.module.APPS)
    try:
        await databases.create_tables()
        yield db.engine()
    finally:
        await db.stop(patience=60)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    """An empty folder for apps with migrations."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return Packages(folder=tmp_path)
