"""The only module that calls plugin code: each call on its own, named, timed and counted. Slow calls are given up, never cancelled.

This is protection against mistakes, not a sandbox: a plugin that is enabled is trusted code. An `async` hook that
blocks the event loop still blocks it; one that awaits, and every plain `def` hook, cannot hold up a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from cunli import db
from cunli.aside import attempted, beside, waited_for
from cunli.logs import without_words
from cunli.problems import Problem, problem

T = TypeVar("T")
Check = Callable[[Any], T]

current_plugin: ContextVar[str] = ContextVar("cunli_plugin", default="core")

FAILURES: Final = 5
WITHIN: Final = 60.0
REST: Final = 300.0


class PluginError(Exception):
    """Something a plugin did wrong, in strict mode; elsewhere it is counted and the page goes on."""

    def __init__(self, found: Problem) -> None:
        super().__init__(str(found))
        self.problem = found


class TooSlow(Exception):
    """A call went over its deadline and was left to finish by itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """One implementation of a hook."""

    plugin: str
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What one plugin gave back, checked."""

    plugin: str
    value: T


@dataclass(slots=True)
class Tally:
    """How one hook of one plugin has fared in this process."""

    calls: int = 0
    failures: int = 0
    abandoned: int = 0
    seconds: float = 0.0
    last: Problem | None = None
    resting_until: float = 0.0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a piece of background work ended: well (no error), badly, or not yet (`late` still runs)."""

    error: BaseException | None = None
    late: asyncio.Task[None] | None = None


class Dispatch:
    """Calls hooks. `plan` says whom to ask, in order; `strict` raises instead of going on (tests, development)."""

    def __init__(
        self,
        plan: Callable[[str, frozenset[str]], Sequence[Call]],
        *,
        strict: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plan = plan
        self.strict = strict
        self._clock = clock
        self._left: set[asyncio.Future[Any]] = set()
        self.tallies: dict[tuple[str, str], Tally] = {}

    async def collect(
        self, hook: str, ctx: object, enabled: frozenset[str], *, check: Check[T], deadline: float
    ) -> list[Answer[T]]:
        """Ask every enabled plugin in turn. Who raises, is too slow or gives back what `check` refuses is left out.

        `check` turns the raw result into the wanted one or raises `TypeError` or `ValueError`. It runs where the plugin
        runs, because a generator does its work only when it is read.
        """
        db.refuse_in_unit("a hook")
        calls = [call for call in self._plan(hook, enabled) if self._awake(call.plugin, hook)]
        answers: list[Answer[T]] = []
        if calls and not inspect.iscoroutinefunction(calls[0].function):
            await self._ask_plain(hook, calls, ctx, check, deadline, answers)
            return answers
        for call in calls:
            started = time.perf_counter()
            task = _as_task(call, ctx, check)
            error: BaseException | None
            if not await self._within(task, deadline):
                error = TooSlow()
            elif task.cancelled():
                error = asyncio.CancelledError("it cancelled itself")
            elif (error := task.exception()) is None:
                answers.append(Answer(call.plugin, task.result()))
            self._count(hook, call.plugin, error, deadline, time.perf_counter() - started)
        return answers

    async def _ask_plain(
        self, hook: str, calls: list[Call], ctx: object, check: Check[T], deadline: float, answers: list[Answer[T]]
    ) -> None:
        """Plain hooks share one trip to a thread; after one that hangs, the rest make another."""
        while calls:
            trip = _Trip(calls, ctx, check)
            work = beside(trip.run)
            while not work.done() and (left := trip.began + deadline - time.perf_counter()) > 0:
                await self._within(work, left, follow=False)
            told = trip.results[:]
            for call, (value, error, seconds) in zip(calls, told, strict=False):
                if error is None:
                    answers.append(Answer(call.plugin, value))
                self._count(hook, call.plugin, error, deadline, seconds)
            calls = calls[len(told) :]
            if calls:
                trip.over = True
                self._follow(work)
                self._count(hook, calls.pop(0).plugin, TooSlow(), deadline, deadline)

    async def _within(self, work: asyncio.Future[Any], deadline: float, *, follow: bool = True) -> bool:
        """Whether the work ended in time. If not, or if the visitor left, it goes on and shutdown waits for it."""
        ended = False
        try:
            await asyncio.wait({work}, timeout=deadline)
            ended = work.done()
        except asyncio.CancelledError:
            follow = True
            raise
        finally:
            if follow and not ended:
                self._follow(work)
        return ended

    def _follow(self, work: asyncio.Future[Any]) -> None:
        if not work.done():
            self._left.add(work)
            work.add_done_callback(self._ended_late)

    def _ended_late(self, work: asyncio.Future[Any]) -> None:
        self._left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            logging.getLogger("cunli.plugin").warning("a call that was given up failed later: %s", type(error).__name__)

    def _awake(self, plugin: str, hook: str) -> bool:
        tally = self.tallies.get((plugin, hook))
        return tally is None or tally.resting_until <= self._clock()

    def _count(self, hook: str, plugin: str, error: BaseException | None, deadline: float, seconds: float) -> None:
        tally = self.tallies.setdefault((plugin, hook), Tally())
        tally.calls += 1
        tally.seconds += seconds
        if error is None:
            return
        tally.failures += 1
        tally.abandoned += isinstance(error, TooSlow)
        tally.last = _fault(hook, plugin, error, deadline)
        logging.getLogger(f"cunli.plugin.{plugin}").error("%s", tally.last, exc_info=without_words(error))
        if self.strict:
            raise PluginError(tally.last) from error
        now = self._clock()
        tally.recent.append(now)
        if len(tally.recent) == FAILURES and now - tally.recent[0] <= WITHIN:
            tally.resting_until = now + REST
            tally.recent.clear()
            tally.last = problem("plugins.W104", plugin, hook=hook, failures=FAILURES)
            logging.getLogger(f"cunli.plugin.{plugin}").error("%s", tally.last)

    def problems(self) -> list[Problem]:
        """The latest problem of every hook that has ever failed in this process."""
        return [tally.last for tally in self.tallies.values() if tally.last is not None]

    def blame(self, hook: str, plugin: str, found: Problem) -> None:
        """Record a wrong answer that only the caller could see. Raises in strict mode."""
        tally = self.tallies.setdefault((plugin, hook), Tally())
        tally.failures += 1
        tally.last = found
        logging.getLogger(f"cunli.plugin.{plugin}").error("%s", found)
        if self.strict:
            raise PluginError(found)

    def inside(self, hook: str, plugin: str, work: Callable[[], T], otherwise: T) -> T:
        """Run something of a plugin that cannot wait, such as rendering its template; `otherwise` if it raises."""
        token = current_plugin.set(plugin)
        started = time.perf_counter()
        error: Exception | None = None
        try:
            return work()
        except Exception as exc:  # noqa: BLE001 a plugin may raise anything, and the page must stand
            error = exc
            return otherwise
        finally:
            current_plugin.reset(token)
            self._count(hook, plugin, error, 0, time.perf_counter() - started)

    async def perform(self, plugin: str, name: str, work: Callable[[], Awaitable[None]], *, deadline: float) -> Outcome:
        """Run background work (of the core too) under its owner's name. Never raises; `name` is for the tally."""
        started = time.perf_counter()
        task = asyncio.create_task(_alone(plugin, work))
        await self._within(task, deadline)
        outcome = _outcome(task)
        tally = self.tallies.setdefault((plugin, name), Tally())
        tally.calls += 1
        tally.failures += outcome.error is not None
        tally.abandoned += outcome.late is not None
        tally.seconds += time.perf_counter() - started
        if outcome.error is not None and outcome.late is None:
            logging.getLogger(f"cunli.plugin.{plugin}" if plugin != "core" else "cunli.jobs").error(
                "%s failed", name, exc_info=without_words(outcome.error)
            )
        return outcome

    async def drained(self, patience: float) -> int:
        """Wait for calls that were given up; returns how many are still running in the end."""
        if self._left:
            await asyncio.wait(set(self._left), timeout=patience)
        return len(self._left)


def _outcome(task: asyncio.Task[None]) -> Outcome:
    if not task.done():
        return Outcome(error=TooSlow(), late=task)
    if task.cancelled():
        return Outcome(error=asyncio.CancelledError())
    return Outcome(error=task.exception())


def _fault(hook: str, plugin: str, error: BaseException, deadline: float) -> Problem:
    if isinstance(error, TooSlow):
        return problem("plugins.W102", plugin, hook=hook, deadline=deadline)
    if isinstance(error, Rubbish):
        return problem("plugins.W103", plugin, hook=hook, error=error)
    return problem("plugins.W101", plugin, hook=hook, error=type(error).__name__)


class Left(Exception):
    """A plugin wanted to end the process."""


class Rubbish(Exception):
    """A hook gave back something of the wrong kind."""


def _checked(check: Check[T], value: Any) -> T:
    try:
        return check(value)
    except (TypeError, ValueError, AttributeError, KeyError) as exc:
        raise Rubbish(f"{type(value).__name__}: {exc}") from exc


def _as_task(call: Call, ctx: object, check: Check[T]) -> asyncio.Task[T]:
    async def work() -> T:
        current_plugin.set(call.plugin)
        with _staying():
            return _checked(check, await call.function(ctx))

    return asyncio.create_task(work(), name=f"{call.plugin}.{call.function.__name__}")


class _Trip:
    """Calls of one plain hook, made one after the other in a thread. `over` ends it after the call that hangs."""

    def __init__(self, calls: Sequence[Call], ctx: object, check: Check[Any]) -> None:
        self._calls = calls
        self._ctx = ctx
        self._check = check
        self.results: list[tuple[Any, BaseException | None, float]] = []
        self.began = time.perf_counter()
        self.over = False

    def run(self) -> None:
        for call in self._calls:
            if self.over:
                return
            self.began = time.perf_counter()
            value, error = attempted(contextvars.copy_context(), functools.partial(self._one, call))
            self.results.append((value, error, time.perf_counter() - self.began))

    def _one(self, call: Call) -> Any:
        current_plugin.set(call.plugin)
        return _checked(self._check, call.function(self._ctx))


async def _alone(plugin: str, work: Callable[[], Awaitable[None]]) -> None:
    current_plugin.set(plugin)
    with _staying():
        await work()


@contextlib.contextmanager
def _staying() -> Iterator[None]:
    """A plugin that calls sys.exit() fails; it does not take the server along."""
    try:
        yield
    except SystemExit as exc:
        raise Left(f"sys.exit({exc.code!r})") from exc


class NotLoaded(Exception):
    """Code of a plugin that runs while it is loaded raised (the cause) or hung (no cause)."""


def while_loading(plugin: str, work: Callable[[], T], *, deadline: float) -> T:
    """Run import-time or load-time code of a plugin before the site starts. Raises `NotLoaded`."""
    token = current_plugin.set(plugin)
    try:
        found = waited_for(work, seconds=deadline)
    finally:
        current_plugin.reset(token)
    if found is None:
        raise NotLoaded(f"it took longer than {deadline:g} s")
    result, error = found
    if error is not None:
        raise NotLoaded(f"{type(error).__name__}: {error}") from error
    return result  # type: ignore[return-value]
