"""What officials do with what others wrote: hide it with a reason that the author reads, and show it again. Audited."""

from __future__ import annotations

from cunli import db
from cunli.feed import rules, search_index
from cunli.feed.actions import Gone, appear, count_posts
from cunli.feed.answers import appear_below, note_turned
from cunli.feed.comments import CommentNow
from cunli.feed.events import post_changed
from cunli.feed.queries import PostNow
from cunli.jobs import emit
from cunli.notify.actions import tell
from cunli.trust.audit import audit


@db.unit
async def hide_post(post: PostNow, actor_id: int, reason: str) -> None:
    """Take a post out of sight of everybody but its author and officials. Raises `Gone` when it changed meanwhile.

    One that is held because of reports is out of sight already.
    """
    await turn_post(post, _standing(post.state), rules.HIDDEN, reason)
    await emit(post_changed(post, rules.HIDDEN))
    if post.state == rules.VISIBLE:
        await count_posts(post.village_id, -1)
    await audit("content.hide", actor=actor_id, village=post.village_id, object=("post", post.id), reason=reason)
    await tell(
        post.author_id, "post.hidden", village_id=post.village_id, url=post.url, plugin=post.plugin, reason=reason
    )


@db.unit
async def show_post(post: PostNow, actor_id: int) -> None:
    """Show a hidden post again."""
    await turn_post(post, rules.HIDDEN, rules.VISIBLE, "")
    await appear(post)
    await audit("content.show", actor=actor_id, village=post.village_id, object=("post", post.id))
    await tell(post.author_id, "post.shown", village_id=post.village_id, url=post.url, plugin=post.plugin)


def _standing(state: str) -> str:
    return rules.HELD if state == rules.HELD else rules.VISIBLE


async def turn_post(post: PostNow, before: str, after: str, reason: str) -> None:
    """Part of a unit. Raises `Gone` when it is not (any more) what it was."""
    turned = await db.write(
        "UPDATE core_post SET state = ?, hidden_reason = ?, version = version + 1 WHERE id = ? AND state = ?",
        after,
        reason,
        post.id,
        before,
    )
    if not turned:
        raise Gone
    await search_index.index(post.id)


@db.unit
async def hide_comment(comment: CommentNow, post: PostNow, actor_id: int, reason: str) -> None:
    """Take a comment out of sight of everybody but its author and officials."""
    await turn_comment(comment, _standing(comment.state), rules.HIDDEN, reason)
    if comment.state == rules.VISIBLE:
        await note_turned(comment.post_id, -1)
    await audit(
        "content.hide", actor=actor_id, village=comment.village_id, object=("comment", comment.id), reason=reason
    )
    url = f"{post.url}?c={comment.key}"
    await tell(
        comment.author_id, "comment.hidden", village_id=comment.village_id, url=url, plugin=post.plugin, reason=reason
    )


@db.unit
async def show_comment(comment: CommentNow, post: PostNow, actor_id: int) -> None:
    """Show a hidden comment again."""
    await turn_comment(comment, rules.HIDDEN, rules.VISIBLE, "")
    await appear_below(comment, post)
    await audit("content.show", actor=actor_id, village=comment.village_id, object=("comment", comment.id))
    url = f"{post.url}?c={comment.key}"
    await tell(comment.author_id, "comment.shown", village_id=comment.village_id, url=url, plugin=post.plugin)


async def turn_comment(comment: CommentNow, before: str, after: str, reason: str) -> None:
    """Part of a unit. Raises `Gone` when it is not (any more) what it was."""
    turned = await db.write(
        "UPDATE core_comment SET state = ?, hidden_reason = ? WHERE id = ? AND state = ?",
        after,
        reason,
        comment.id,
        before,
    )
    if not turned:
        raise Gone
    await search_index.index_comment(comment.id)


async def put_back(post: PostNow, comment: CommentNow | None, state: str, reason: str) -> None:
    """Part of a unit: give something the state that it had before a decision. Counters and listeners follow.

    Raises `Gone` when it is not (any more) as it was read.
    """
    if comment is not None:
        await turn_comment(comment, comment.state, state, "" if state == rules.VISIBLE else reason)
        seen = (state == rules.VISIBLE) - (comment.state == rules.VISIBLE)
        if seen:
            await note_turned(comment.post_id, seen)
        return
    await turn_post(post, post.state, state, "" if state == rules.VISIBLE else reason)
    seen = (state == rules.VISIBLE) - (post.state == rules.VISIBLE)
    if seen:
        await count_posts(post.village_id, seen)
        await emit(post_changed(post, state))


@db.unit
async def hold_reported(post: PostNow, comment: CommentNow | None, reason: str, times: int) -> None:
    """Take something out of sight that many reported, until an official has looked at it. Told to its author, audited."""
    await put_back(post, comment, rules.HELD, reason)
    kind, of = ("comment", comment) if comment is not None else ("post", post)
    url = f"{post.url}?c={of.key}" if comment is not None else post.url
    await audit("content.reported_away", by="system", village=post.village_id, object=(kind, of.id), reports=times)
    await tell(of.author_id, f"{kind}.waits", village_id=post.village_id, url=url, plugin=post.plugin)
