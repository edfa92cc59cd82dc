"""The unit of work: one transaction, in a task of its own that nobody can cancel, tried again only when the database was contended."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar, overload

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from cunli.db.config import CONNECTION
from cunli.db.errors import OVER, AlreadyThere, Contended, InsideUnit, OutsideUnit, UnitOver, UnitTorn
from cunli.logs import without_words

P = ParamSpec("P")
T = TypeVar("T")

TRIES: Final = 6
RETRY_WITHIN: Final = 2.0  # less than the patience of one attempt, so that nobody waits twice for the same lock
SLOW: Final = 3.0
_log = logging.getLogger("cunli.db")


@dataclass(slots=True)
class Unit:
    """The unit that is running: its connection, what to do after commit, and whether it may still commit."""

    connection: Any
    callbacks: list[tuple[Callable[..., Awaitable[object]], tuple[Any, ...]]] = field(default_factory=list)
    endings: list[tuple[Callable[..., Awaitable[object]], tuple[Any, ...]]] = field(default_factory=list)
    torn: BaseException | None = None
    over: bool = False


_current: ContextVar[Unit | None] = ContextVar("cunli_unit", default=None)
_units: set[asyncio.Task[Any]] = set()
_afterwards: set[asyncio.Task[Any]] = set()


@overload
def unit(action: Callable[P, Coroutine[Any, Any, T]], /) -> Callable[P, Coroutine[Any, Any, T]]: ...
@overload
def unit(
    *, serializable: bool
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]: ...
def unit(action: Callable[..., Any] | None = None, /, *, serializable: bool = False) -> Callable[..., Any]:
    """Make an async action one unit of work.

    The outermost call is one transaction: all of it is written, or nothing. It goes on when its caller is cancelled,
    and is repeated from the start when the database reports contention, and once when another unit wrote the same unique
    value between its looking and its writing, so it must do nothing but database work.
    A unit called inside a unit is a part of it.

        @db.unit
        async def close_village(village_id: int) -> None: ...
    """
    if action is None:
        return functools.partial(_decorated, serializable=serializable)
    return _decorated(action, serializable=serializable)


def _decorated(action: Callable[..., Any], *, serializable: bool) -> Callable[..., Any]:
    @functools.wraps(action)
    async def one_unit(*args: Any, **kwargs: Any) -> Any:
        return await _run(action, args, kwargs, serializable=serializable)

    return one_unit


async def run_unit(action: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a plain coroutine function as a unit of work, as if it were decorated with `unit`."""
    return await _run(action, args, kwargs, serializable=False)


async def _run(
    action: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any], *, serializable: bool
) -> T:
    running = _current.get()
    if running is not None:
        return await _join(running, action, args, kwargs)
    task = asyncio.create_task(_attempts(action, args, kwargs, serializable=serializable))
    _units.add(task)
    task.add_done_callback(_units.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_report_orphan)
        raise


async def _join(running: Unit, action: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    if running.over:
        raise UnitOver(OVER)
    before = running.connection.writes, len(running.endings)
    try:
        return await action(*args, **kwargs)
    except BaseException as exc:
        if (running.connection.writes, len(running.endings)) != before:
            running.torn = exc
        raise


async def _attempts(
    action: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any], *, serializable: bool
) -> T:
    clock = asyncio.get_running_loop().time
    deadline = clock() + RETRY_WITHIN
    met = False
    for attempt in range(1, TRIES):
        try:
            return await _attempt(action, args, kwargs, serializable=serializable)
        except AlreadyThere:
            if met:  # not a race: the action would do the same for ever
                raise
            met = True
            _log.info("unit %s met a row that it did not see: once more", getattr(action, "__qualname__", action))
            continue
        except Contended as exc:
            if clock() > deadline:
                raise
            _log.info("unit %s is contended (try %d): %s", getattr(action, "__qualname__", action), attempt, exc)
        await asyncio.sleep(random.uniform(0.5, 1.5) * 0.01 * 2**attempt)  # noqa: S311
    return await _attempt(action, args, kwargs, serializable=serializable)


async def _attempt(
    action: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any], *, serializable: bool
) -> T:
    client: Any = get_connection(CONNECTION)
    async with client.transaction(serializable=serializable) as connection:
        with entered(connection) as running, _watched(action):
            result = await action(*args, **kwargs)
            if running.torn is not None:
                raise UnitTorn(
                    "a part of this unit failed after writing and the error was swallowed; use db.savepoint()"
                ) from running.torn
            await finish(running)
    for callback, values in running.callbacks:
        _start_afterwards(callback, values)
    return result


@contextlib.contextmanager
def _watched(action: Callable[..., object]) -> Iterator[None]:
    """Say in the log when a unit keeps everybody waiting: something in it is not database work."""
    name = getattr(action, "__qualname__", repr(action))
    alarm = asyncio.get_running_loop().call_later(SLOW, _log.warning, "unit %s has been open for %g s", name, SLOW)
    try:
        yield
    finally:
        alarm.cancel()


@contextlib.contextmanager
def entered(connection: Any) -> Iterator[Unit]:
    """Make this connection's transaction the running unit; for this room only."""
    running = Unit(connection=connection)
    token = _current.set(running)
    try:
        yield running
    finally:
        running.over = True
        _current.reset(token)


async def finish(running: Unit) -> None:
    """Do what was left for the end of a unit, in the order in which it was left; for this room only."""
    while running.endings:
        work, values = running.endings.pop(0)
        await work(*values)


def before_commit(work: Callable[..., Coroutine[Any, Any, object]], *args: Any) -> None:
    """Run `work(*args)` as the last thing of this unit, inside its transaction: it is committed with everything else, or not at all.

    For what takes a lock that every unit wants: held from the end of the unit to its commit, it keeps nobody waiting long,
    and being always the last lock it cannot meet another one crosswise. What a savepoint undoes is not done.
    """
    running = _current.get()
    if running is None or running.over:
        raise OutsideUnit("db.before_commit() is a part of a unit of work: there is none here")
    running.endings.append((work, args))


def after_commit(callback: Callable[..., Coroutine[Any, Any, object]], *args: Any) -> None:
    """Run `callback(*args)` once the unit has committed, and never if it does not.

    It runs as a task of its own, in a fresh context (no unit, no village scope), and its failure is logged, not raised.
    Outside a unit there is nothing to wait for: it starts at once.
    """
    running = _current.get()
    if running is None:
        _start_afterwards(callback, args)
    elif running.over:
        raise UnitOver(OVER)
    else:
        running.callbacks.append((callback, args))


def _start_afterwards(callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
    task = asyncio.get_running_loop().create_task(callback(*args), context=Context())
    _afterwards.add(task)
    task.add_done_callback(_afterwards.discard)
    task.add_done_callback(_report_orphan)


def _report_orphan(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (problem := task.exception()) is not None:
        _log.error("database work nobody waits for has failed", exc_info=without_words(problem))


@contextlib.asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of a unit that can fail alone: when its body raises, only its writes are undone."""
    running = _current.get()
    if running is None or running.over:
        raise OutsideUnit("db.savepoint() is a part of a unit of work: there is none here")
    torn, endings = running.torn, len(running.endings)
    try:
        async with in_transaction(CONNECTION):
            yield
    except BaseException:
        running.torn = torn
        del running.endings[endings:]
        raise


def current() -> Unit | None:
    """The running unit, for the other modules of this room. Raises `UnitOver` for a task that outlived it."""
    running = _current.get()
    if running is not None and running.over:
        raise UnitOver(OVER)
    return running


def in_unit() -> bool:
    """Whether this code runs inside an open unit of work."""
    running = _current.get()
    return running is not None and not running.over


def refuse_in_unit(what: str) -> None:
    """Raise `InsideUnit` when a transaction is open. Called by whatever may be slow or foreign: network, hooks, templates."""
    if in_unit():
        raise InsideUnit(f"{what} may not run inside a unit of work: do it before, or with db.after_commit()")


async def drained(patience: float) -> int:
    """Wait for every running unit and everything scheduled after one; returns how many are still running in the end."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while (open_tasks := _units | _afterwards) and (left := deadline - loop.time()) > 0:
        await asyncio.wait(open_tasks, timeout=left)
    return len(open_tasks)
