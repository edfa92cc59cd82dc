"""Work on the audit trail outside requests: its daily anchor, and letting go what is older than it is kept."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cunli.clock import now
from cunli.jobs.tasks import Task, TaskContext
from cunli.trust import anchors, cutting

if TYPE_CHECKING:
    from cunli.jobs.running import Site


def tasks(site: Site) -> list[Task]:
    """The tasks of this room, with the settings of this site."""

    async def anchor(_ctx: TaskContext) -> None:
        dropped = await anchors.drop(Path(site.settings.audit_anchors))
        if dropped is not None and site.settings.audit_anchor_told:
            await anchors.tell_readers(dropped)

    async def cut(_ctx: TaskContext) -> None:
        await cutting.cut(now() - timedelta(days=site.settings.audit_days))

    return [
        Task(name="trust.anchor", run=anchor, daily=time(3, 5), timeout=60),
        Task(name="trust.cut", run=cut, daily=time(3, 50), timeout=1800),
    ]
