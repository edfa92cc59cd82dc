"""Young people by the clock: who is eighteen is a minor no longer."""

from __future__ import annotations

from datetime import time
from typing import Final

from cunli.jobs.tasks import Task, TaskContext
from cunli.minors import actions


async def grow_up(_ctx: TaskContext) -> None:
    """Until nobody is left who grew up."""
    while await actions.grow_up():
        pass


TASKS: Final = (Task(name="minors.grow_up", run=grow_up, daily=time(0, 20), timeout=600),)
