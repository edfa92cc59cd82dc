"""What the feed tells the rest of the house and plugins, after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cunli.jobs.events import Event

if TYPE_CHECKING:
    from cunli.feed.queries import PostNow


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPublished(Event):
    """A post or notice was published."""

    kind: ClassVar[str] = "core.post.published"
    post_id: int
    """The post."""
    author_id: int
    """The person who wrote it."""
    post_kind: str
    """`post`, or `notice` for one of an official that is pinned."""
    audience: str
    """Who may read it: `village`, `township`, `county` or `public`."""
    post_key: str = ""
    """Its key: for an entry what `publish_entry` returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChanged(Event):
    """A post was edited, deleted, hidden or brought back; `state` is what it is now.

    Nothing is said of what was refused or deleted before anybody saw it, but for an entry: its plugin hears of that, too.
    """

    kind: ClassVar[str] = "core.post.changed"
    post_id: int
    """The post."""
    state: str
    """What it is now: `visible`, `held`, `hidden` or `deleted`."""
    post_key: str = ""
    """Its key: for an entry what `publish_entry` returned."""
    post_kind: str = ""
    """As in `PostPublished`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPublished(Event):
    """Somebody commented on a post."""

    kind: ClassVar[str] = "core.comment.published"
    post_id: int
    """The post under which it stands."""
    comment_id: int
    """The comment."""
    author_id: int
    """The person who wrote it."""


def post_changed(post: PostNow, state: str) -> PostChanged:
    """That this post is now so."""
    return PostChanged(village_id=post.village_id, post_id=post.id, state=state, post_key=post.key, post_kind=post.kind)
