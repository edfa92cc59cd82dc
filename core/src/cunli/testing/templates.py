"""Empty, migrated databases, made once per run and handed to each test fresh."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from cunli import db, rooms
from cunli.db import migrations
from cunli.testing import databases


class EmptyDatabases:
    """A SQLite template that is copied, and one PostgreSQL database that is emptied, for each test."""

    def __init__(self, folder: Path, apps: dict[str, db.AppConfig] | None = None) -> None:
        self.folder = folder
        self.apps = apps or {"core": rooms.APP}
        self._postgres: str | None = None
        self._stack = AsyncExitStack()

    async def fresh(self, kind: str, folder: Path) -> str:
        """The address of an empty database for one test; skips loudly where PostgreSQL does not answer."""
        if kind == "sqlite":
            return await self._sqlite(folder)
        if not await databases.postgres_answers():
            pytest.skip(
                f"NOT TESTED on PostgreSQL: no server at {databases.postgres_server()} (set {databases.POSTGRES_VARIABLE})"
            )
        return await self._emptied_postgres()

    async def _sqlite(self, folder: Path) -> str:
        template = self.folder / "template.db"
        if not template.exists():
            await self._prepare(databases.sqlite_url(template))
        target = folder / "cunli.db"
        shutil.copyfile(template, target)
        return databases.sqlite_url(target)

    async def _emptied_postgres(self) -> str:
        if self._postgres is None:
            self._postgres = await self._stack.enter_async_context(databases.scratch_postgres())
            await self._prepare(self._postgres)
        else:
            await _delete_everything(self._postgres)
        return self._postgres

    async def _prepare(self, url: str) -> None:
        await migrations.migrate(url, self.apps)
        if all(app.migrations for app in self.apps.values()):
            return
        await db.start(url, self.apps)  # tables that a test brings along have no migrations
        try:
            await databases.create_tables()
        finally:
            await db.stop()

    async def close(self) -> None:
        await self._stack.aclose()


async def _delete_everything(url: str) -> None:
    connection = await asyncpg.connect(url.split("?")[0])
    try:
        rows = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
        )
        # without triggers, so that the order of tables and append-only guards do not matter
        deletes = "; ".join(f'DELETE FROM "{r["tablename"]}"' for r in rows)  # noqa: S608 names from the catalogue
        await connection.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT")
    finally:
        await connection.close()
