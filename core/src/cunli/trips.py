"""A trip: one hook asked of several plugins in turn, in a task or in a thread of its own, each call in a context of its own.

One task for all of them, because making one costs more than most calls. Whoever waits for a trip sees when the present call
began; when it takes too long the trip is left to finish that call and no other, and the rest are asked on another trip.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, TypeVar

from cunli import db
from cunli.aside import attempted, beside
from cunli.staying import Left

T = TypeVar("T")
Check = Callable[[Any], T]

current_plugin: Final[ContextVar[str]] = ContextVar("cunli_plugin", default="core")


class Rubbish(Exception):
    """A hook gave back something of the wrong kind."""


class SelfCancelled(Exception):
    """A plugin cancelled the task in which it was asked."""


@dataclass(frozen=True, slots=True)
class Call:
    """One implementation of a hook."""

    plugin: str
    function: Callable[..., Any]


class Ask(NamedTuple):
    """One call of a trip: of whom, with what, and what becomes of the answer. `number` is the question it belongs to."""

    plugin: str
    function: Callable[..., Any]
    given: tuple[object, ...]
    check: Check[Any]
    number: int = 0


class Told(NamedTuple):
    """What came of one call: what was given back, or what was raised, and what it took."""

    value: Any
    error: BaseException | None
    seconds: float
    queries: int


@dataclass(slots=True)
class Trip:
    """Calls of one hook, made one after the other. `over` ends it after the present call; after `ends` no question is begun."""

    hook: str
    calls: Sequence[Ask]
    asking: dict[asyncio.Task[Any], tuple[str, str]]  # which task runs whose hook: the watchdog reads it
    results: list[Told] = field(default_factory=list)
    ends: float = float("inf")
    number: int = -1  # of the present question
    stopped: bool = False  # because the time for new questions was over
    began: float = 0.0
    over: bool = False
    waiting: asyncio.Future[None] | None = None  # of whoever waits for it

    def start(self, *, plain: bool) -> asyncio.Future[None]:
        """Set out: beside the event loop for plain functions, in a task for the others."""
        self.began = time.perf_counter()
        if plain:
            work = beside(self._all_plain)
            work.add_done_callback(self._wake)
            return work
        return asyncio.create_task(self._all(), name=f"plugins {self.hook}")

    async def back(self, seconds: float) -> None:
        """Wait for the end, or for so long: cheaper than `asyncio.wait`, because the trip itself wakes whoever waits."""
        loop = asyncio.get_running_loop()
        self.waiting = waiter = loop.create_future()
        timer = loop.call_later(seconds, self._wake)
        try:
            await waiter
        finally:
            timer.cancel()
            self.waiting = None

    def _wake(self, _: object = None) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)

    def _all_plain(self) -> None:
        for call in self.calls:
            if not self._goes_on(call):
                return
            self._begin(call)
            context, asked = _named(call.plugin)
            value, error = attempted(context, functools.partial(self._plain, call))
            self.results.append(Told(value, error, time.perf_counter() - self.began, asked[0]))
            if self.over:
                return

    def _plain(self, call: Ask) -> Any:
        return checked(call.check, call.function(*call.given))

    async def _all(self) -> None:
        here = asyncio.current_task()
        assert here is not None, "it runs in the task that was made for it"
        try:
            await self._each(here)
        finally:
            self.asking.pop(here, None)
            self._wake()

    async def _each(self, here: asyncio.Task[Any]) -> None:
        for call in self.calls:
            if not self._goes_on(call):
                return
            self._begin(call)
            self.asking[here] = (call.plugin, self.hook)
            context, asked = _named(call.plugin)
            value: Any = None
            error: BaseException | None = None
            try:
                value = await _Apart(self._one(call), context)
            except asyncio.CancelledError:
                error = SelfCancelled("it cancelled itself")
            except (Exception, SystemExit) as exc:  # noqa: BLE001 a plugin may raise anything, even sys.exit()
                error = Left(f"sys.exit({exc.code!r})") if isinstance(exc, SystemExit) else exc
            self.results.append(Told(value, error, time.perf_counter() - self.began, asked[0]))
            if self.over or isinstance(error, SelfCancelled):  # whoever waits sets out again with the rest
                return

    async def _one(self, call: Ask) -> Any:
        return checked(call.check, await call.function(*call.given))

    def _goes_on(self, call: Ask) -> bool:
        """Whether there is time for this call: a question that was begun is asked of everybody.

        After a failure the next question waits for whoever counts: who has failed too often is not asked again.
        """
        if call.number != self.number:
            if any(told.error is not None for told in self.results):
                return False
            if time.perf_counter() >= self.ends:
                self.stopped = True
                return False
            self.number = call.number
        return True

    def _begin(self, call: Ask) -> None:
        self.began = time.perf_counter()


class _Apart(Generic[T]):
    """Awaits a coroutine whose every step runs in a context of its own, as if it had a task to itself."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], context: contextvars.Context) -> None:
        self._coroutine = coroutine
        self._context = context

    def __await__(self) -> Generator[Any, Any, T]:
        step: Callable[[Any], Any] = self._coroutine.send
        value: Any = None
        while True:
            try:
                awaited = self._context.run(step, value)
            except StopIteration as done:
                result: T = done.value
                return result
            try:
                value, step = (yield awaited), self._coroutine.send
            except BaseException as exc:  # noqa: BLE001 handed on to the coroutine, as await does
                value, step = exc, self._coroutine.throw


def _named(plugin: str) -> tuple[contextvars.Context, list[int]]:
    """A context in which the plugin is named, and how often it has asked the database."""
    context = contextvars.copy_context()
    context.run(current_plugin.set, plugin)
    return context, context.run(db.counted)


def checked(check: Check[T], value: Any) -> T:
    """What a hook gave back, as `check` makes it. Raises `Rubbish`."""
    try:
        return check(value)
    except (TypeError, ValueError, AttributeError, KeyError) as exc:
        raise Rubbish(f"{type(value).__name__}: {exc}") from exc
