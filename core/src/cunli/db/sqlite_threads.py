"""Connections to a SQLite file: how each is set up, the threads they live in, and what they are asked to do there."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError, OperationalError

from cunli.db.errors import OUTSIDE, BadUrl, Contended, Full, OutsideUnit, UnitTorn

T = TypeVar("T")
Values = Sequence[Any] | None

BUSY_TIMEOUT: Final = 3.0
STATEMENTS: Final = 512

# What SQLite says when a file may not grow: a quota, a limit, a disk that gives up.
UNWRITTEN: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)
_OUTSIDE: Final = (
    "writes happen inside a unit of work: decorate the action with @db.unit, or call it through db.run_unit()"
)


def pragmas(synchronous: str) -> dict[str, str]:
    """What every connection is set to. `secure_delete` overwrites deleted personal data; `trusted_schema` is SQLite's own advice."""
    return {
        "journal_mode": "WAL",
        "synchronous": synchronous,
        "foreign_keys": "ON",
        "secure_delete": "ON",
        "trusted_schema": "OFF",
        "cache_size": "-16000",
        "temp_store": "MEMORY",
        "journal_size_limit": "16777216",
    }


def connect(
    path: str, settings: dict[str, str], *, read_only: bool, busy_timeout: float = BUSY_TIMEOUT
) -> sqlite3.Connection:
    """One connection with everything pinned. `read_only` still sees each commit at once, but cannot write."""
    _make_private(path)
    connection = sqlite3.connect(
        path, timeout=busy_timeout, isolation_level=None, cached_statements=STATEMENTS, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    for name, value in settings.items():
        if not (read_only and name in {"journal_mode", "journal_size_limit"}):
            connection.execute(f"PRAGMA {name}={value}")
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


def _make_private(path: str) -> None:
    """A new database belongs to its owner alone; SQLite gives its side files the same mode."""
    file = Path(path)
    if not file.exists():
        if not file.parent.is_dir():
            raise BadUrl(f"the folder {file.parent} does not exist: create it, or set another database address")
        file.touch(mode=0o600)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into Tortoise's and ours."""
    try:
        yield
    except sqlite3.IntegrityError as exc:
        raise IntegrityError(exc) from exc
    except sqlite3.OperationalError as exc:
        precisely = getattr(exc, "sqlite_errorcode", 0)
        code = precisely & 0xFF
        if code == sqlite3.SQLITE_READONLY:
            raise OutsideUnit(OUTSIDE) from exc
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Contended("another process holds the database; one process writes SQLite") from exc
        if code == sqlite3.SQLITE_FULL or precisely in UNWRITTEN:
            raise Full(str(exc)) from exc
        raise OperationalError(exc) from exc
    except sqlite3.DatabaseError as exc:
        raise OperationalError(exc) from exc


def statements(script: str) -> Iterator[str]:
    """Split a script the way SQLite does, so that the `;` inside a trigger or a string does not cut it."""
    pending = ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            if pending.strip(" \n\t;"):
                yield pending.strip()
            pending = ""
    if rest := pending.strip(" \n\t;"):
        yield rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one statement did: its rows, how many it touched itself, and whether anything changed."""

    rows: list[sqlite3.Row]
    touched: int
    last_id: int
    changed: bool


def run(connection: sqlite3.Connection, query: str, values: Values) -> Outcome:
    before = connection.total_changes
    # the object mapper hands moments over with whatever zone they have, and text of two zones does not sort
    cursor = connection.execute(query.replace("\x00", "'||CHAR(0)||'"), adapted(values) if values else ())
    rows = cursor.fetchall()
    # `rowcount` leaves out what triggers and cascades did, unlike `total_changes`.
    touched = len(rows) if cursor.description else max(cursor.rowcount, 0)
    changed = connection.total_changes != before
    return Outcome(rows=rows, touched=touched, last_id=cursor.lastrowid or 0, changed=changed)


def adapted(values: Sequence[Any]) -> list[Any]:
    """Values as they are stored: moments as UTC text that sorts, days as ISO text, decimals and UUIDs as text."""
    return [value if value.__class__ in _PLAIN else _as_stored(value) for value in values]


_PLAIN: Final = frozenset({int, str, float, bytes, bool, type(None)})


def _as_stored(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be compared: use cunli.clock.now()")
        return value.astimezone(UTC).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, (Decimal, UUID)) else value


_SHORT: Final = re.compile(
    r"""INSERT\ INTO\ \S+\ \([^()]*\)\ VALUES\ \([^()]*\)(\ ON\ CONFLICT\ [^;]*)?
        | UPDATE\ \S+\ SET\ [^();]*?\ WHERE\ "?(id|key)"?\ ?=\ ?\?(\ AND\ ((?!\bOR\b)[^();])*)?""",
    re.VERBOSE,
)


@lru_cache(maxsize=2048)
def is_short(query: str) -> bool:
    """Whether a statement writes one row: one that is given whole, or one that is found by its key."""
    return _SHORT.fullmatch(query) is not None


def run_many(connection: sqlite3.Connection, query: str, values: Sequence[Sequence[Any]]) -> None:
    connection.executemany(query, values)


def run_script(connection: sqlite3.Connection, script: str) -> None:
    for statement in statements(script):
        connection.execute(statement)


class Threads:
    """Connections that live in threads of their own: one each."""

    def __init__(self, name: str, size: int, opener: Callable[[], sqlite3.Connection]) -> None:
        self._opener = opener
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._last: Future[Any] | None = None

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        with translated():
            self._last = future = self._pool.submit(self._work, work, args)
            return await asyncio.wrap_future(future)

    @property
    def resting(self) -> bool:
        """Whether one thread has nothing to do: it takes what it is given in turn, so the last being done says it."""
        return self._last is None or self._last.done()

    def run_here(self, work: Callable[..., T], *args: Any) -> T:
        """The same on this thread, while the one thread there is has opened its connection and rests.

        Handing a statement over and waking up again costs ten times as much as writing one row.
        """
        with translated():
            return work(self._opened[0], *args)

    def _work(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._opener()
            self._opened.append(connection)
        return work(connection, *args)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._opened:
            connection.close()
        self._opened.clear()


def in_transaction(connection: sqlite3.Connection, work: Callable[..., T], args: tuple[Any, ...]) -> T:
    # A full disk makes SQLite roll back by itself; going on would write each statement alone.
    if not connection.in_transaction:
        raise UnitTorn(
            "SQLite has already rolled this transaction back (disk full?): nothing more may be written in it"
        )
    return work(connection, *args)


def roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
