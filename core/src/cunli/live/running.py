"""Live updates of this process: begun with the site, ended before the server lets its connections go."""

from __future__ import annotations

from typing import Final

from cunli.live.facts import KINDS, about
from cunli.live.guard import Guard
from cunli.live.hub import Hub, Listener

MOST: Final = 2_000  # open pages in one process
MOST_EACH: Final = 6  # of one person


class Live:
    """The hub of a process and its guard."""

    def __init__(self) -> None:
        self.hub = Hub(KINDS, about)
        self.guard = Guard(self.hub)

    def has_room(self, person_id: int) -> bool:
        """Whether one more page of this person may listen."""
        return not self.hub.ending and len(self.hub.listeners) < MOST and self.hub.of_person(person_id) < MOST_EACH

    async def begin(self, listener: Listener, last: int) -> None:
        """Let a listener hear, beginning with what it missed. The guard looks after it."""
        if self.hub.ending:
            listener.end()
            return
        await self.hub.join(listener)
        self.guard.watch(listener)
        if last:
            await self.hub.missed(listener, last)

    def leave(self, listener: Listener) -> None:
        """It hears no more."""
        self.hub.leave(listener)
        self.guard.forget(listener)

    async def stop(self) -> None:
        await self.guard.stop()
        await self.hub.stop()
