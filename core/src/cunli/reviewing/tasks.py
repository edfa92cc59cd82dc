"""Work on cases outside requests."""

from __future__ import annotations

from datetime import time
from typing import Final

from cunli import db
from cunli.jobs.tasks import Task, TaskContext


@db.unit
async def drop_gone() -> int:
    """Close cases about what its author deleted more than a day ago; how many there were."""
    return await db.write(
        "UPDATE core_review_case SET state = 'gone', open_key = NULL WHERE state = 'open' AND ("
        " (object_kind = 'post' AND object_id IN (SELECT id FROM core_post WHERE state = 'deleted' AND body = ''))"
        " OR (object_kind = 'comment' AND (object_id IN (SELECT id FROM core_comment WHERE state = 'deleted' AND body = '')"
        " OR NOT EXISTS (SELECT 1 FROM core_comment o WHERE o.id = core_review_case.object_id))))"
    )


async def sweep(_ctx: TaskContext) -> None:
    """Nobody decides about what is gone for good."""
    await drop_gone()


TASKS: Final = (Task(name="reviewing.drop_gone", run=sweep, daily=time(3, 20)),)
