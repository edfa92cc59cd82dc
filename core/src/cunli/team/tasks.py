"""The team by the clock: words that nobody took go."""

from __future__ import annotations

from datetime import time
from typing import Final

from cunli.jobs.tasks import Task, TaskContext
from cunli.team import tutors


async def sweep(_ctx: TaskContext) -> None:
    """Once a night."""
    await tutors.forget_words()


TASKS: Final = (Task(name="team.sweep", run=sweep, daily=time(3, 40)),)
