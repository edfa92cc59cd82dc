"""The connections to PostgreSQL of this process, lent out one by one.

asyncpg's own pool costs about 200 µs of CPU for each statement (a task and a RESET on every return), twice the query
itself. Here nothing changes the session (limits are SET LOCAL), so that returning a connection is putting it on a list.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg
from tortoise.exceptions import OperationalError

from cunli.db.errors import Busy, Unreachable
from cunli.db.postgres_pulse import Pulse

IDLE_FOR: Final = 300.0
SILENT: Final = "PostgreSQL answers nobody: frozen, or the network to it is cut"

Connect = Callable[[], Awaitable[Any]]


class Lanes:
    """At most `size` connections, opened when they are needed; the last one returned is lent first."""

    def __init__(self, connect: Connect, size: int) -> None:
        self.size = size
        self._connect = connect
        self._open = 0
        self._idle: list[tuple[Any, float]] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._opening: set[asyncio.Future[Any]] = set()
        self._lent: set[Any] = set()
        self._pulse = Pulse(self._ask, self._give_up)
        self._closed = False

    async def acquire(self, patience: float, *, watched: bool = True) -> Any:
        """A connection, first come first served, or `Busy` when none became free in time.

        `watched`: it is taken away, and the server called `Unreachable`, when the server answers nobody any more.
        """
        if watched and self._pulse.silent:
            raise Unreachable(SILENT)
        connection = await self._find(patience)
        if watched:
            self._lent.add(connection)
            self._pulse.began(connection)
        return connection

    async def _find(self, patience: float) -> Any:
        if self._idle and (connection := self._take()) is not None:
            return connection
        if self._open < self.size:
            self._open += 1
            return await self._new()
        return await self._queue(patience) or await self._new()

    def release(self, connection: Any) -> None:
        """Give a connection back. A dead one, or one that is not as it was lent, makes room for a new one."""
        self._lent.discard(connection)
        self._pulse.ended(connection)
        if not connection.is_closed() and (self._closed or connection.is_in_transaction()):
            connection.terminate()
        if not connection.is_closed():
            if not self._hand_on(connection):
                self._idle.append((connection, asyncio.get_running_loop().time()))
        elif not self._hand_on(None):
            self._open -= 1

    async def close(self, patience: float) -> None:
        """Close what is idle politely; what is still lent is closed when it comes back."""
        self._closed = True
        self._pulse.stop()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close(timeout=patience) for connection, _ in idle), return_exceptions=True)

    async def _ask(self) -> bool:
        """Whether the server says anything at all to a new connection; a refusal in its own words is an answer."""
        try:
            connection = await self._connect()
        except OperationalError as exc:
            return isinstance(exc.__cause__, asyncpg.PostgresError)
        try:
            await connection.fetchval("SELECT 1")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as exc:
            return isinstance(exc, asyncpg.PostgresError)
        finally:
            connection.terminate()
        return True

    def _give_up(self) -> None:
        """Nobody waits for a server that answers nobody. What was being committed is unknown."""
        for connection in [*self._lent, *(connection for connection, _ in self._idle)]:
            connection.terminate()
        for opening in self._opening:
            opening.cancel()
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_exception(Unreachable(SILENT))

    def _take(self) -> Any:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection, since = self._idle.pop()
            if not connection.is_closed() and now - since < IDLE_FOR:
                return connection
            connection.terminate()  # firewalls forget quiet connections without telling anybody
            self._open -= 1
        return None

    async def _queue(self, patience: float) -> Any:
        """What somebody hands on: a connection, or None for the right to open one."""
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(patience):
                return await place
        except BaseException as exc:
            if place.done() and not place.cancelled() and not place.exception():  # it came at the moment we left
                self._pass_on(place.result())
            if isinstance(exc, TimeoutError):
                raise Busy(f"no connection became free within {patience:g} s (maxsize={self.size})") from None
            raise

    def _hand_on(self, connection: Any) -> bool:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(connection)
                return True
        return False

    def _pass_on(self, connection: Any) -> None:
        if connection is not None:
            self.release(connection)
        elif not self._hand_on(None):
            self._open -= 1

    async def _new(self) -> Any:
        opening = asyncio.ensure_future(self._connect())
        self._opening.add(opening)
        self._pulse.began(opening)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._opened_for_nobody)
            if opening.cancelled():  # not the one who waits: the server answers nobody
                raise Unreachable(SILENT) from None
            raise
        except BaseException:
            self._pass_on(None)
            raise
        finally:
            self._opening.discard(opening)
            self._pulse.ended(opening)

    def _opened_for_nobody(self, opening: asyncio.Future[Any]) -> None:
        failed = opening.cancelled() or opening.exception() is not None
        self._pass_on(None if failed else opening.result())
