"""Throw-away databases for tests, on both engines, and the tables in them."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from tortoise.connection import get_connection
from tortoise.utils import generate_schema_for_client

from cunli.db.config import CONNECTION, connection_config
from cunli.db.units import run_unit

POSTGRES_VARIABLE: Final = "CUNLI_TEST_POSTGRES"
POSTGRES_DEFAULT: Final = "postgresql://postgres@127.0.0.1:5432/postgres"


class PostgresMissingError(Exception):
    """No PostgreSQL answers at `CUNLI_TEST_POSTGRES`, and this is CI, where it must."""


def postgres_server(environ: Mapping[str, str] = os.environ) -> str:
    """The address of the server that scratch databases are made on."""
    return environ.get(POSTGRES_VARIABLE, POSTGRES_DEFAULT)


async def postgres_answers(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the test server can be reached. With `CI` set its absence is an error, so that nothing is skipped unseen."""
    try:
        connection = await _connect(postgres_server(environ))
    except (OSError, asyncpg.PostgresError) as exc:
        if environ.get("CI"):
            raise PostgresMissingError(f"{POSTGRES_VARIABLE}: {exc}") from exc
        return False
    await connection.close()
    return True


@contextlib.asynccontextmanager
async def scratch_postgres(template: str = "template0") -> AsyncIterator[str]:
    """The address of a new, empty database on the test server; it is dropped at the end, whoever is still connected."""
    server = postgres_server()
    name = f"cunli_test_{os.getpid()}_{secrets.token_hex(4)}"
    await _tell(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await _tell(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"


async def create_tables() -> None:
    """Make every table of the started database from its models, without migrations: columns, keys and indexes, but no `Meta.constraints`."""

    async def make() -> None:
        await generate_schema_for_client(get_connection(CONNECTION), safe=True)

    await run_unit(make)


async def _connect(url: str) -> Any:
    given = connection_config(url)["credentials"]
    return await asyncpg.connect(
        host=given["host"],
        port=given["port"],
        user=given["user"],
        password=given["password"],
        database=given["database"],
        timeout=30,
    )


async def _tell(url: str, sql: str) -> None:
    connection = await _connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
