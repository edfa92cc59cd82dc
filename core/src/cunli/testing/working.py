"""Jobs in tests: run a worker beside the test, wait until nothing is left to do, let time pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from cunli import db
from cunli.dispatch import Dispatch
from cunli.jobs.events import Subscription
from cunli.jobs.outbox import Mailing, as_task
from cunli.jobs.schedule import Timetable
from cunli.jobs.tasks import Task, TaskTable
from cunli.jobs.worker import Pace, Worker

SHANGHAI = ZoneInfo("Asia/Shanghai")
BRISK = Pace(
    at_once=4, poll=0.05
)  # with the lease of every day: a machine that stands still must not look like a death
PATIENCE = 60.0  # for what takes a moment on a machine with nothing else to do


async def nowhere(_: object) -> Any:
    """No plugin is on anywhere, and no village is open."""
    return frozenset()


def worker_of(
    tasks: Iterable[Task] = (),
    subscriptions: Iterable[Subscription[Any]] = (),
    *,
    plugins: Mapping[str, Iterable[Task]] | None = None,
    enabled_in: Callable[[int | None], Awaitable[frozenset[str]]] = nowhere,
    villages_of: Callable[[str], Awaitable[list[int]]] = nowhere,
    pace: Pace = BRISK,
) -> Worker:
    """A worker that knows these tasks and subscriptions of the core, and these tasks of plugins."""
    heard = list(subscriptions)
    table = TaskTable([*tasks, *map(as_task, heard)], plugins)
    timetable = Timetable(table.scheduled(), SHANGHAI, villages_of=villages_of)
    mailing = Mailing(heard, enabled_in=enabled_in)
    return Worker(table, mailing, timetable, Dispatch(lambda *_: ()), enabled_in=enabled_in, pace=pace)


@asynccontextmanager
async def working(worker: Worker, *, grace: float = PATIENCE) -> AsyncIterator[None]:
    """The worker runs while the body does, and is stopped properly after it."""
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace)
        await task


async def until(condition: Callable[[], Awaitable[object]], *, seconds: float = PATIENCE) -> None:
    """Wait until the condition holds; fails when it does not within `seconds`."""
    ends = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < ends, f"it did not happen within {seconds:g} s"
        await asyncio.sleep(0.02)


async def settled(*, seconds: float = PATIENCE) -> None:
    """Wait until every event is delivered and no job is due or running. Jobs that wait for a retry do not count."""

    async def nothing_left() -> bool:
        open_events = await db.read("SELECT 1 FROM core_event WHERE delivered_at IS NULL LIMIT 1")
        open_jobs = await db.read(
            "SELECT 1 FROM core_job WHERE state = 'running' OR (state = 'waiting' AND attempts = 0 AND run_at <= ?) LIMIT 1",
            _soon(),
        )
        return not open_events and not open_jobs

    await until(nothing_left, seconds=seconds)


async def let_pass(milliseconds: int) -> None:
    """Make every waiting job and schedule due that much earlier."""
    await db.run_unit(db.write, "UPDATE core_job SET run_at = run_at - ? WHERE state = 'waiting'", milliseconds)
    await db.run_unit(db.write, "UPDATE core_schedule SET next_run = next_run - ?", milliseconds)


async def let_leases_end() -> None:
    """Make the lease of every running job end now."""
    await db.run_unit(db.write, "UPDATE core_job SET lease_until = 0 WHERE state = 'running'")


async def jobs_in(state: str) -> list[dict[str, Any]]:
    """The jobs in one state, oldest first."""
    return [dict(row) for row in await db.read("SELECT * FROM core_job WHERE state = ? ORDER BY id", state)]


def _soon() -> int:
    from cunli.jobs.queue import moment

    return moment() + 50
