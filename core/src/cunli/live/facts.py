"""What the events of the log are about, for live updates: topics, and what is needed to ask for each listener's sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cunli import db
from cunli.feed import queries as feed
from cunli.feed.events import CommentPublished, PostChanged, PostPublished
from cunli.feed.queries import PostNow
from cunli.live.hub import Told
from cunli.notify.events import PersonTold, VillageTold

KINDS: Final = tuple(event.kind for event in (PostPublished, PostChanged, CommentPublished, PersonTold, VillageTold))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Read once for all listeners: the post as it stands now."""

    post: PostNow | None = None


async def about(told: Told) -> tuple[frozenset[str], Fact]:
    """The topics of an event: `r<region>` where a post is shown, `p<post>`, `n<person>`, `v<village>`."""
    if told.kind == PersonTold.kind:
        return frozenset({f"n{told.facts['person_id']}"}), Fact()
    if told.kind == VillageTold.kind:
        return frozenset({f"v{told.village_id}"}), Fact()
    post = await feed.post_by_id(int(told.facts["post_id"]))
    if post is None:
        return frozenset(), Fact()
    topics = {f"p{post.id}"}
    if told.kind == PostPublished.kind:
        topics.add(f"r{post.region_id}")
    return frozenset(topics), Fact(post=post)


async def unread(person_id: int) -> int:
    """How many messages somebody has not read."""
    rows = await db.read("SELECT unread_count FROM core_person WHERE id = ?", person_id)
    return int(rows[0]["unread_count"]) if rows else 0
