"""Telling a server that thinks from one that is gone without a word: frozen, cut off, behind a dead network.

A query may take its time as long as the server answers somebody else meanwhile. When it answers nobody, everybody who
waits is told within two seconds, and nobody new is made to wait until it answers again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

SLOW: Final = 0.7
TICK: Final = 0.1
TICKS: Final = 10
LISTEN: Final = 0.5


class Pulse:
    """Watches over what was begun on the server. `ask` asks it something new: whether there was any answer.

    `gone` is called once when there was none; `silent` is true from then until there is one.
    """

    def __init__(self, ask: Callable[[], Awaitable[bool]], gone: Callable[[], None]) -> None:
        self.silent = False
        self._ask = ask
        self._gone = gone
        self._since: dict[object, float] = {}
        self._heard = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._feeling: asyncio.Task[None] | None = None

    def began(self, work: object) -> None:
        """Something waits for the server from now on."""
        loop = asyncio.get_running_loop()
        self._since[work] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(SLOW / 2, self._look)

    def ended(self, work: object) -> None:
        self._since.pop(work, None)

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()
        if self._feeling is not None:
            self._feeling.cancel()

    def _look(self) -> None:
        self._timer = None
        if not self._since:
            return
        loop = asyncio.get_running_loop()
        oldest = next(iter(self._since.values()))
        if self._feeling is None and loop.time() - max(oldest, self._heard) > SLOW:
            self._feeling = asyncio.create_task(self._feel(), name="pulse")
        self._timer = loop.call_later(SLOW / 2, self._look)

    async def _feel(self) -> None:
        try:
            while not await self._answers():
                if not self.silent:
                    self.silent = True
                    self._gone()
                await asyncio.sleep(LISTEN)
            self._heard = asyncio.get_running_loop().time()
        finally:
            self.silent = False
            self._feeling = None

    async def _answers(self) -> bool:
        """Whether the server answers in time. Many short waits: while this process itself stands still, none is over."""
        asking = asyncio.ensure_future(self._ask())
        try:
            for _ in range(TICKS):
                if (await asyncio.wait({asking}, timeout=TICK))[0]:
                    return asking.result()
            return False
        finally:
            asking.cancel()
