"""PostgreSQL as a Tortoise engine: connections are never lost to a cancellation, waits end, writes need a unit.

Transactions are begun and ended by hand: asyncpg's own `commit()` does not say when the server answered ROLLBACK
because an earlier error was swallowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from cunli.db import asked
from cunli.db.errors import (
    OUTSIDE,
    OVER,
    AlreadyThere,
    BadUrl,
    Busy,
    Contended,
    Full,
    OutsideUnit,
    UnitOver,
    UnitTorn,
    Unreachable,
)
from cunli.db.postgres_lanes import Lanes
from cunli.db.remembered import SnapshotMemory
from cunli.db.settle import settled

Values = Sequence[Any] | None

ACQUIRE_PATIENCE: Final = 5.0
READ_ACQUIRE_PATIENCE: Final = 1.5  # the first thing that every page does is a read
CONNECT_PATIENCE: Final = 5.0
READ_PATIENCE: Final = 15.0
STATEMENTS: Final = 256
LOCK_TIMEOUT: Final = 3_000
STATEMENT_TIMEOUT: Final = 30_000

_OUTSIDE: Final = (
    "writes happen inside a unit of work: decorate the action with @db.unit, or call it through db.run_unit()"
)
_READS: Final = re.compile(r"[\s(]*(?:SELECT|VALUES|EXPLAIN|SHOW|TABLE)\b", re.IGNORECASE)
_WITH: Final = re.compile(r"\s*WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE|MERGE)\b)", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=2048)
def is_read(query: str) -> bool:
    """Whether a statement only reads, by its first word."""
    return bool(_READS.match(query) or _WITH.match(query))


GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it stops, starts, crashed, or somebody ended this connection
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
BROKEN: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
CONTENTION: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn asyncpg's errors into Tortoise's and ours; the original stays the cause."""
    try:
        yield
    except CONTENTION as exc:
        raise Contended(str(exc)) from exc
    except asyncpg.QueryCanceledError as exc:
        raise Busy(f"the statement took too long: {exc}") from exc
    except TimeoutError as exc:
        raise Busy("PostgreSQL did not answer in time") from exc
    except asyncpg.DiskFullError as exc:
        raise Full(str(exc)) from exc
    except asyncpg.InsufficientResourcesError as exc:  # connections, memory
        raise Busy(f"PostgreSQL: {exc}") from exc
    except asyncpg.IntegrityConstraintViolationError as exc:
        raise (AlreadyThere if isinstance(exc, asyncpg.UniqueViolationError) else IntegrityError)(exc) from exc
    except asyncpg.InFailedSQLTransactionError as exc:
        raise UnitTorn("an earlier statement of this unit failed; try it inside db.savepoint() to go on") from exc
    except (*GONE, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as exc:
        raise Unreachable(f"PostgreSQL: {exc}") from exc
    except asyncpg.PostgresError as exc:
        raise OperationalError(exc) from exc


class Client(AsyncpgDBClient):
    """The engine. Reads take a connection each for a moment; writes outside `transaction()` are refused."""

    def __init__(
        self, *args: Any, lock_timeout: int = LOCK_TIMEOUT, statement_timeout: int = STATEMENT_TIMEOUT, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"maxsize": 10, **kwargs})
        if self.pool_maxsize < 2:
            raise BadUrl("maxsize must be at least 2: a migration holds its lock on a connection of its own")
        self.extra = {"timeout": CONNECT_PATIENCE, "statement_cache_size": STATEMENTS, **self.extra}
        self._limits = (
            f"SET LOCAL lock_timeout={lock_timeout}; SET LOCAL statement_timeout={statement_timeout}; "
            f"SET LOCAL idle_in_transaction_session_timeout={2 * statement_timeout}"
        )
        # The server ends what takes too long; this is for a server that does not answer any more.
        self._patience = statement_timeout / 1000 + 5
        self.lanes = Lanes(self._connect, self.pool_maxsize)
        self.memory = SnapshotMemory()

    async def _connect(self) -> Any:
        self.memory.clear()  # another server may have taken over: it gives the names of snapshots anew
        return await self.connect()

    async def connect(self) -> Any:
        """A new connection, which nobody knows but the caller."""
        settings = {"application_name": self.application_name or "cunli"}
        with translated():
            return await asyncpg.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                database=self.database,
                server_settings=settings,
                **self.extra,
            )

    async def create_connection(self, with_db: bool) -> None:
        """Nothing to prepare: connections are opened when they are needed."""

    async def close(self) -> None:
        lanes, self.lanes = self.lanes, Lanes(self._connect, self.pool_maxsize)
        await lanes.close(CONNECT_PATIENCE)

    def acquire_connection(self) -> Any:
        raise NotImplementedError("use `read()` or `transaction()`")

    def _in_transaction(self) -> TransactionContext:
        raise OutsideUnit(OUTSIDE)

    async def read(self, query: str, values: Sequence[Any]) -> list[Any]:
        """The rows of one read, as asyncpg makes them."""
        if not is_read(query):
            raise OutsideUnit(OUTSIDE)
        asked.note()
        try:
            return await self._read(query, values)
        except Unreachable:  # most often the connection was ended while it lay idle, and another one serves
            return await self._read(query, values)

    async def read_as_of(self, snapshot: str, query: str, values: Sequence[Any]) -> list[Any]:
        """The same, for somebody who has just seen `snapshot`; see `cunli.db.remembered`."""
        return await self.memory.rows(snapshot, query, values, self.read)

    async def _read(self, query: str, values: Sequence[Any]) -> list[Any]:
        connection = await self.lanes.acquire(READ_ACQUIRE_PATIENCE)
        try:
            with translated():
                rows: list[Any] = await connection.fetch(query, *values, timeout=READ_PATIENCE)
                return rows
        except Unreachable:
            connection.terminate()  # asyncpg does not notice at once that the server has ended it
            raise
        finally:
            self.lanes.release(connection)

    async def execute_query(self, query: str, values: Values = None) -> tuple[int, Any]:
        rows = await self.read(query, values or ())
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: Values = None) -> list[dict[str, Any]]:
        return [dict(row) for row in (await self.execute_query(query, values))[1]]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        raise OutsideUnit(OUTSIDE)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        raise OutsideUnit(OUTSIDE)

    async def execute_script(self, query: str) -> None:
        raise OutsideUnit(OUTSIDE)

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, serializable: bool = False, limits: str | None = None
    ) -> AsyncIterator[UnitConnection]:
        """`BEGIN` to `COMMIT`. Only units use this, in a task that nobody cancels; it is safe even if somebody does."""
        connection = await self.lanes.acquire(ACQUIRE_PATIENCE, watched=limits is None)
        inner = UnitConnection(self, connection, self._patience if limits is None else None)
        try:
            await inner.open(
                "SERIALIZABLE" if serializable else "READ COMMITTED", self._limits if limits is None else limits
            )
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
            self.lanes.release(connection)  # which closes it, should the transaction still be open


class UnitConnection(AsyncpgDBClient, TransactionalDBClient):
    """The connection inside one unit. Useless, with a clear error, once the unit is over."""

    _names = count()
    _connection: Any
    _parent: Any

    def __init__(self, parent: Any, connection: Any, patience: float | None) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._parent = parent
        self._patience = patience
        self._finalized = False
        self._unit: UnitConnection = parent._unit if isinstance(parent, UnitConnection) else self
        self._savepoint = f"part_{next(self._names)}"
        self.log = parent.log
        self.connection_name = parent.connection_name
        self.fetch_inserted = parent.fetch_inserted
        self.writes = 0

    def acquire_connection(self) -> Any:
        raise NotImplementedError("inside a unit there is only one connection")

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(UnitConnection(self, self._connection, self._patience))

    @contextlib.asynccontextmanager
    async def _using(self, query: str) -> AsyncIterator[Any]:
        if self._unit._finalized:
            raise UnitOver(OVER)
        asked.note()
        async with self._unit._lock:
            self._unit.writes += not is_read(query)
            with translated():
                yield self._connection

    async def read(self, query: str, values: Sequence[Any]) -> list[Any]:
        async with self._using(query) as connection:
            rows: list[Any] = await connection.fetch(query, *values, timeout=self._patience)
            return rows

    async def write(self, query: str, values: Sequence[Any]) -> int:
        async with self._using(query) as connection:
            return affected(await connection.execute(query, *values, timeout=self._patience))

    async def execute_query(self, query: str, values: Values = None) -> tuple[int, Any]:
        if query[:6].upper() in {"UPDATE", "DELETE", "INSERT"}:
            return await self.write(query, values or ()), []
        rows = await self.read(query, values or ())
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: Values = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.read(query, values or ())]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        async with self._using(query) as connection:
            return await connection.fetchrow(query, *values, timeout=self._patience)

    async def execute_many(self, query: str, values: Sequence[Sequence[Any]]) -> None:
        async with self._using(query) as connection:
            await connection.executemany(query, values, timeout=self._patience)

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """COPY, which takes a third of the time of INSERT."""
        async with self._using("COPY") as connection:
            await connection.copy_records_to_table(table, records=rows, columns=columns, timeout=self._patience)

    async def execute_script(self, query: str) -> None:
        async with self._using(query) as connection:
            await connection.execute(query, timeout=self._patience)

    async def open(self, isolation: str, limits: str) -> None:
        """Begin and set the limits in one round trip."""
        with translated():
            await self._connection.execute(f"BEGIN ISOLATION LEVEL {isolation}; {limits}", timeout=READ_PATIENCE)

    async def begin(self) -> None:
        await self.open("READ COMMITTED", "")

    async def commit(self) -> None:
        async with self._using("SELECT") as connection:
            self._finalized = True
            answer = await connection.execute("COMMIT", timeout=self._patience)
        if answer != "COMMIT":
            raise UnitTorn(
                "a statement of this unit failed and the error was swallowed: PostgreSQL rolled everything back; use db.savepoint()"
            )

    async def rollback(self) -> None:
        self._finalized = True
        if not self._connection.is_closed():  # not asked whether one is open: after a cancelled BEGIN nobody knows
            try:
                await self._connection.execute("ROLLBACK", timeout=READ_PATIENCE)
            except BROKEN:
                self._connection.terminate()  # which rolls back too

    async def savepoint(self) -> None:
        await self._tell(f"SAVEPOINT {self._savepoint}")

    async def savepoint_rollback(self) -> None:
        await self._tell(f"ROLLBACK TO {self._savepoint}; RELEASE {self._savepoint}")

    async def release_savepoint(self) -> None:
        await self._tell(f"RELEASE {self._savepoint}")

    async def _tell(self, sql: str) -> None:
        async with self._using("SELECT") as connection:
            await connection.execute(sql, timeout=self._patience)


def affected(tag: str) -> int:
    """The row count at the end of a command tag such as `INSERT 0 3` or `UPDATE 3`."""
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


client_class = Client
