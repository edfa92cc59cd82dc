"""Making a backup while the site runs."""

from __future__ import annotations

import asyncio
import contextlib
import io
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cunli
from cunli import db
from cunli.backups import container, files, postgres, sqlite
from cunli.backups.errors import CannotBackUp
from cunli.backups.manifest import FILES, NAME, Files, Manifest, Part, database_name
from cunli.backups.sealing import Lock
from cunli.clock import now
from cunli.db import migrations
from cunli.media.storage import Storage
from cunli.trust import keys
from cunli.trust.audit import audit

if TYPE_CHECKING:
    from cunli.web.site import Site

SUFFIX: Final = ".backup"
ACTION: Final = "core.backup"
Heard = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that is on disk. `bytes` is its size, `seconds` how long it took."""

    path: Path
    manifest: Manifest
    sha256: str
    bytes: int
    seconds: float


def new_name() -> str:
    """What a backup of this moment is called; names sort by time."""
    return f"cunli-{now():%Y%m%d-%H%M%S}{SUFFIX}"


async def make(site: Site, target: Path, lock: Lock, heard: Heard = lambda _: None) -> Made:
    """Back up everything into a new file. Raises `CannotBackUp`; then there is no file."""
    began, target = time.monotonic(), _place(site.settings.storage_url, target)
    writing = container.Writing(target, lock)
    try:
        with contextlib.ExitStack() as undo:
            undo.callback(writing.give_up)
            with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
                told = await _write(site, writing, Path(folder), heard)
            sha256 = writing.publish()
            undo.pop_all()
    except OSError as exc:
        raise CannotBackUp(f"the backup could not be written to {target.parent}: {exc.strerror or exc}") from exc
    made = Made(
        path=target, manifest=told, sha256=sha256, bytes=target.stat().st_size, seconds=time.monotonic() - began
    )
    await _note(site, made, lock)
    return made


def _place(storage_url: str, target: Path) -> Path:
    """The target as an absolute path. Raises `CannotBackUp` where a backup must not be."""
    target = target.absolute()
    if target.exists():
        raise CannotBackUp(f"{target} is there already: a backup overwrites nothing")
    if storage_url.startswith("file://"):
        stored = Path(storage_url.removeprefix("file://")).resolve()
        if target.parent.resolve().is_relative_to(stored):
            raise CannotBackUp(
                f"{target} lies in the storage of photos, which is backed up itself: choose another folder"
            )
    if not target.parent.is_dir():
        raise CannotBackUp(f"the folder {target.parent} does not exist")
    return target


async def _write(site: Site, writing: container.Writing, folder: Path, heard: Heard) -> Manifest:
    settings = site.settings
    name = database_name("sqlite" if settings.sqlite else "postgres")
    dump, index = folder / name, folder / FILES
    made_at = now()
    if settings.sqlite:
        database = await asyncio.to_thread(sqlite.take, settings.database_url, dump)
    else:
        database = await postgres.take(settings.database_url, dump)
    about = Manifest(
        made_at=made_at.isoformat(timespec="seconds"),
        cunli=cunli.__version__,
        base_url=settings.base_url,
        data_keys=tuple(key.kid for key in keys.derived(settings).data),
        plugins={id: site.registry.installed[id].version for id in sorted(site.registry.plugins)},
        database=database,
        files=Files(count=0, bytes=0),
    )
    return await asyncio.to_thread(
        _pack, about, writing, dump, index, Storage.open(settings.storage_url, patient=True), heard
    )


def _pack(
    about: Manifest, writing: container.Writing, dump: Path, index: Path, storage: Storage, heard: Heard
) -> Manifest:
    with tarfile.open(fileobj=writing, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        parts = [_add(archive, dump)]
        heard(parts[0].bytes)
        dump.unlink()
        stored = files.take(storage, archive, index, heard)
        parts.append(_add(archive, index))
        told = replace(about, files=stored, parts=tuple(parts))
        text = told.text().encode()
        files.add(archive, NAME, io.BytesIO(text), len(text))
    return told


def _add(archive: tarfile.TarFile, path: Path) -> Part:
    with path.open("rb") as file:
        return files.add(archive, path.name, file, path.stat().st_size)


async def _note(site: Site, made: Made, lock: Lock) -> None:
    """Who holds a backup holds everything: that one was made stands in the audit trail, from where its age is known."""
    settings = site.settings
    if await migrations.pending(settings.database_url, site.apps()):
        return  # before an upgrade the new code may not know how to write into the old tables
    if started := db.started():
        await db.run_unit(_audit, made, lock)
        return
    await db.start(settings.database_url, site.apps(), synchronous=settings.synchronous)
    try:
        await db.run_unit(_audit, made, lock)
    finally:
        if not started:
            await db.stop()


async def _audit(made: Made, lock: Lock) -> None:
    await audit(
        ACTION,
        object=("backup", made.sha256[:40]),
        by="command",
        bytes=made.bytes,
        rows=made.manifest.database.rows,
        files=made.manifest.files.count,
        sealed=lock.kind,
    )


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of a folder; those that are gone."""
    there = sorted(folder.glob(f"cunli-*{SUFFIX}"))
    gone = there[:-keep] if keep else []
    for path in gone:
        path.unlink()
    return gone
