"""The listeners of this process: who hears of what, and the reading of the event log for all of them together.

The outbox is the log: events are rows written in the unit of the act, so nothing is told that did not happen. Each row is read
once for all listeners of a process, what it is about is read once, and then the rule of sight is asked for each listener, at
the moment of telling. No listener holds a connection or a transaction.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cunli import db
from cunli.jobs import queue
from cunli.jobs.bell import UNHEARD, Bell

OVERLAP: Final = 200  # ids read again: on PostgreSQL a smaller id may be committed later than a larger one
REMEMBERED: Final = 2_000
MOST_WAITING: Final = 50  # messages of one listener who does not read; then one that says: look for yourself
BATCH: Final = 500
_log = logging.getLogger("cunli.live")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event of the log."""

    id: int
    kind: str
    village_id: int | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What a listener is sent: a name, ids or numbers, and the place in the log."""

    name: str
    words: str
    id: int = 0

    def encoded(self) -> bytes:
        place = f"id: {self.id}\n" if self.id else ""
        return f"{place}event: {self.name}\ndata: {self.words}\n\n".encode()


LOOK: Final = Message("look", "")


@dataclass(eq=False, slots=True, kw_only=True)
class Listener:
    """One open page. `topics` says what it is about; `tell` decides at each event what this person may be told of it."""

    session_id: int
    person_id: int
    topics: frozenset[str]
    tell: Callable[[Told, Any], Awaitable[Message | None]]
    stamp: tuple[Any, ...] = ()  # what the session was worth when sight was settled; see `cunli.live.guard`
    ready: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    waiting: deque[Message] = field(default_factory=deque)
    over: bool = False

    def put(self, message: Message) -> None:
        """Have something sent. Whoever does not read in time is told to look once, instead of everything."""
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            message = Message(LOOK.name, "", message.id)
        self.waiting.append(message)
        self._wake()

    def end(self) -> None:
        """Close the page's stream, politely: the browser comes back and is recognised anew."""
        self.over = True
        self._wake()

    def take(self) -> list[Message]:
        """What there is to send now."""
        taken = list(self.waiting)
        self.waiting.clear()
        if self.ready.done() and not self.over:
            self.ready = asyncio.get_running_loop().create_future()
        return taken

    def _wake(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)


class Hub:
    """The listeners of a process. `about` gives the topics of an event and what `Listener.tell` needs to know of it."""

    def __init__(self, kinds: tuple[str, ...], about: Callable[[Told], Awaitable[tuple[frozenset[str], Any]]]) -> None:
        self._kinds = kinds
        self._about = about
        self._topics: defaultdict[str, set[Listener]] = defaultdict(set)
        self.listeners: set[Listener] = set()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._cursor = -1
        self._bell = Bell(self._hear)
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.ending = False

    async def join(self, listener: Listener) -> None:
        """Tell this listener from now on."""
        if self._cursor < 0:
            self._cursor = await newest()
            self._seen = OrderedDict.fromkeys(range(max(0, self._cursor - OVERLAP), self._cursor + 1))
        self.listeners.add(listener)
        for topic in listener.topics:
            self._topics[topic].add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="live hub")
            self._bell.start()

    def leave(self, listener: Listener) -> None:
        """Tell it no more. Harmless when it has left."""
        self.listeners.discard(listener)
        for topic in listener.topics:
            if (there := self._topics.get(topic)) is not None:
                there.discard(listener)
                if not there:
                    del self._topics[topic]

    def of_person(self, person_id: int) -> int:
        """How many pages of one person listen."""
        return sum(1 for listener in self.listeners if listener.person_id == person_id)

    def end(self) -> None:
        """The server stops: let everybody go, and take nobody more."""
        self.ending = True
        for listener in list(self.listeners):
            listener.end()

    async def stop(self) -> None:
        """End, and look at nothing more."""
        self.end()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
            await self._bell.stop()

    def _hear(self) -> None:
        self._rung.set()

    async def _run(self) -> None:
        own = queue.listen()  # what this very process commits is heard at once
        ours = asyncio.create_task(self._ours(own), name="live own")
        try:
            while True:
                self._rung.clear()
                await self._look()
                try:
                    async with asyncio.timeout(UNHEARD):  # around an event of this process only
                        await self._rung.wait()
                except TimeoutError:
                    continue
        finally:
            ours.cancel()
            queue.stop_listening(own)

    async def _ours(self, own: asyncio.Event) -> None:
        while True:
            await own.wait()
            own.clear()
            self._hear()

    async def _look(self) -> None:
        try:
            for told in await since(self._cursor - OVERLAP, self._kinds):
                if told.id not in self._seen:
                    await self._tell_all(told)
                    self._note(told)
        except (db.Busy, db.Unreachable) as exc:
            _log.warning("live updates could not be read: %s", type(exc).__name__)

    async def _tell_all(self, told: Told) -> None:
        """Tell everybody who listens. What fails for one event costs that event, and not all that come after it."""
        try:
            topics, fact = await self._about(told)
            heard = [listener for topic in topics for listener in self._topics.get(topic, ())]
            for listener in dict.fromkeys(heard):
                if (message := await listener.tell(told, fact)) is not None:
                    listener.put(message)
        except (db.Busy, db.Unreachable):
            raise
        except Exception as exc:  # noqa: BLE001 nobody waits for this task: the last wall
            _log.error("a live update could not be told: %s: %s", told.kind, type(exc).__name__)

    def _note(self, told: Told) -> None:
        self._seen[told.id] = None
        self._cursor = max(self._cursor, told.id)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    async def missed(self, listener: Listener, last: int) -> None:
        """Tell what came after the event `last`; where that is too much, or too long ago, to look."""
        known = await db.read("SELECT MIN(id) AS id FROM core_event")
        rows = await since(last, self._kinds)
        if len(rows) >= BATCH or (known[0]["id"] or 0) > last + 1:
            listener.put(Message(LOOK.name, "", await newest()))
            return
        for told in rows:
            topics, fact = await self._about(told)
            if topics & listener.topics and (message := await listener.tell(told, fact)) is not None:
                listener.put(message)


async def newest() -> int:
    """The id of the newest event."""
    return int((await db.read("SELECT MAX(id) AS id FROM core_event"))[0]["id"] or 0)


async def since(last: int, kinds: tuple[str, ...]) -> list[Told]:
    """The events of these kinds after an id, oldest first; at most `BATCH`."""
    rows = await db.read(
        f"SELECT id, kind, village_id, payload FROM core_event WHERE id > ? AND kind IN ({db.marks(kinds)}) ORDER BY id LIMIT ?",  # noqa: S608 marks only
        last,
        *kinds,
        BATCH,
    )
    return [Told(id=r["id"], kind=r["kind"], village_id=r["village_id"], facts=json.loads(r["payload"])) for r in rows]
