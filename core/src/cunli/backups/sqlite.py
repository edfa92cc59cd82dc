"""A SQLite file out and back: SQLite's own online backup, in one step, so that writers can neither disturb it nor wait for it."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from cunli.backups.errors import CannotBackUp, CannotRestore, Damaged
from cunli.backups.manifest import Database
from cunli.db.config import connection_config

STAGED: Final = ".restoring"
SIDES: Final = ("", "-wal", "-shm", "-journal", ".migrating")  # the last is the lock of migrations


def file_of(url: str) -> Path:
    """The file that an address names."""
    return Path(connection_config(url)["credentials"]["file_path"])


def take(url: str, target: Path) -> Database:
    """Write the database of one moment into a compressed file, while others go on writing; what was in it."""
    path = file_of(url)
    if not path.exists():
        raise CannotBackUp(f"{path} does not exist: is database_url right, and are you in the right folder?")
    copy = target.with_name(target.name + ".copy")
    _private(copy)
    try:
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as there:
            with contextlib.closing(sqlite3.connect(path, timeout=30)) as here:
                here.backup(there, pages=-1)
            there.execute("PRAGMA journal_mode = DELETE")
            refuse_broken(there, CannotBackUp)
            found = _about(there)
        _private(target)
        with copy.open("rb") as raw, gzip.open(target, "wb", compresslevel=4) as zipped:
            shutil.copyfileobj(raw, zipped, 1 << 20)
    finally:
        remove(copy)
    return found


def about(url: str) -> Database:
    """What is in a database that nobody writes to."""
    with contextlib.closing(sqlite3.connect(file_of(url))) as database:
        return _about(database)


def _about(database: sqlite3.Connection) -> Database:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return Database(
        engine="sqlite",
        server=f"SQLite {sqlite3.sqlite_version}",
        migrations=tuple(database.execute("SELECT app, name FROM tortoise_migrations ORDER BY id").fetchall()),
        tables={name: database.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for (name,) in tables},  # noqa: S608 names from the catalogue
        audit_last=database.execute("SELECT COALESCE(MAX(id), 0) FROM core_audit_entry").fetchone()[0],
        audit_head=_head(database),
    )


def _head(database: sqlite3.Connection) -> str:
    """The hash of the last entry of the audit trail; empty in databases from before there were hashes."""
    if not database.execute("SELECT 1 FROM pragma_table_info('core_audit_entry') WHERE name = 'hash'").fetchone():
        return ""
    last = database.execute("SELECT hash FROM core_audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    return str(last[0] or "") if last else ""


def refuse_filled(url: str) -> None:
    """Raises `CannotRestore` when there is a file already, even an empty one."""
    path = file_of(url)
    if path.exists():
        raise CannotRestore(f"{path} is there already: restore makes a new database only. Move it away first")


def stage(url: str, zipped: Path) -> Path:
    """The database of a backup in a file beside its place, looked over. Raises `Damaged`."""
    staged = file_of(url).absolute().with_name(file_of(url).name + STAGED)
    staged.parent.mkdir(parents=True, exist_ok=True)
    remove(staged)
    _private(staged)
    with gzip.open(zipped, "rb") as raw, staged.open("wb") as file:
        shutil.copyfileobj(raw, file, 1 << 20)
    with contextlib.closing(sqlite3.connect(staged, isolation_level=None)) as database:
        refuse_broken(database, Damaged)
    return staged


def publish(url: str, staged: Path) -> None:
    """Give a staged database its name, in one step."""
    refuse_filled(url)
    with contextlib.closing(sqlite3.connect(staged, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")  # nothing of it is in another file
    handle = os.open(staged, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    staged.rename(file_of(url).absolute())
    remove(staged)


def remove(path: Path) -> None:
    """Delete a database with what lies beside it."""
    for side in SIDES:
        path.with_name(path.name + side).unlink(missing_ok=True)


def refuse_broken(database: sqlite3.Connection, error: type[CannotBackUp | Damaged]) -> None:
    """Raises `error` when SQLite finds something wrong."""
    try:
        verdict = database.execute("PRAGMA quick_check(3)").fetchall()
    except sqlite3.DatabaseError as exc:
        verdict = [(str(exc),)]
    if verdict != [("ok",)]:
        raise error(f"SQLite finds the database damaged: {'; '.join(str(row[0]) for row in verdict)}")


def _private(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
