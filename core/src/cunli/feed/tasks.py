"""Work of the feed outside requests: telling a village about a notice, and forgetting what was deleted."""

from __future__ import annotations

from datetime import time
from typing import Final

from cunli.feed import actions, answers, queries, rules
from cunli.jobs.tasks import Task, TaskContext
from cunli.notify.actions import tell_village


async def tell_notice(ctx: TaskContext) -> None:
    """Put a new notice into every verified person's inbox; a notice taken back meanwhile tells nobody."""
    post = await queries.post_by_id(int(ctx.payload["post_id"]))
    if post is not None and post.state == rules.VISIBLE:
        await tell_village(
            "notice.published",
            village_id=post.village_id,
            url=post.url,
            once=f"notice:{post.id}",
            but=post.author_id,
            title=post.title,
        )


async def forget(ctx: TaskContext) -> None:
    """Remove for good what its author deleted a day ago and did not take back."""
    await actions.forget(int(ctx.payload["post_id"]))


async def forget_comments(_ctx: TaskContext) -> None:
    await answers.forget_comments()


TASKS: Final = (
    Task(name=actions.TELL, run=tell_notice),
    Task(name=actions.FORGET, run=forget),
    Task(name="feed.forget_comments", run=forget_comments, daily=time(3, 10)),
)
