"""Telling the villages of a county what a department has to say: one job for each village, so that none waits for all."""

from __future__ import annotations

from typing import Final

from cunli import enabling
from cunli.departments import queries
from cunli.departments.actions import SPREAD
from cunli.jobs import enqueue
from cunli.jobs.tasks import Task, TaskContext
from cunli.notify.actions import tell_village

TELL: Final = "departments.tell"


async def spread(ctx: TaskContext) -> None:
    """One job for each open village of the county."""
    post = await queries.post_by_id(int(ctx.payload["post"]))
    if post is None or not post.visible:
        return
    for village in await enabling.opened_villages({post.department.county_id}):
        await enqueue(TELL, {"post": post.id}, village_id=village.id, dedupe=f"{TELL}:{post.id}:{village.id}")


async def tell(ctx: TaskContext) -> None:
    """Into the inbox of everybody verified in the village; what was taken back meanwhile tells nobody."""
    post = await queries.post_by_id(int(ctx.payload["post"]))
    if post is None or not post.visible or ctx.village_id is None:
        return
    await tell_village(
        "department.notice",
        village_id=ctx.village_id,
        url=post.url,
        once=f"department:{post.id}",
        but=0,
        title=post.title,
        department=post.department.name,
    )


TASKS: Final = (Task(name=SPREAD, run=spread), Task(name=TELL, run=tell))
