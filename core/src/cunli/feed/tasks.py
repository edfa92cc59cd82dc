"""Work of the feed outside requests: telling a village about a notice, and forgetting what was deleted."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Final

from cunli.feed import actions, answers, broadcast, queries, rules, search_index, terms
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


async def index(_ctx: TaskContext) -> None:
    """Bring into the index of words what was not brought there in its own unit: by merges, imports and whatever else writes."""
    while await search_index.catch_up():
        pass


async def tidy_index(_ctx: TaskContext) -> None:
    await search_index.tidy()


async def withdraw_terms(_ctx: TaskContext) -> None:
    """Take down the public notices whose last day is past."""
    await terms.withdraw_all()


TASKS: Final = (
    Task(name="feed.withdraw_terms", run=withdraw_terms, daily=time(0, 5), timeout=600),
    Task(name="feed.index", run=index, every=timedelta(seconds=20), timeout=600.0),
    Task(name="feed.tidy_index", run=tidy_index, daily=time(3, 20), timeout=600.0),
    Task(name=actions.TELL, run=tell_notice),
    Task(name=actions.FORGET, run=forget),
    Task(name=broadcast.COPY, run=broadcast.copy, timeout=900),
    Task(name="feed.forget_comments", run=forget_comments, daily=time(3, 10)),
)
