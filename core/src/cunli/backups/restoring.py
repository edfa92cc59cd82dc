"""Bringing a backup back onto an empty machine: looked through first, then everything or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cunli import db
from cunli.backups import archive, container, files, postgres, sqlite
from cunli.backups.errors import CannotRestore, Damaged
from cunli.backups.manifest import FOLDER, Manifest, database_name
from cunli.backups.sealing import Opener
from cunli.clock import now
from cunli.db import MigrationRefused, migrations
from cunli.media.storage import Storage
from cunli.trust import keys, verifying
from cunli.trust.audit import audit
from cunli.trust.verifying import Verdict

if TYPE_CHECKING:
    from cunli.web.site import Site

ACTION: Final = "core.restore"
Heard = Callable[[int], object]
Afterwards = Callable[[Manifest], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What is there again. `lost`: what was written in that time before now is not in the backup; `seconds`: what it took.

    `trail`: whether the audit trail in the backup is whole.
    """

    manifest: Manifest
    migrated: int
    trail: Verdict
    lost: timedelta
    seconds: float


async def _nothing(_: Manifest) -> None:
    """What there is to do in the restored database before it gets its name, unless somebody says so."""


async def restore(
    site: Site,
    file: Path,
    opener: Opener,
    *,
    other_keys: bool = False,
    heard: Heard = lambda _: None,
    afterwards: Afterwards = _nothing,
) -> Restored:
    """Restore into the database and the storage of the settings, which must be empty.

    Raises `Damaged` and `Locked` before anything is touched, `CannotRestore` with everything as it was before.
    `afterwards` runs with the restored database started; when it fails, nothing is restored.
    """
    began, settings = time.monotonic(), site.settings
    told = await asyncio.to_thread(archive.verify, file, opener, heard)
    _refuse_unfit(site, told, other_keys=other_keys)
    storage = Storage.open(settings.storage_url, patient=True)
    if settings.sqlite:
        sqlite.refuse_filled(settings.database_url)
    else:
        await postgres.refuse_filled(settings.database_url)
    await asyncio.to_thread(files.refuse_filled, storage, settings.storage_url)
    putting = files.Putting(storage)
    try:
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(asyncio.to_thread, putting.take_back)
            async with _database(site, told, file, opener, putting, heard) as url:
                migrated, trail = await _finish(site, url, told, afterwards)
            undo.pop_all()
    except MigrationRefused as exc:
        raise CannotRestore(f"{exc}: install version {told.cunli} or a later one first") from exc
    return Restored(
        manifest=told,
        migrated=migrated,
        trail=trail,
        lost=now() - datetime.fromisoformat(told.made_at),
        seconds=time.monotonic() - began,
    )


def _refuse_unfit(site: Site, told: Manifest, *, other_keys: bool) -> None:
    engine = "sqlite" if site.settings.sqlite else "postgres"
    if told.database.engine != engine:
        raise CannotRestore(
            f"the backup is of {told.database.server}, and database_url names {engine}: restore into the same kind"
        )
    ours = {key.kid for key in keys.derived(site.settings).data}
    if told.data_keys[0] not in ours and not other_keys:
        raise CannotRestore(
            "the data_key of these settings is not the one of the backup: names and phones could not be read."
            " Take cunli.toml from where you keep it apart, or add --other-keys if that key is lost for good"
        )


@contextlib.asynccontextmanager
async def _database(
    site: Site, told: Manifest, file: Path, opener: Opener, putting: files.Putting, heard: Heard
) -> AsyncIterator[str]:
    """Files and database in place; the address of the database that is to be finished before it counts."""
    url, name = site.settings.database_url, database_name(told.database.engine)
    beside = _folder_of(sqlite.file_of(url) if site.settings.sqlite else file)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=beside) as folder:
        dump = Path(folder) / name
        await asyncio.to_thread(_unpack, file, opener, name, dump, putting, heard)
        if site.settings.sqlite:
            staged = await asyncio.to_thread(sqlite.stage, url, dump)
            try:
                yield f"sqlite:///{staged}"
                await asyncio.to_thread(sqlite.publish, url, staged)
            finally:
                sqlite.remove(staged)
            return
        await postgres.put(url, dump)
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(postgres.take_back, url)
            yield url
            undo.pop_all()


def _folder_of(path: Path) -> Path:
    folder = path.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _unpack(file: Path, opener: Opener, name: str, dump: Path, putting: files.Putting, heard: Heard) -> None:
    with container.Reading(file, opener) as reading:
        for member, data in archive.members(reading):
            if member == name:
                archive.pull(data, dump)
            elif member.startswith(FOLDER):
                counted = files.Hashing(data)
                putting.put(member.removeprefix(FOLDER), counted)
                heard(counted.size)


async def _finish(site: Site, url: str, told: Manifest, afterwards: Afterwards) -> tuple[int, Verdict]:
    """Compare the rows, bring the tables up to this version, go along the audit trail, and write down what happened."""
    await _compare(site, url, told)
    applied = await migrations.migrate(url, site.apps())
    await db.start(url, site.apps(), synchronous=site.settings.synchronous)
    try:
        trail = await verifying.verify()
        await afterwards(told)
        await db.run_unit(_audit, told)
    finally:
        await db.stop()
    return len(applied), trail


async def _compare(site: Site, url: str, told: Manifest) -> None:
    """Tables, rows, migrations and the end of the audit trail are what the manifest says. Raises `Damaged`."""
    found = await (asyncio.to_thread(sqlite.about, url) if site.settings.sqlite else postgres.about(url))
    if (same := replace(found, server=told.database.server)) != told.database:
        rows = sorted(same.tables.items() ^ told.database.tables.items())
        raise Damaged(f"the restored database is not what the manifest says: {rows[:4]}")


async def _audit(told: Manifest) -> None:
    await audit(ACTION, by="command", made_at=told.made_at, rows=told.database.rows, files=told.files.count)
