"""A started database with the core's tables, once on each engine, and small tables of regions."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise import Tortoise

from cunli import db, rooms
from cunli.places import queries
from cunli.testing.templates import EmptyDatabases

WriteTable = Callable[..., Path]
Dump = Callable[[], Awaitable[dict[str, str]]]

COUNTY = "510999000000,澜川县,county,510900000000"
TOWNSHIPS = ("510999001000,望溪镇,township,510999000000", "510999002000,云盘乡,township,510999000000")
VILLAGES = (
    "510999001200,禾坪村村委会,village,510999001000",
    "510999001201,上坝村村民委员会,village,510999001000",
    "510999001001,双凤社区居民委员会,village,510999001000",
    "510999002200,禾坪村村委会,village,510999002000",
    "510999002201,龙溪口村,village,510999002000",
)
ROWS = (COUNTY, *TOWNSHIPS, *VILLAGES)


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def database(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[str]:
    """A started, empty database; the value is the engine's name."""
    url = await empty_databases.fresh(request.param, tmp_path)
    await db.start(url, {"core": rooms.APP})
    queries.forget_all()
    try:
        yield db.engine()
    finally:
        await db.stop(patience=60)


@pytest.fixture
def write_table(tmp_path: Path) -> WriteTable:
    """Write lines below the usual header into a file."""

    def write(rows: Iterable[str] = ROWS, *, name: str = "regions.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\n".join(("code,name,level,parent", *rows, "")).encode(encoding))
        return path

    return write


async def _dump() -> dict[str, str]:
    models = [model for app in (Tortoise.apps or {}).values() for model in app.values()]
    found = {}
    for table in sorted(model._meta.db_table for model in models):
        rows = sorted(repr(tuple(row)) for row in await db.read(f'SELECT * FROM "{table}"'))
        found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest() + f" ({len(rows)})"
    return found


@pytest.fixture
def dump() -> Dump:
    """A fingerprint of each table: what was there before must be there after."""
    return _dump
