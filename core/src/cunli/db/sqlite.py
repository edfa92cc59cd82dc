"""SQLite as a Tortoise engine: one writer, several readers that cannot write, and transactions that take the lock at once.

Tortoise's own client keeps one connection and one lock, begins deferred, and loses the lock when it is cancelled
inside `BEGIN` (tortoise-orm #1152, #1757). Here nothing can be written except through `Client.transaction()`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from typing import Any, Final, TypeVar

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connections

from cunli.db import asked
from cunli.db.errors import OUTSIDE, OVER, Busy, Contended, Full, OutsideUnit, UnitOver
from cunli.db.settle import settled
from cunli.db.sqlite_threads import (
    Outcome,
    Threads,
    Values,
    connect,
    in_transaction,
    is_short,
    pragmas,
    roll_back,
    run,
    run_many,
    run_script,
)

T = TypeVar("T")
_log = logging.getLogger("cunli.db")

PATIENCE: Final = 5.0


class Client(SqliteClient):
    """The engine. Reads go to the readers; writes outside `transaction()` are refused."""

    def __init__(self, file_path: str, synchronous: str = "FULL", readers: int = 4, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self.pragmas = pragmas(synchronous)
        self._reader_count = readers
        self._writer: Threads | None = None
        self._readers: Threads | None = None

    async def create_connection(self, with_db: bool) -> None:
        del with_db
        if self._writer is not None:
            return
        writer = Threads("cunli-writer", 1, functools.partial(connect, self.filename, self.pragmas, read_only=False))
        try:
            await writer.run(run, "SELECT 1", None)
        except BaseException:
            await settled(writer.close())
            raise
        reading = functools.partial(connect, self.filename, self.pragmas, read_only=True)
        self._writer, self._readers = writer, Threads("cunli-reader", self._reader_count, reading)
        await self._post_connect()

    async def close(self) -> None:
        readers, writer, self._readers, self._writer = self._readers, self._writer, None, None
        if readers is not None:
            await readers.close()
        if writer is not None:
            try:
                await writer.run(run, "PRAGMA busy_timeout = 100", None)
                await writer.run(run, "PRAGMA optimize", None)
            except (
                Contended,
                Full,
            ):  # only statistics: what was done is done, whoever writes just now or has filled the disk
                _log.info("what SQLite knows of its tables was not renewed: somebody else writes, or the disk is full")
            finally:
                await writer.close()

    def _in_transaction(self) -> TransactionContext:
        raise OutsideUnit(OUTSIDE)

    async def _lines(self) -> tuple[Threads, Threads]:
        while self._writer is None or self._readers is None:
            await settled(self.create_connection(with_db=True))
        return self._writer, self._readers

    async def read(self, query: str, values: Values) -> list[sqlite3.Row]:
        """The rows of one SELECT, fetched in a reader's thread."""
        asked.note()
        return (await (await self._lines())[1].run(run, query, values)).rows

    async def execute_query(self, query: str, values: Values = None) -> tuple[int, Sequence[Any]]:
        rows = await self.read(query, values)
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: Values = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.read(query, values)]

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        raise OutsideUnit(OUTSIDE)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        raise OutsideUnit(OUTSIDE)

    async def execute_script(self, query: str) -> None:
        raise OutsideUnit(OUTSIDE)

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, serializable: bool = False, limits: str | None = None
    ) -> AsyncIterator[UnitConnection]:
        """`BEGIN IMMEDIATE` to `COMMIT`. Only units use this, in a task that nobody cancels; it is safe even if somebody does."""
        del serializable, limits  # SQLite has one writer: every transaction is serializable, and waits only to begin
        writer, _ = await self._lines()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._lock.acquire()
        except TimeoutError:
            raise Busy(f"waited {PATIENCE:g} s for the writer") from None
        inner = UnitConnection(self, writer)
        try:
            await inner.begin()
            token = get_connections().set(self.connection_name, inner)
            try:
                yield inner
            finally:
                get_connections().reset(token)
            await inner.commit()
        except BaseException:
            await settled(inner.rollback())
            raise
        finally:
            inner._finalized = True
            self._lock.release()

    async def on_writer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function on the idle writer outside any transaction; for pragmas that need that, in migrations."""
        writer, _ = await self._lines()
        async with self._lock:
            return await settled(writer.run(work))


class UnitConnection(SqliteClient, TransactionalDBClient):
    """The connection inside one unit. Useless, with a clear error, once the unit is over."""

    _names = count()

    def __init__(self, parent: SqliteClient, writer: Threads) -> None:
        self.capabilities = parent.capabilities
        self.connection_name = parent.connection_name
        self.fetch_inserted = parent.fetch_inserted
        self.filename = parent.filename
        self.log = parent.log
        self.writes = 0
        self._parent = parent
        self._writer = writer
        self._finalized = False
        self._unit: UnitConnection = parent._unit if isinstance(parent, UnitConnection) else self
        self._savepoint = f"part_{next(self._names)}"

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(UnitConnection(self, self._writer))

    async def _go(self, work: Callable[..., T], *args: Any) -> T:
        if self._unit._finalized:
            raise UnitOver(OVER)
        return await self._writer.run(in_transaction, work, args)

    async def _execute(self, query: str, values: Values, *, short: bool = False) -> Outcome:
        asked.note()
        if (short or is_short(query)) and self._writer.resting:
            if self._unit._finalized:
                raise UnitOver(OVER)
            outcome: Outcome = self._writer.run_here(in_transaction, run, (query, values))
        else:
            outcome = await self._go(run, query, values)
        self._unit.writes += outcome.changed
        return outcome

    async def read(self, query: str, values: Values) -> list[sqlite3.Row]:
        """The rows of a SELECT that an index answers: in-line, as outside a unit."""
        return (await self._execute(query, values, short=True)).rows

    async def write(self, query: str, values: Values) -> int:
        return (await self._execute(query, values)).touched

    async def execute_query(self, query: str, values: Values = None) -> tuple[int, Sequence[Any]]:
        outcome = await self._execute(query, values)
        return outcome.touched, outcome.rows

    async def execute_query_dict(self, query: str, values: Values = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.read(query, values)]

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        return (await self._execute(query, values)).last_id

    async def execute_many(self, query: str, values: Sequence[Sequence[Any]]) -> None:
        self._unit.writes += 1
        await self._go(run_many, query, values)

    async def execute_script(self, query: str) -> None:
        self._unit.writes += 1
        await self._go(run_script, query)

    async def begin(self) -> None:
        await self._writer.run(run, "BEGIN IMMEDIATE", None)

    async def commit(self) -> None:
        await self._go(run, "COMMIT", None)
        self._finalized = True

    async def rollback(self) -> None:
        self._finalized = True
        await self._writer.run(roll_back)

    async def savepoint(self) -> None:
        await self._go(run, f"SAVEPOINT {self._savepoint}", None)

    async def savepoint_rollback(self) -> None:
        await self._go(run_script, f"ROLLBACK TO {self._savepoint}; RELEASE {self._savepoint}")

    async def release_savepoint(self) -> None:
        await self._go(run, f"RELEASE {self._savepoint}", None)


client_class = Client
