"""What officials do with what others wrote: hide it with a reason that the author reads, and show it again. Audited."""

from __future__ import annotations

from cunli import db
from cunli.feed import rules
from cunli.feed.actions import Gone, count_posts
from cunli.feed.answers import note_turned
from cunli.feed.comments import CommentNow
from cunli.feed.events import PostChanged
from cunli.feed.queries import PostNow
from cunli.jobs import emit
from cunli.notify.actions import tell
from cunli.trust.audit import audit


@db.unit
async def hide_post(post: PostNow, actor_id: int, reason: str) -> None:
    """Take a post out of sight of everybody but its author and officials. Raises `Gone` when it is not visible."""
    await _turn_post(post, rules.VISIBLE, rules.HIDDEN, reason)
    await count_posts(post.village_id, -1)
    await audit("content.hide", actor=actor_id, village=post.village_id, object=("post", post.id), reason=reason)
    await tell(post.author_id, "post.hidden", village_id=post.village_id, url=post.url, reason=reason)


@db.unit
async def show_post(post: PostNow, actor_id: int) -> None:
    """Show a hidden post again."""
    await _turn_post(post, rules.HIDDEN, rules.VISIBLE, "")
    await count_posts(post.village_id, 1)
    await audit("content.show", actor=actor_id, village=post.village_id, object=("post", post.id))
    await tell(post.author_id, "post.shown", village_id=post.village_id, url=post.url)


async def _turn_post(post: PostNow, before: str, after: str, reason: str) -> None:
    turned = await db.write(
        "UPDATE core_post SET state = ?, hidden_reason = ?, version = version + 1 WHERE id = ? AND state = ?",
        after,
        reason,
        post.id,
        before,
    )
    if not turned:
        raise Gone
    await emit(PostChanged(village_id=post.village_id, post_id=post.id, state=after))


@db.unit
async def hide_comment(comment: CommentNow, post: PostNow, actor_id: int, reason: str) -> None:
    """Take a comment out of sight of everybody but its author and officials."""
    await _turn_comment(comment, rules.VISIBLE, rules.HIDDEN, reason, -1)
    await audit(
        "content.hide", actor=actor_id, village=comment.village_id, object=("comment", comment.id), reason=reason
    )
    url = f"{post.url}?c={comment.key}"
    await tell(comment.author_id, "comment.hidden", village_id=comment.village_id, url=url, reason=reason)


@db.unit
async def show_comment(comment: CommentNow, post: PostNow, actor_id: int) -> None:
    """Show a hidden comment again."""
    await _turn_comment(comment, rules.HIDDEN, rules.VISIBLE, "", 1)
    await audit("content.show", actor=actor_id, village=comment.village_id, object=("comment", comment.id))
    await tell(comment.author_id, "comment.shown", village_id=comment.village_id, url=f"{post.url}?c={comment.key}")


async def _turn_comment(comment: CommentNow, before: str, after: str, reason: str, by: int) -> None:
    turned = await db.write(
        "UPDATE core_comment SET state = ?, hidden_reason = ? WHERE id = ? AND state = ?",
        after,
        reason,
        comment.id,
        before,
    )
    if not turned:
        raise Gone
    await note_turned(comment.post_id, by)
