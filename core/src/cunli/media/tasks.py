"""Work on photos outside requests: what nothing uses is swept, and bytes without a row are removed."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.jobs.tasks import Task, TaskContext
from cunli.media import actions, running

STRAY_AFTER: Final = timedelta(hours=2)  # younger bytes may belong to a row that is being written


async def sweep(_ctx: TaskContext) -> None:
    """Delete photos that nobody used in time."""
    while await actions.sweep_unused():
        continue


async def remove_strays(_ctx: TaskContext) -> None:
    """Delete stored bytes that no row knows: a process died between storing and writing, or after deleting the row."""
    storage = running.storage()
    async for batch in storage.everything():
        old = [key for key, written in batch.items() if written < now() - STRAY_AFTER]
        for start in range(0, len(old), 500):
            part = old[start : start + 500]
            rows = await db.read(f"SELECT key FROM core_upload WHERE key IN ({db.marks(part)})", *part)  # noqa: S608 constants and placeholders
            await storage.delete(sorted(set(part) - {row["key"] for row in rows}))


TASKS: Final = (
    Task(name="media.sweep", run=sweep, every=timedelta(hours=1)),
    Task(name="media.strays", run=remove_strays, daily=time(3, 30), timeout=3600.0),
)
