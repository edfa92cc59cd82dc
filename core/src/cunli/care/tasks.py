"""Care by the clock: what has served goes, accounts that may not be erased are frozen, people are asked when words changed."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from cunli.care import consents, holds, retention
from cunli.jobs.tasks import Task, TaskContext

if TYPE_CHECKING:
    from cunli.jobs.running import Site


def tasks(site: Site) -> list[Task]:
    """The tasks of this room, with the settings of this site."""

    async def retain(_ctx: TaskContext) -> None:
        await retention.apply(site.settings.audit_days)

    async def freeze(_ctx: TaskContext) -> None:
        while await holds.freeze_due():
            pass

    async def ask(_ctx: TaskContext) -> None:
        while await consents.ask_again():
            pass

    return [
        Task(name="care.retention", run=retain, daily=time(4, 0), timeout=1800),
        Task(name="care.freeze", run=freeze, every=timedelta(hours=1), timeout=600),
        Task(name="care.ask", run=ask, daily=time(4, 20), timeout=1800),
    ]
