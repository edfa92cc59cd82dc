"""The site that people live in, and a tour of all of it, taken once on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from cunli.testing.templates import EmptyDatabases

from ..permissions.world import World
from .tour import Tour, a_world, walk

Toured = Callable[[str], Awaitable[dict[str, Tour]]]


@pytest_asyncio.fixture(loop_scope="session")
async def lived_in_sqlite(empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[World]:
    """The world on SQLite: for planted faults, which look the same on both."""
    async with a_world(await empty_databases.fresh("sqlite", tmp_path), tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def lived_in(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[World]:
    """The world, fresh, once on each database."""
    async with a_world(await empty_databases.fresh(request.param, tmp_path), tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def toured(empty_databases: EmptyDatabases, tmp_path_factory: pytest.TempPathFactory) -> Toured:
    """The tours at `debug` and at `info` on `sqlite` or `postgres`. Asked for twice, taken once."""
    known: dict[str, dict[str, Tour]] = {}

    async def tours(kind: str) -> dict[str, Tour]:
        if kind not in known:
            folder = tmp_path_factory.mktemp(f"tour-{kind}")
            async with a_world(await empty_databases.fresh(kind, folder), folder) as made:
                known[kind] = {"debug": await walk(made, "debug"), "info": await walk(made, "info", briefly=True)}
        return known[kind]

    return tours
