"""How each hook of each plugin fares in this process: counted, timed, and left alone for a while when it keeps failing."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cunli.logs import without_words
from cunli.problems import Problem, problem

FAILURES: Final = 5
WITHIN: Final = 60.0
REST: Final = 300.0
LONG_REST: Final = 24 * 3600.0  # for what held up everybody: trying again costs everybody again
REMEMBERED: Final = 200


class PluginError(Exception):
    """Something a plugin did wrong, in strict mode; elsewhere it is counted and the page goes on."""

    def __init__(self, found: Problem) -> None:
        super().__init__(str(found))
        self.problem = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something went wrong in a hook. `rest`: seconds for which it is not asked because of that, or 0."""

    hook: str
    problem: Problem
    rest: float = 0.0


@dataclass(slots=True)
class Tally:
    """How one hook of one plugin has fared in this process. Times are in seconds."""

    calls: int = 0
    failures: int = 0
    abandoned: int = 0
    queries: int = 0  # of the database
    seconds: float = 0.0
    last: Problem | None = None
    resting_until: float = 0.0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))
    times: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fare:
    """How one plugin has fared in this process, over all its hooks. `p95` is in seconds, over the latest calls.

    `queries`: how often its hooks asked the database.
    """

    plugin: str
    calls: int
    queries: int
    failures: int
    abandoned: int
    seconds: float
    p95: float


class Health:
    """The tallies of one process. `told` is called with every trouble; `strict` raises instead of going on."""

    def __init__(self, *, strict: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.strict = strict
        self.told: Callable[[Trouble], None] = _nobody
        self.tallies: dict[tuple[str, str], Tally] = {}
        self.shared: set[tuple[str, str]] = set()  # whose rest other processes have heard of
        self._clock = clock

    def tally(self, plugin: str, hook: str) -> Tally:
        if (tally := self.tallies.get((plugin, hook))) is None:
            tally = self.tallies.setdefault((plugin, hook), Tally())
        return tally

    def awake(self, plugin: str, hook: str) -> bool:
        """Whether this hook of this plugin is asked at present."""
        tally = self.tallies.get((plugin, hook))
        return tally is None or tally.resting_until <= self._clock()

    def well(self, plugin: str, hook: str, seconds: float) -> None:
        """Count a call that gave what it should."""
        self._called(plugin, hook, seconds)

    def failed(
        self, plugin: str, hook: str, seconds: float, error: BaseException, found: Problem, *, late: bool
    ) -> None:
        """Count a call that failed, or was given up (`late`). Five within a minute, and it rests for five minutes."""
        tally = self._called(plugin, hook, seconds)
        tally.failures += 1
        tally.abandoned += late
        tally.last = found
        _log(plugin).error("%s", found, exc_info=without_words(error))
        self._once_more(tally, plugin, hook, found, error)

    def fell(self, plugin: str, hook: str, seconds: float, found: Problem) -> None:
        """Count a call whose error goes on to somebody who deals with it: a page, which answers for itself."""
        tally = self._called(plugin, hook, seconds)
        tally.failures += 1
        tally.last = found
        self.told(Trouble(hook=hook, problem=found))

    def blame(self, hook: str, plugin: str, found: Problem) -> None:
        """Record a wrong answer that only the caller could see, as a failure like others. Raises in strict mode."""
        tally = self.tally(plugin, hook)
        tally.failures += 1
        tally.last = found
        _log(plugin).error("%s", found)
        self._once_more(tally, plugin, hook, found)

    def _once_more(
        self, tally: Tally, plugin: str, hook: str, found: Problem, error: BaseException | None = None
    ) -> None:
        if self.strict:
            self.told(Trouble(hook=hook, problem=found))
            raise PluginError(found) from error
        now = self._clock()
        tally.recent.append(now)
        if len(tally.recent) == FAILURES and now - tally.recent[0] <= WITHIN:
            tally.recent.clear()
            self.rest(plugin, hook, REST, problem("plugins.W104", plugin, hook=hook, failures=FAILURES))
        else:
            self.told(Trouble(hook=hook, problem=found))

    def rest(self, plugin: str, hook: str, seconds: float, why: Problem) -> None:
        """Do not ask this hook for a while. May be called from any thread."""
        self.shared.discard((plugin, hook))
        self.held(plugin, hook, seconds, why)
        _log(plugin).error("%s", why)
        self.told(Trouble(hook=hook, problem=why, rest=seconds))

    def held(self, plugin: str, hook: str, seconds: float, why: Problem) -> None:
        """The same, because another process said so: nobody is told again."""
        tally = self.tally(plugin, hook)
        tally.last = why
        tally.resting_until = self._clock() + seconds

    def hear(self, rests: Mapping[tuple[str, str], tuple[float, Problem]]) -> None:
        """Take over which hooks rest, and for how many seconds, as all processes together know it."""
        for (plugin, hook), (seconds, why) in rests.items():
            if self.awake(plugin, hook):
                self.held(plugin, hook, seconds, why)
            self.shared.add((plugin, hook))
        for pair in self.shared - rests.keys():
            self.forgive(*pair)
        self.shared &= rests.keys()

    def forgive(self, plugin: str, hook: str) -> None:
        """Ask this hook again."""
        tally = self.tally(plugin, hook)
        tally.resting_until = 0.0
        tally.last = None
        tally.recent.clear()

    def problems(self) -> list[Problem]:
        """The latest problem of every hook that has ever failed in this process."""
        return [tally.last for tally in self.tallies.values() if tally.last is not None]

    def fares(self) -> list[Fare]:
        """Every plugin that was called, the slowest first."""
        by_plugin: dict[str, list[Tally]] = {}
        for (plugin, _), tally in self.tallies.items():
            by_plugin.setdefault(plugin, []).append(tally)
        return sorted((_fare(name, tallies) for name, tallies in by_plugin.items()), key=lambda one: -one.p95)

    def _called(self, plugin: str, hook: str, seconds: float) -> Tally:
        tally = self.tally(plugin, hook)
        tally.calls += 1
        tally.seconds += seconds
        tally.times.append(seconds)
        return tally


def _fare(plugin: str, tallies: list[Tally]) -> Fare:
    times = sorted(one for tally in tallies for one in tally.times)
    return Fare(
        plugin=plugin,
        calls=sum(t.calls for t in tallies),
        queries=sum(t.queries for t in tallies),
        failures=sum(t.failures for t in tallies),
        abandoned=sum(t.abandoned for t in tallies),
        seconds=sum(t.seconds for t in tallies),
        p95=times[min(len(times) - 1, len(times) * 95 // 100)] if times else 0.0,
    )


def _nobody(_: Trouble) -> None:
    """Where no database keeps troubles."""


def _log(plugin: str) -> logging.Logger:
    return logging.getLogger(f"cunli.plugin.{plugin}")
