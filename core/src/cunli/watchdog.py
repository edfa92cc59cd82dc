"""A thread that sees when the event loop stands still inside a plugin's hook: the hook is named and not asked again.

It counts its own ticks instead of reading a clock, so a machine that stands still as a whole accuses nobody.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from cunli.dispatch import Dispatch
from cunli.health import LONG_REST
from cunli.problems import problem
from cunli.troubles import TroubleBook

if TYPE_CHECKING:
    from cunli.registry import Registry

TICK: Final = 0.1
STRICT_PATIENCE: Final = 4  # in development: a busy machine makes decent hooks slow, and a rest there lasts the day
TOO_LONG: Final = 10  # ticks during which the loop answered nothing and the same hook was running


class Watchdog:
    """Watches one loop on behalf of one dispatch, from `start` to `stop`."""

    def __init__(self, dispatch: Dispatch, *, tick: float = TICK) -> None:
        self._dispatch = dispatch
        self._tick = tick
        self._loop = asyncio.get_running_loop()
        self._over = threading.Event()
        self._answered = True
        self._running: tuple[str, str] | None = None
        self._ticks = 0
        self._thread = threading.Thread(target=self._watch, daemon=True, name="cunli-watchdog")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; returns when it has ended."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self._tick) and not self._loop.is_closed():
            self.look()

    def look(self) -> None:
        """One tick: has the loop moved since the last one, and if not, whose code is it in?"""
        if self._answered:
            self._answered, self._ticks = False, 0
            self._running = self._busy_with()
            self._ask_the_loop()
            return
        running = self._busy_with()
        if running is None or running != self._running:
            self._running, self._ticks = running, 0
            return
        self._ticks += 1
        if self._ticks == TOO_LONG:
            plugin, hook = running
            seconds = round(TOO_LONG * self._tick, 1)
            self._dispatch.health.rest(
                plugin, hook, LONG_REST, problem("plugins.W110", plugin, hook=hook, seconds=seconds)
            )

    def _busy_with(self) -> tuple[str, str] | None:
        """Whose hook the loop runs at this moment."""
        task = asyncio.current_task(self._loop)
        return self._dispatch.asking.get(task) if task is not None else None

    def _ask_the_loop(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._alive)
        except RuntimeError:  # the loop closed between the question and the call
            self._over.set()

    def _alive(self) -> None:
        self._answered = True


@asynccontextmanager
async def looked_after(registry: Registry) -> AsyncIterator[None]:
    """While a site with plugins runs: what goes wrong in them is kept, and who holds up the loop is put to rest."""
    if not registry.running:
        yield
        return
    book = TroubleBook(registry.dispatch.health)
    patience = STRICT_PATIENCE if registry.dispatch.health.strict else 1
    watchdog = Watchdog(registry.dispatch, tick=TICK * patience)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()
        await book.stop()
