"""Raw SQL for the reads villagers make all day, and for conditional writes: one spelling for both engines."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Protocol, overload

from tortoise.connection import get_connection

from cunli.db import asked, sqlite, sqlite_threads, units
from cunli.db.config import CONNECTION
from cunli.db.errors import OUTSIDE, NotStarted, OutsideUnit
from cunli.db.remembered import AS_OF, SqliteMemory

_PLACEHOLDERS: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\?""", re.DOTALL)


class Row(Protocol):
    """One row: `row["name"]`, `row[0]`, `len(row)`, `dict(row)`. Values are the driver's own: see `when()`."""

    def __getitem__(self, key: Any, /) -> Any: ...
    def __len__(self) -> int: ...
    def keys(self) -> Iterable[str]: ...


class _Hot:
    """The in-line SQLite connection of each thread, opened when that thread first reads, and what it remembers."""

    def __init__(self) -> None:
        self.client: Any = None
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []

    def answers(self) -> SqliteMemory:
        mine: tuple[Any, SqliteMemory] | None = getattr(self._own, "pair", None)
        if mine is not None and mine[0] is self.client:
            return mine[1]
        if self.client is None:
            raise NotStarted("the database is not started: call db.start() first")
        connection = sqlite_threads.connect(self.client.filename, self.client.pragmas, read_only=True, busy_timeout=1.0)
        memory = SqliteMemory(connection)
        self._own.pair = (self.client, memory)
        self._opened.append(connection)
        return memory

    def close(self) -> None:
        self.client = None
        for connection in self._opened:
            connection.close()
        self._opened.clear()


_hot = _Hot()


def open_for(client: Any) -> None:
    """Read from this client's database from now on."""
    _hot.client = client


def close() -> None:
    """Forget the client and close what was opened for it."""
    _hot.close()


async def read(sql: str, *args: Any, as_of: str = "") -> list[Any]:
    """The rows of one SELECT, with `?` for each argument on both engines.

    On SQLite it runs in-line, without leaving the event loop: for reads that an index answers, not for reports; and while
    nothing is committed, the same question is answered from memory (see `cunli.db.remembered`).
    Committed data is seen at once; inside a unit it sees what the unit has written. `as_of` is what an earlier read of the same
    visit found under `as_of_sql()`: where nothing was committed since somebody asked the same, PostgreSQL is not asked again.
    Not for visits that write.

        rows = await db.read("SELECT id, name FROM core_village WHERE region_id = ?", region_id)
    """
    running = units.current()
    source = _hot.client if running is None else running.connection
    if isinstance(source, sqlite.Client):
        asked.note()
        with sqlite_threads.translated():
            return _hot.answers().rows(sql, sqlite_threads.adapted(args))
    if source is None:
        raise NotStarted("the database is not started: call db.start() first")
    rows: list[Any]
    if as_of and running is None:
        rows = await source.read_as_of(as_of, numbered(sql), args)
    else:
        rows = await source.read(*_spelled(source, sql, args))
    return rows


def as_of_sql() -> str:
    """The expression under which a SELECT finds what names the moment it sees; see `read`."""
    return AS_OF["sqlite" if isinstance(_hot.client, sqlite.Client) else "postgres"]


async def write(sql: str, *args: Any) -> int:
    """Run one INSERT, UPDATE or DELETE inside the unit; returns how many rows it touched itself (not by triggers or cascades).

    sold = await db.write("UPDATE market_item SET stock = stock - ? WHERE id = ? AND stock >= ?", n, item_id, n)
    """
    connection = _connection()
    touched: int = await connection.write(*_spelled(connection, sql, args))
    return touched


async def write_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one INSERT, UPDATE or DELETE once for each row of values, inside the unit: for tables that come from a file.

    A few thousand rows a call keep each statement inside its time limit.
    """
    connection = _connection()
    plain = isinstance(connection, sqlite.UnitConnection)
    await connection.execute_many(
        sql if plain else numbered(sql), [sqlite_threads.adapted(row) for row in rows] if plain else rows
    )


async def insert_many(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Put rows into a table by the fastest way the engine has, inside the unit: for tables that come from a file."""
    connection = _connection()
    if isinstance(connection, sqlite.UnitConnection):
        names = ", ".join(f'"{column}"' for column in columns)
        await write_many(f"INSERT INTO {table} ({names}) VALUES ({marks(columns)})", rows)  # noqa: S608
    else:
        await connection.copy(table, columns, rows)


def _connection() -> Any:
    running = units.current()
    if running is None:
        raise OutsideUnit(OUTSIDE)
    return running.connection


def _spelled(connection: Any, sql: str, args: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    if isinstance(connection, sqlite.UnitConnection):
        return sql, sqlite_threads.adapted(args)
    return numbered(sql), args


def marks(values: Sequence[Any]) -> str:
    """`?, ?, ?`: one placeholder for each value, for `IN (…)`. Refuses none at all, because `IN ()` is not SQL."""
    if not values:
        raise ValueError("db.marks() needs at least one value: answer the empty case before asking the database")
    return ", ".join("?" * len(values))


@lru_cache(maxsize=2048)
def numbered(sql: str) -> str:
    """The same statement with `$1, $2 …` as PostgreSQL wants; quoted text and comments are left alone."""
    number = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal number
        if found[0] != "?":
            return found[0]
        number += 1
        return f"${number}"

    return _PLACEHOLDERS.sub(replace, sql)


@overload
def when(value: None) -> None: ...
@overload
def when(value: str | datetime) -> datetime: ...
def when(value: str | datetime | None) -> datetime | None:
    """The moment in a raw row, aware and in UTC, whichever engine it came from; None stays None."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def engine() -> str:
    """`sqlite` or `postgres`, for the few statements the two spell differently."""
    dialect: str = get_connection(CONNECTION).capabilities.dialect
    return dialect
