"""The lived-in site of these tests, and the whole matrix of requests and roles, walked once on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from cunli.testing.templates import EmptyDatabases

from .matrix import Cell, walk
from .world import World, world

Walked = Callable[[str], Awaitable[list[Cell]]]


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def lived_in(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[World]:
    """The world, fresh, once on each database."""
    async with world(await empty_databases.fresh(request.param, tmp_path), tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def lived_in_sqlite(empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[World]:
    """The world on SQLite: for planted faults, which look the same on both."""
    async with world(await empty_databases.fresh("sqlite", tmp_path), tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def walked(empty_databases: EmptyDatabases, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Every request as every role, on `sqlite` or `postgres`: what was answered. Asked for twice, walked once."""
    known: dict[str, list[Cell]] = {}

    async def cells(kind: str) -> list[Cell]:
        if kind not in known:
            folder = tmp_path_factory.mktemp(f"matrix-{kind}")
            async with world(await empty_databases.fresh(kind, folder), folder) as made:
                known[kind] = await walk(made)
        return known[kind]

    return cells
