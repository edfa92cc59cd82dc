"""The only module that calls plugin code: each call on its own, named, timed and counted. Slow calls are given up, never cancelled.

This is protection against mistakes, not a sandbox: a plugin that is enabled is trusted code. An `async` hook that
blocks the event loop still blocks it; one that awaits, and every plain `def` hook, cannot hold up a page.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from cunli import db, tracing
from cunli.health import Health
from cunli.logs import without_words
from cunli.problems import Problem, problem
from cunli.staying import staying
from cunli.trips import Ask, Call, Check, Rubbish, Trip, current_plugin

T = TypeVar("T")
NEVER: Final = float("inf")
# Where mistakes are raised, being slow becomes an error page; a developer's machine that stands still for a moment is no mistake.
STRICT_PATIENCE: Final = 10

# what a request hands in to learn what its plugins took: (plugin, hook, seconds), in the order of the calls
timings: ContextVar[list[tuple[str, str, float]] | None] = ContextVar("cunli_timings", default=None)


class TooSlow(Exception):
    """A call went over its deadline and was left to finish by itself."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What one plugin gave back, checked."""

    plugin: str
    value: T


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
        self.health = Health(strict=strict, clock=clock)
        self._left: set[asyncio.Future[Any]] = set()
        self.trace = False  # log every call and what came of it; for finding out who put what on a page
        self.asking: dict[asyncio.Task[Any], tuple[str, str]] = {}  # read by the watchdog's thread

    async def collect(
        self, hook: str, ctx: object, enabled: frozenset[str], *, check: Check[T], deadline: float
    ) -> list[Answer[T]]:
        """Ask every enabled plugin in turn. Who raises, is too slow or gives back what `check` refuses is left out.

        `check` turns the raw result into the wanted one or raises `TypeError` or `ValueError`. It runs where the plugin
        runs, because a generator does its work only when it is read.
        """
        db.refuse_in_unit("a hook")
        calls = [
            Ask(call.plugin, call.function, (ctx,), check)
            for call in self._plan(hook, enabled)
            if self.health.awake(call.plugin, hook)
        ]
        return [answer for _, answer in await self._ask(hook, calls, deadline)]

    async def collect_each(
        self,
        hook: str,
        questions: Sequence[tuple[object, Check[T]]],
        enabled: frozenset[str],
        *,
        deadline: float,
        budget: float,
    ) -> list[list[Answer[T]] | None]:
        """The same for several contexts, each with its check, in one trip: cheaper than one trip for each.

        A context that comes up when the budget of seconds is used up is not asked about, and is None. One that was begun
        is asked of everybody.
        """
        db.refuse_in_unit("a hook")
        calls = [call for call in self._plan(hook, enabled) if self.health.awake(call.plugin, hook)]
        asks = [
            Ask(call.plugin, call.function, (ctx,), check, number)
            for number, (ctx, check) in enumerate(questions)
            for call in calls
        ]
        answers: list[list[Answer[T]]] = [[] for _ in questions]
        unasked: list[Ask] = []
        for number, answer in await self._ask(
            hook, asks, deadline, ends=time.perf_counter() + budget * self._patience(), unasked=unasked
        ):
            answers[number].append(answer)
        left = {ask.number for ask in unasked}
        return [None if number in left else found for number, found in enumerate(answers)]

    async def chain(
        self,
        hook: str,
        ctx: object,
        value: T,
        enabled: frozenset[str],
        *,
        check: Callable[[T, Any], T],
        deadline: float,
    ) -> T:
        """Hand a value through every enabled plugin in turn, each getting what the one before made of it.

        Who raises, is too slow or gives back what `check(value, given)` refuses leaves the value as it was.
        """
        db.refuse_in_unit("a hook")
        for call in self._plan(hook, enabled):
            if self.health.awake(call.plugin, hook):
                step = functools.partial(check, value)
                one = Ask(call.plugin, call.function, (ctx, value), step)
                for _, answer in await self._ask(hook, [one], deadline):
                    value = answer.value
        return value

    async def gather(
        self, hook: str, ctx: object, enabled: frozenset[str], *, check: Check[T], deadline: float
    ) -> list[Answer[T]]:
        """The same for an `async` hook that is worth asking everybody at once: each has the whole deadline. Still in plugin order."""
        db.refuse_in_unit("a hook")
        asked = [
            self._ask(hook, [Ask(call.plugin, call.function, (ctx,), check)], deadline)
            for call in self._plan(hook, enabled)
            if self.health.awake(call.plugin, hook)
        ]
        answers: list[Answer[T]] = []
        for given in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(given, BaseException):  # strict: the first mistake, once everybody has answered
                raise given
            answers += [answer for _, answer in given]
        return answers

    async def _ask(
        self, hook: str, calls: list[Ask], deadline: float, *, ends: float = NEVER, unasked: list[Ask] | None = None
    ) -> list[tuple[int, Answer[Any]]]:
        """The answers, each with the number of its question. What was not begun before `ends` goes into `unasked`."""
        answers: list[tuple[int, Answer[Any]]] = []
        number, deadline = -1, deadline * self._patience()
        while calls:
            trip = Trip(hook, calls, self.asking, ends=ends, number=number)
            work = trip.start(plain=not inspect.iscoroutinefunction(calls[0].function))
            await self._back(trip, work, deadline)
            number = trip.number
            told = trip.results[:]
            for call, one in zip(calls, told, strict=False):
                if one.error is None:
                    answers.append((call.number, Answer(call.plugin, one.value)))
                self._count(hook, call.plugin, one.error, deadline, one.seconds, one.value, queries=one.queries)
            calls = calls[len(told) :]
            if trip.stopped:
                (unasked if unasked is not None else []).extend(calls)
                break
            if work.done() and not told:
                work.result()  # something ended the process, not a plugin
            elif calls and not work.done():
                trip.over = True
                self._follow(work)
                self._count(hook, calls.pop(0).plugin, TooSlow(), deadline, deadline)
            calls = [ask for ask in calls if ask.number == number or self.health.awake(ask.plugin, hook)]
        return answers

    def _patience(self) -> int:
        return STRICT_PATIENCE if self.health.strict else 1

    async def _back(self, trip: Trip, work: asyncio.Future[Any], deadline: float) -> None:
        """Wait until the trip is over, or its present call is too slow. If the visitor leaves, it goes on by itself."""
        try:
            while not work.done() and (left := trip.began + deadline - time.perf_counter()) > 0:
                await trip.back(left)
        except asyncio.CancelledError:
            self._follow(work)
            raise

    async def _within(self, work: asyncio.Future[Any], deadline: float) -> None:
        """Wait for the work as long as that. If it takes longer, or is no longer waited for, it goes on by itself."""
        try:
            await asyncio.wait({work}, timeout=deadline)
        finally:
            self._follow(work)

    def _follow(self, work: asyncio.Future[Any]) -> None:
        if not work.done():
            self._left.add(work)
            work.add_done_callback(self._ended_late)

    def _ended_late(self, work: asyncio.Future[Any]) -> None:
        self._left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            logging.getLogger("cunli.plugin").warning("a call that was given up failed later: %s", type(error).__name__)

    def _count(
        self,
        hook: str,
        plugin: str,
        error: BaseException | None,
        deadline: float,
        seconds: float,
        value: object = None,
        *,
        queries: int = 0,
    ) -> None:
        self.health.tally(plugin, hook).queries += queries
        if (told := timings.get()) is not None:
            told.append((plugin, hook, seconds))
        if self.trace:
            tracing.tell(plugin, hook, seconds, error, value)
        if error is None:
            self.health.well(plugin, hook, seconds)
            return
        found = _fault(hook, plugin, error, deadline)
        self.health.failed(plugin, hook, seconds, error, found, late=isinstance(error, TooSlow))

    def inside(self, hook: str, plugin: str, work: Callable[[], T], otherwise: T, *, count: bool = True) -> T:
        """Run something of a plugin that cannot wait, such as rendering its template; `otherwise` if it raises.

        Without `count`, a failure is not held against it: the caller tries again in another way.
        """
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
            if count or error is None:
                self._count(hook, plugin, error, 0, time.perf_counter() - started)

    async def answer(
        self, plugin: str, page: str, work: Callable[[], Awaitable[T]], meant: tuple[type[Exception], ...]
    ) -> T:
        """Run a page of a plugin under its name. What it raises goes on to the caller, and is counted unless it is `meant`.

        What other hooks take while the page is made is theirs, not the page's.
        """
        task, token, outer = asyncio.current_task(), current_plugin.set(plugin), timings.get()
        inner: list[tuple[str, str, float]] = []
        started, error = time.perf_counter(), None
        timings.set(inner)
        if task is not None:
            self.asking[task] = (plugin, "pages")
        try:
            return await work()
        except Exception as exc:
            error = None if isinstance(exc, meant) else exc
            raise
        finally:
            current_plugin.reset(token)
            timings.set(outer)
            if task is not None:
                self.asking.pop(task, None)
            own = max(0.0, time.perf_counter() - started - sum(seconds for _, _, seconds in inner))
            if outer is not None:
                outer += [*inner, (plugin, "pages", own)]
            self._note_page(plugin, page, error, own)

    def _note_page(self, plugin: str, page: str, error: Exception | None, seconds: float) -> None:
        if error is None:
            self.health.well(plugin, "pages", seconds)
        else:
            found = problem("plugins.W111", plugin, path=page, error=type(error).__name__)
            self.health.fell(plugin, "pages", seconds, found)

    async def perform(self, plugin: str, name: str, work: Callable[[], Awaitable[None]], *, deadline: float) -> Outcome:
        """Run background work (of the core too) under its owner's name. Never raises; `name` is for the tally."""
        started = time.perf_counter()
        task = asyncio.create_task(_alone(plugin, work))
        await self._within(task, deadline)
        outcome = _outcome(task)
        tally = self.health.tally(plugin, name)
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


async def _alone(plugin: str, work: Callable[[], Awaitable[None]]) -> None:
    current_plugin.set(plugin)
    with staying():
        await work()
