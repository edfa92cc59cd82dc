"""A trail that was written before there was a chain is chained when the tables are brought up to date."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cunli import db, migrations, rooms
from cunli.db import AppConfig
from cunli.testing import databases
from cunli.trust import verifying


@asynccontextmanager
async def _fresh(kind: str, folder: Path) -> AsyncIterator[str]:
    if kind == "sqlite":
        yield databases.sqlite_url(folder / "cunli.db")
        return
    async with databases.scratch_postgres() as url:
        yield url


CHAINED = "0007_audit_chain"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_was_written_before_is_numbered_and_chained(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "earlier_migrations"
    before.mkdir()
    for file in Path(migrations.__file__).parent.glob("*.py"):
        if file.name < CHAINED or file.name == "__init__.py":
            shutil.copy(file, before)
    monkeypatch.syspath_prepend(tmp_path)
    earlier = {"core": AppConfig(models=rooms.APP.models, migrations="earlier_migrations")}
    async with _fresh(kind, tmp_path) as url:
        await db.migrations.migrate(url, earlier)
        await db.start(url, {"core": rooms.APP})
        try:
            await db.run_unit(_old_entries)
        finally:
            await db.stop()
        await db.migrations.migrate(url, {"core": rooms.APP})
        await db.start(url, {"core": rooms.APP})
        try:
            rows = await db.read("SELECT id, action FROM core_audit_entry ORDER BY id")
            assert [(row["id"], row["action"]) for row in rows] == [(1, "first"), (2, "second"), (3, "third")]
            verdict = await verifying.verify()
            assert (verdict.broken, verdict.entries) == (None, 3)
        finally:
            await db.stop()
    for name in [name for name in sys.modules if name.startswith("earlier_migrations")]:
        del sys.modules[name]


async def _old_entries() -> None:
    for number, action in ((4, "first"), (7, "second"), (8, "third")):  # numbers had gaps
        await db.write(
            "INSERT INTO core_audit_entry (id, at, action, by, object_kind, object_id, details)"
            " VALUES (?, ?, ?, 'web', '', '', ?)",
            number,
            db.when("2026-11-29 04:05:06.123456"),
            action,
            '{"b": 1, "a": "等"}',
        )
