"""The outbox, the queue, the schedule and the worker. Rows are written in the unit of the act that caused them.

Rooms use `enqueue` and `emit`; the lifespan uses `start` and `stop`. What a job does belongs to its room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cunli.jobs.events import Event, Subscription
from cunli.jobs.outbox import emit
from cunli.jobs.queue import enqueue, state_of
from cunli.jobs.tasks import Task, TaskContext

if TYPE_CHECKING:
    from cunli.jobs.running import Site

__all__ = ["Event", "Subscription", "Task", "TaskContext", "emit", "enqueue", "start", "state_of", "stop"]


async def start(site: Site) -> None:
    """Run jobs in this process, unless the settings leave them to `cunli worker`. The database must be started."""
    from cunli.jobs import running  # rooms import this package, and the worker imports the rooms

    await running.start(site)


async def stop() -> None:
    """Stop claiming and wait for running jobs; what is not done in time runs again when its lease ends."""
    from cunli.jobs import running

    await running.stop()
