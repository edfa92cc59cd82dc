"""Work of places outside requests."""

from __future__ import annotations

from datetime import time
from typing import Final

from cunli.jobs.tasks import Task, TaskContext
from cunli.places import activity
from cunli.places.merging import SWEEP, sweep_merged


async def sweep(_ctx: TaskContext) -> None:
    """Bring late rows of merged villages to where they belong now."""
    await sweep_merged()


async def recount_weeks(_ctx: TaskContext) -> None:
    """Count the last weeks of every village again from what stands there."""
    await activity.recount_all()


TASKS: Final = (
    Task(name=SWEEP, run=sweep, daily=time(3, 40)),
    Task(name="places.recount_weeks", run=recount_weeks, daily=time(3, 50), timeout=600),
)
