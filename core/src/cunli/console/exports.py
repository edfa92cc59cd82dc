"""A plugin's rows as a ZIP, made by a job for the admin who asked, and gone after a day. The format is that of `cunli plugin remove`."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import cunli
from cunli import db
from cunli.clock import now
from cunli.db import migrations
from cunli.jobs import enqueue
from cunli.jobs.tasks import Task, TaskContext
from cunli.media import running as media
from cunli.plugin_models import PluginExport
from cunli.removal.borrowed import borrowed
from cunli.removal.errors import CannotDo
from cunli.removal.export import export
from cunli.removal.folder import Manifest, Writing
from cunli.removal.tables import tables_of
from cunli.trust.audit import audit
from cunli.web.tokens import new_key

State = Literal["waiting", "done", "failed"]
KEPT: Final = timedelta(hours=24)
PATIENCE: Final = timedelta(minutes=15)  # after that, whoever was to make it died
MAKE: Final = "console.export"
_log = logging.getLogger("cunli.plugins")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportNow:
    """One export as its owner sees it. `rows`, `bytes` and `sha256` are those of the ZIP once it is done."""

    id: int
    key: str
    plugin: str
    version: str
    state: State
    rows: int
    bytes: int
    sha256: str
    at: datetime
    expires_at: datetime

    @property
    def file(self) -> str:
        return f"{self.plugin}-{self.version}-export.zip"

    @property
    def stored(self) -> str:
        return f"{self.key}.zip"


async def latest(plugin: str, person_id: int) -> ExportNow | None:
    """What this person last asked for, unless it has expired."""
    rows = await db.read(
        "SELECT * FROM core_plugin_export WHERE plugin = ? AND person_id = ? AND expires_at > ? ORDER BY id DESC LIMIT 1",
        plugin,
        person_id,
        now(),
    )
    return _export(rows[0]) if rows else None


def _export(row: Any) -> ExportNow:
    at = db.when(row["at"])
    died = row["state"] == "waiting" and at + PATIENCE < now()
    return ExportNow(
        id=row["id"],
        key=row["key"],
        plugin=row["plugin"],
        version=row["version"],
        state="failed" if died else row["state"],
        rows=row["rows"],
        bytes=row["bytes"],
        sha256=row["sha256"],
        at=at,
        expires_at=db.when(row["expires_at"]),
    )


@db.unit
async def ask(plugin: str, version: str, person_id: int, region: int | None) -> None:
    """Have it made, unless this person is waiting for one already."""
    if (last := await latest(plugin, person_id)) is not None and last.state == "waiting":
        return
    made = await PluginExport.create(
        key=new_key(), plugin=plugin, version=version, person_id=person_id, at=now(), expires_at=now() + KEPT
    )
    await audit("core.plugin.export", actor=person_id, region=region, object=("plugin", plugin), version=version)
    await enqueue(MAKE, {"export": made.id}, dedupe=f"{MAKE}:{made.key}")


async def fetch(found: ExportNow, person_id: int, region: int | None) -> AsyncIterator[bytes] | None:
    """The ZIP in pieces, written down as fetched; None when it is gone."""
    pieces = await media.storage().file(found.stored)
    if pieces is not None:
        await db.run_unit(_fetched, found, person_id, region)
    return pieces


async def _fetched(found: ExportNow, person_id: int, region: int | None) -> None:
    about = ("plugin", found.plugin)
    await audit("core.plugin.export.fetch", actor=person_id, region=region, object=about, rows=found.rows)


# -- the job -------------------------------------------------------------------------------------------------------------


async def make(ctx: TaskContext) -> None:
    """Write the folder, pack it, store it, say so. What fails is said to whoever waits, and in the log."""
    rows = await db.read("SELECT * FROM core_plugin_export WHERE id = ? AND state = 'waiting'", ctx.payload["export"])
    if not rows:
        return
    found = _export(rows[0])
    try:
        with tempfile.TemporaryDirectory(prefix="cunli-export-") as place:
            manifest, packed, digest = await _packed(found, Path(place))
            await media.storage().put_file(found.stored, packed)
            size = packed.stat().st_size
    except (CannotDo, OSError) as exc:
        _log.error("the export of %s failed: %s", found.plugin, exc)
        await db.run_unit(db.write, "UPDATE core_plugin_export SET state = 'failed' WHERE id = ?", found.id)
        return
    await db.run_unit(
        db.write,
        "UPDATE core_plugin_export SET state = 'done', rows = ?, bytes = ?, sha256 = ? WHERE id = ?",
        manifest.rows,
        size,
        digest,
        found.id,
    )


async def _packed(found: ExportNow, place: Path) -> tuple[Manifest, Path, str]:
    folder = place / found.file.removesuffix(".zip")
    manifest = await _written(found, folder)
    packed = place / found.file
    return manifest, packed, await asyncio.to_thread(_pack, folder, packed)


@db.unit(serializable=True)
async def _written(found: ExportNow, folder: Path) -> Manifest:
    """One moment of all tables: PostgreSQL gives a snapshot, and SQLite lets nobody write meanwhile."""
    applied = tuple(await migrations.applied(found.plugin))
    tables = tables_of(found.plugin)
    if not tables:
        raise CannotDo(f"no process here runs “{found.plugin}” with tables")
    about = Manifest(plugin=found.plugin, version=found.version, core=cunli.__version__, migrations=applied)
    return await export(about, tables, borrowed(found.plugin), Writing(folder), lambda *_: None, storage_url="")


def _pack(folder: Path, packed: Path) -> str:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            file.write(path, f"{folder.name}/{path.name}")
    with packed.open("rb") as made:
        return hashlib.file_digest(made, "sha256").hexdigest()


async def sweep(_ctx: TaskContext) -> None:
    """Delete what has expired: the stored file first, so that no row forgets one."""
    rows = await db.read("SELECT id, key FROM core_plugin_export WHERE expires_at <= ?", now())
    for row in rows:
        await media.storage().drop_file(f"{row['key']}.zip")
        await db.run_unit(db.write, "DELETE FROM core_plugin_export WHERE id = ?", row["id"])


TASKS: Final = (
    Task(name=MAKE, run=make, timeout=PATIENCE.total_seconds(), attempts=1),
    Task(name="console.sweep_exports", run=sweep, every=timedelta(hours=1)),
)
