"""Nightly sweeps of rows that have served: done jobs, delivered events, form receipts, rate counts."""

from __future__ import annotations

import time as clock
from datetime import time, timedelta
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.county_settings import DONE_JOBS_DAYS
from cunli.jobs.queue import moment
from cunli.jobs.tasks import Task, TaskContext

KEPT: Final = timedelta(days=7)
DAY: Final = 86_400_000
BATCH: Final = 500


async def sweep(ctx: TaskContext) -> None:
    """Delete what has served its time, a batch per unit, so that nobody waits for the lock."""
    old = moment() - ctx.setting(DONE_JOBS_DAYS) * DAY
    await _in_batches("core_job", "id", "state = 'done' AND finished_at < ?", old)
    await _in_batches("core_worker", "name", "seen < ?", moment() - DAY)
    await _in_batches("core_event", "id", "delivered_at < ?", old)
    await _in_batches("core_form_receipt", "key", "at < ?", now() - KEPT)
    await _in_batches("core_rate_count", "key", "resets_at < ?", int(clock.time()))


async def _in_batches(table: str, key: str, condition: str, *args: Any) -> None:
    sql = (
        f"DELETE FROM {table} WHERE {key} IN"  # noqa: S608 constants only
        f" (SELECT {key} FROM {table} WHERE {condition} LIMIT {BATCH})"
    )
    while await db.run_unit(db.write, sql, *args) == BATCH:
        pass


TASKS = (Task(name="jobs.sweep", run=sweep, daily=time(3, 30), timeout=600),)
