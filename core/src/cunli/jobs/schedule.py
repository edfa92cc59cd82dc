"""The schedule: rows that say when each periodic task runs next. Whoever moves the row first enqueues the jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from cunli import db
from cunli.jobs.queue import enqueue, moment
from cunli.jobs.rules import next_run
from cunli.jobs.tasks import OwnedTask, Task

VillagesOf = Callable[[str], Awaitable[list[int]]]
GLANCE: Final = 1_000


class Timetable:
    """The periodic tasks of this process, and the rows that all processes share."""

    def __init__(self, owned: Iterable[OwnedTask], zone: ZoneInfo, *, villages_of: VillagesOf) -> None:
        self._owned = {one.task.name: one for one in owned}
        self._zone = zone
        self._villages_of = villages_of
        self._next_glance = 0

    async def prepare(self) -> None:
        """Write rows for new tasks, and bring a row nearer whose task runs more often than it used to."""
        for owned in self._owned.values():
            first = self._after(owned.task, moment())
            await db.run_unit(_prepare, owned.task.name, first)

    async def fire(self) -> int:
        """Enqueue what is due; returns how many tasks that were. Missed times are run once, not made up for."""
        now = moment()
        if not self._owned or now < self._next_glance:
            return 0
        self._next_glance = now + GLANCE
        names = list(self._owned)
        rows = await db.read(
            f"SELECT name, next_run FROM core_schedule WHERE next_run <= ? AND name IN ({db.marks(names)})",  # noqa: S608 marks only
            now,
            *names,
        )
        fired = 0
        for row in rows:
            owned = self._owned[row["name"]]
            villages: Sequence[int | None] = [None]
            if owned.task.per == "village":
                villages = await self._villages_of(owned.plugin)
            fired += await db.run_unit(self._take, owned.task, row["next_run"], villages)
        return fired

    async def _take(self, task: Task, due: int, villages: Sequence[int | None]) -> int:
        now = moment()
        taken = await db.write(
            "UPDATE core_schedule SET next_run = ?, last_run = ? WHERE name = ? AND next_run = ?",
            self._after(task, now, last=due),
            now,
            task.name,
            due,
        )
        if not taken:
            return 0
        for village_id in villages:
            suffix = "" if village_id is None else f":{village_id}"
            await enqueue(task.name, dedupe=f"schedule:{task.name}:{due}{suffix}", village_id=village_id)
        return 1

    def _after(self, task: Task, after: int, *, last: int | None = None) -> int:
        return next_run(after=after, every=task.every, daily=task.daily, zone=self._zone, last=last)


async def _prepare(name: str, first: int) -> None:
    await db.write(
        "INSERT INTO core_schedule (name, next_run) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, first
    )
    await db.write("UPDATE core_schedule SET next_run = ? WHERE name = ? AND next_run > ?", first, name, first)
