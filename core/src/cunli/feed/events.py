"""What the feed tells the rest of the house and plugins, after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli.jobs.events import Event


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChanged(Event):
    """A post was edited, deleted, hidden or brought back; `state` is what it is now."""

    kind: ClassVar[str] = "core.post.changed"
    post_id: int
    """The post."""
    state: str
    """What it is now: `visible`, `hidden` or `deleted`."""


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
