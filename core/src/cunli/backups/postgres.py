"""A PostgreSQL database out and back, by PostgreSQL's own tools.

`pg_dump` and not our own COPY: it takes along what Cunli does not know of (tables of a plugin that is not installed any
more, sequences, whatever an administrator has added), and an archive of its kind is restored without Cunli too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import asyncpg

from cunli.backups.errors import CannotBackUp, CannotRestore
from cunli.backups.manifest import Database
from cunli.db.config import connection_config, redacted

_TABLES: Final = (
    "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)
_INSTALL: Final = "install PostgreSQL's client programs of the server's version (Debian: apt install postgresql-client)"


async def take(url: str, target: Path) -> Database:
    """Write the database of one moment into a file, while others go on writing; what was in it."""
    async with _connected(url) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        arguments = ["--format=custom", "--compress=6", f"--snapshot={snapshot}", "--no-owner", "--no-acl"]
        dumping = asyncio.create_task(_run("pg_dump", url, *arguments, f"--file={target}"))
        try:
            found = await _about(connection)
            said = await dumping
        finally:
            await _ended(dumping)
        if said:
            raise CannotBackUp(f"pg_dump failed on {redacted(url)}: {said}")
    return found


async def about(url: str) -> Database:
    """What is in a database that nobody writes to."""
    async with _connected(url) as connection:
        return await _about(connection)


async def _about(connection: Any) -> Database:
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    counts = {table: await connection.fetchval(f'SELECT COUNT(*) FROM "{table}"') for table in tables}  # noqa: S608 names from the catalogue
    migrations = await connection.fetch("SELECT app, name FROM tortoise_migrations ORDER BY id")
    version = str(await connection.fetchval("SHOW server_version")).split()[0]
    return Database(
        engine="postgres",
        server=f"PostgreSQL {version}",
        migrations=tuple((row[0], row[1]) for row in migrations),
        tables=counts,
        audit_last=await connection.fetchval("SELECT COALESCE(MAX(id), 0) FROM core_audit_entry"),
        audit_head=await _head(connection),
    )


async def _head(connection: Any) -> str:
    """The hash of the last entry of the audit trail; empty in databases from before there were hashes."""
    there = "SELECT 1 FROM information_schema.columns WHERE table_name = 'core_audit_entry' AND column_name = 'hash'"
    if not await connection.fetchval(there):
        return ""
    return await connection.fetchval("SELECT hash FROM core_audit_entry ORDER BY id DESC LIMIT 1") or ""


async def refuse_filled(url: str) -> None:
    """Raises `CannotRestore` unless the database is there and empty."""
    try:
        async with _connected(url) as connection:
            tables = [row[0] for row in await connection.fetch(_TABLES)]
    except (OSError, asyncpg.PostgresError) as exc:
        raise CannotRestore(
            f"{redacted(url)} does not answer: {exc}. Create an empty database first (createdb)"
        ) from exc
    if tables:
        raise CannotRestore(
            f"{redacted(url)} has {len(tables)} tables already: restore goes into an empty database only"
        )


async def put(url: str, dump: Path) -> None:
    """Bring everything back in one transaction. Raises `CannotRestore`; then nothing is there."""
    said = await _run(
        "pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", "--dbname=", str(dump)
    )
    if said:
        raise CannotRestore(f"pg_restore failed on {redacted(url)}: {said}")


async def take_back(url: str) -> None:
    """Empty a database that was empty before: a later step of the restore failed."""
    async with _connected(url) as connection, connection.transaction():
        await connection.execute("SET LOCAL client_min_messages = warning")
        for row in await connection.fetch(_TABLES):
            await connection.execute(f'DROP TABLE IF EXISTS "{row[0]}" CASCADE')
        for row in await connection.fetch(
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND NOT EXISTS"
            " (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        ):
            await connection.execute(f"DROP ROUTINE IF EXISTS {row[0]} CASCADE")


async def _run(program: str, url: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs; what it complained of, or nothing. The password is in no command line."""
    found = _program(program)
    given = connection_config(url)["credentials"]
    environment = {
        **os.environ,
        "PGHOST": given["host"],
        "PGPORT": str(given["port"]),
        "PGDATABASE": given["database"],
        "PGUSER": given["user"] or "",
        "PGPASSWORD": given["password"] or "",
        "PGSSLMODE": str(given.get("ssl", "prefer")),
        "PGAPPNAME": "cunli backup",
        "LC_MESSAGES": "C",
    }
    arguments = tuple(f"--dbname={given['database']}" if part == "--dbname=" else part for part in arguments)
    running = await asyncio.create_subprocess_exec(
        found, *arguments, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, complained = await running.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        await running.wait()
        raise
    words = complained.decode(errors="replace").strip()
    return (words or f"it ended with {running.returncode}") if running.returncode else ""


def _program(name: str) -> str:
    """The newest there is: a dump is refused by programs older than the server."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    found = str(beside[-1]) if beside else shutil.which(name)
    if found is None:
        raise CannotBackUp(f"{name} is not there: {_INSTALL}")
    return found


def _version(path: Path) -> int:
    number = re.match(r"\d+", path.parent.parent.name)
    return int(number[0]) if number else 0


async def _ended(task: asyncio.Task[str]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    given = connection_config(url)["credentials"]
    wanted = {name: given[name] for name in ("host", "port", "user", "password", "database", "ssl") if name in given}
    connection = await asyncpg.connect(**wanted, timeout=10, server_settings={"application_name": "cunli backup"})
    try:
        yield connection
    finally:
        await connection.close()
