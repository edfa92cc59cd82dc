"""What tests of removal share: databases of their own, commands without a process of their own, and looks at what is left."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from click.testing import CliRunner

from cunli import db, removal
from cunli.cli import command_line
from cunli.db import migrations
from cunli.registry import Registry
from cunli.rooms import APP
from cunli.testing.databases import scratch_postgres
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases

from .operators import Told, environment


@asynccontextmanager
async def own_database(kind: str, databases: EmptyDatabases, folder: Path) -> AsyncIterator[str]:
    """A database whose tables may be dropped, with those of the core and of the sample."""
    url = await databases.fresh(kind, folder)
    if kind == "sqlite":
        yield url
        return
    async with scratch_postgres(template=urlsplit(url).path.removeprefix("/")) as copy:
        yield copy


async def cunli(url: str, *arguments: str, **settings: str) -> Told:
    """The command, in a thread of this process: as `operators.cunli`, but quick. Nothing else may have a database open."""

    def run() -> Told:
        done = CliRunner().invoke(command_line, arguments, env=environment(url, **settings))
        wrong = done.exception
        assert wrong is None or isinstance(wrong, SystemExit), repr(wrong)
        return Told(code=done.exit_code, out=done.stdout, err=done.stderr)

    return await asyncio.to_thread(run)


def site_of(url: str, folder: Path, *plugins: str, county: bool = True) -> Any:
    """The running site with these plugins."""
    return live_site(settings_for(url, folder, plugins=plugins, jobs="worker"), sample_county=county)


async def migrate(url: str, *plugins: str) -> list[str]:
    """As `cunli migrate` does."""
    return await migrations.migrate(url, {"core": APP, **Registry.load(plugins, strict=True).apps()})


async def taken_away(site: LiveSite, plugin: str, folder: Path) -> removal.Removed:
    """Remove it, as the command does."""
    return await removal.remove(site.app.site, plugin, folder, progress=lambda *_: None, steps=lambda *_: None)


async def brought_back(plugin: str, folder: Path) -> Any:
    """Import it, as the command does."""
    return await removal.bring_back(plugin, folder, progress=lambda *_: None)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of an export."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def tables_there() -> set[str]:
    """The tables of the started database."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    }
    return {row["name"] for row in await db.read(sql[db.engine()])}


LIVING = (
    "core_audit_entry",
    "core_plugin_epoch",
    "core_plugin_removal",
    "core_job",
    "core_session",
    "core_schedule",
    "core_worker",
)

DERIVED = ("core_search_due", "core_post_words", "core_comment_words")


async def state(*, without: tuple[str, ...] = ()) -> str:
    """A hash of every row of every table, but of those that only grow."""
    found = hashlib.sha256()
    for table in sorted(await tables_there() - {*LIVING, *without, "tortoise_migrations"}):
        if table.startswith(DERIVED):  # the index of words is made from the rest, by the worker
            continue
        rows = [dict(row) for row in await db.read(f"SELECT * FROM {table}")]
        lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
        found.update("\n".join((table, *lines, "")).encode())
    return found.hexdigest()
