"""Work about people outside requests: forgetting what has served."""

from __future__ import annotations

from datetime import time
from typing import Final

from cunli.jobs.tasks import Task, TaskContext
from cunli.people import codes, identities, invites, office_imports, sessions


async def sweep(_ctx: TaskContext) -> None:
    """Forget codes that are over, invitations a month after they end, sessions half a year after they end, uploaded tables a week old."""
    await codes.sweep()
    await invites.sweep()
    await sessions.sweep()
    await identities.sweep()
    await office_imports.sweep()


TASKS: Final = (Task(name="people.sweep", run=sweep, daily=time(3, 20), timeout=600), office_imports.TASK)
