"""What people do with comments: write, reply, delete, take back. The post's count of visible comments moves along."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cunli import db
from cunli.clock import now
from cunli.feed import holding, queries, rules, search_index
from cunli.feed.actions import EXCERPT, Gone, slow_down
from cunli.feed.comments import CommentNow
from cunli.feed.events import CommentPublished
from cunli.feed.models import Comment
from cunli.feed.queries import PostNow
from cunli.feed.words import one_line
from cunli.jobs import emit
from cunli.notify.actions import tell
from cunli.places import activity
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow


@db.unit
async def comment(
    post: PostNow,
    author_id: int,
    body: str,
    answered: CommentNow | None = None,
    *,
    held: str = "",
    village: VillageNow | None = None,
) -> str:
    """Comment on a post, or reply to one of its comments; returns the key. Raises `Gone` and `TooFast`.

    `held` says why an official of `village` is to look at it first.
    """
    await slow_down("core_comment", author_id, rules.COMMENTS_PER_HOUR)
    if answered is not None and (answered.post_id != post.id or answered.state != rules.VISIBLE):
        raise Gone
    await count_comments(post.id, 0 if held else 1)
    row = await Comment.create(
        key=new_key(),
        village_id=post.village_id,
        post_id=post.id,
        parent_id=(answered.parent_id or answered.id) if answered else None,
        reply_to_id=answered.author_id if answered else None,
        author_id=author_id,
        body=body,
        state=rules.HELD if held else rules.VISIBLE,
        hidden_reason=held[: rules.REASON_MAX],
        created_at=now(),
    )
    await search_index.index_comment(row.id)
    if held and village is not None:
        await holding.hold(village, "comment", row.id, author_id=author_id, published=False, plugin=post.plugin)
    else:
        answered_id = answered.author_id if answered else 0
        await _stands(post, row.id, row.key, author_id, body, answered_id, row.created_at)
    return row.key


async def _stands(
    post: PostNow, comment_id: int, key: str, author_id: int, body: str, answered_id: int, at: datetime
) -> None:
    """Others see it from now on: tell whom it concerns. `answered_id` is the author of the comment that it answers, or 0."""
    await activity.note(post.village_id, "comments", at)
    await _tell(post, comment_id, key, author_id, body, answered_id)
    await emit(
        CommentPublished(village_id=post.village_id, post_id=post.id, comment_id=comment_id, author_id=author_id)
    )


async def appear_below(comment: CommentNow, post: PostNow) -> None:
    """Inside a unit that made a held or hidden comment visible: count it, and say so if nobody knew of it before."""
    await note_turned(comment.post_id, 1)
    if await holding.never_stood("comment", comment.id):
        await _stands(
            post, comment.id, comment.key, comment.author_id, comment.body, comment.reply_to_id or 0, comment.created_at
        )
    await holding.settle("comment", comment.id, refused=False)


async def count_comments(post_id: int, by: int) -> None:
    """Move the post's number of visible comments, inside the unit of the act. Raises `Gone` when it is not visible."""
    if not await db.write(
        "UPDATE core_post SET comment_count = comment_count + ? WHERE id = ? AND state = 'visible'", by, post_id
    ):
        raise Gone


async def _tell(post: PostNow, comment_id: int, key: str, author_id: int, body: str, answered_id: int) -> None:
    receivers: dict[int, str] = {}
    if post.author_id != author_id:
        receivers[post.author_id] = "post.commented"
    if answered_id and answered_id != author_id:
        who = await queries.reader_by_id(answered_id)
        if rules.may_see(post.sight, who):  # whoever has left the village since is not told what is said there
            receivers[answered_id] = "comment.replied"
    for person_id, kind in receivers.items():
        await tell(
            person_id,
            kind,
            village_id=post.village_id,
            url=f"{post.url}?c={key}",
            once=f"comment:{comment_id}",
            plugin=post.plugin,
            by=author_id,
            excerpt=one_line(body, EXCERPT),
        )


@db.unit
async def delete_comment(comment: CommentNow) -> None:
    """Delete one's own comment; replies below it stay."""
    gone = await db.write(
        "UPDATE core_comment SET state = 'deleted', deleted_at = ? WHERE id = ? AND state = ?",
        now(),
        comment.id,
        comment.state,
    )
    if not gone:
        raise Gone
    await search_index.index_comment(comment.id)
    if comment.state == rules.VISIBLE:
        await note_turned(comment.post_id, -1)


@db.unit
async def restore_comment(comment: CommentNow) -> None:
    """Take the deletion of one's comment back. Raises `Gone` after ten minutes."""
    if comment.state != rules.DELETED or not rules.can_undo(comment.deleted_at, now()):
        raise Gone
    state = await holding.before_deletion("comment", comment.id, comment.hidden_reason)
    if not await db.write(
        "UPDATE core_comment SET state = ?, deleted_at = NULL WHERE id = ? AND state = 'deleted'", state, comment.id
    ):
        raise Gone
    await search_index.index_comment(comment.id)
    if state == rules.VISIBLE:
        await note_turned(comment.post_id, 1)


async def note_turned(post_id: int, by: int) -> None:
    """A comment that stood there is gone, or is back: other words under the same number of comments."""
    await db.write(
        "UPDATE core_post SET comment_count = comment_count + ?, answers_version = answers_version + 1 WHERE id = ?",
        by,
        post_id,
    )


@db.unit
async def forget_comments(before_hours: int = 24) -> int:
    """Remove the words of comments that were deleted long enough ago; how many there were."""
    return await db.write(
        "UPDATE core_comment SET body = '' WHERE state = 'deleted' AND body <> '' AND deleted_at < ?",
        now() - timedelta(hours=before_hours),
    )
