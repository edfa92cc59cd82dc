"""The outbox: events written in the unit that caused them, and spread to their subscribers by whichever worker comes first."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from cunli import db
from cunli.jobs.bell import ring
from cunli.jobs.events import Event, Subscription, payload_of
from cunli.jobs.queue import enqueue, moment, wake
from cunli.jobs.tasks import CORE, Task, TaskContext

BATCH: Final = 50
WAITING: Final = "SELECT id, kind, payload, village_id FROM core_event WHERE delivered_at IS NULL ORDER BY id LIMIT ?"
EnabledIn = Callable[[int | None], Awaitable[frozenset[str]]]


async def emit(event: Event) -> None:
    """Say that something happened. Inside a unit nobody hears of it unless the unit commits.

    Every subscriber gets a job of its own, so one that fails is tried again alone and never undoes the act.
    """
    await db.run_unit(_write, event.kind, payload_of(event), event.village_id)


async def _write(kind: str, payload: Mapping[str, Any], village_id: int | None) -> None:
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    await db.write(
        "INSERT INTO core_event (kind, payload, village_id, at) VALUES (?, ?, ?, ?)", kind, text, village_id, moment()
    )
    db.after_commit(wake)
    db.after_commit(ring)


def as_task(subscription: Subscription[Any]) -> Task:
    """The task that hands one event to one subscriber."""

    async def hear(ctx: TaskContext) -> None:
        await subscription.run(subscription.event(**ctx.payload))

    return Task(name=subscription.name, run=hear, timeout=subscription.timeout, attempts=subscription.attempts)


class Mailing:
    """Who hears of which kind of event; core rooms first, then plugins in their order."""

    def __init__(
        self,
        core: Iterable[Subscription[Any]] = (),
        plugins: Mapping[str, Iterable[Subscription[Any]]] | None = None,
        *,
        enabled_in: EnabledIn,
    ) -> None:
        self._enabled_in = enabled_in
        self._listeners: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for plugin, subscriptions in ((CORE, core), *(plugins or {}).items()):
            for subscription in subscriptions:
                self._listeners[subscription.event.kind].append((plugin, subscription.name))

    async def spread(self) -> int:
        """Turn waiting events into jobs, a batch at a time; returns how many events were handled.

        The jobs and the mark that the event was handled are one unit; the dedupe key is the second wall.
        """
        if not await db.read("SELECT 1 FROM core_event WHERE delivered_at IS NULL LIMIT 1"):
            return 0
        return await db.run_unit(self._spread)

    async def _spread(self) -> int:
        locked = " FOR UPDATE SKIP LOCKED" if db.engine() == "postgres" else ""
        rows = await db.read(WAITING + locked, BATCH)
        for row in rows:
            for name in await self._who_hears(row["kind"], row["village_id"]):
                payload = json.loads(row["payload"])
                await enqueue(name, payload, dedupe=f"event:{row['id']}:{name}", village_id=row["village_id"])
            await db.write("UPDATE core_event SET delivered_at = ? WHERE id = ?", moment(), row["id"])
        return len(rows)

    async def _who_hears(self, kind: str, village_id: int | None) -> list[str]:
        listeners = self._listeners.get(kind, [])
        if all(plugin == CORE for plugin, _ in listeners):
            return [name for _, name in listeners]
        enabled = await self._enabled_in(village_id)
        return [name for plugin, name in listeners if plugin == CORE or plugin in enabled]
