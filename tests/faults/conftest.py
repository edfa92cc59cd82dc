"""Empty databases for servers that are processes of their own; every server that a test starts is ended with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio

from cunli.testing.templates import EmptyDatabases

from .killing import Storm

OpenStorm = Callable[..., Awaitable[Storm]]


@pytest_asyncio.fixture(loop_scope="session")
async def storm_over(empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[OpenStorm]:
    """Opens a storm over an empty database of a kind."""
    opened: list[Storm] = []

    async def over(kind: str, fault: str = "") -> Storm:
        opened.append(await Storm.over(await empty_databases.fresh(kind, tmp_path), tmp_path, fault))
        return opened[-1]

    yield over
    for storm in opened:
        await storm.served.close()
