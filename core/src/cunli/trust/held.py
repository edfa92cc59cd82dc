"""What was held back before it was published: officials look at it, and publish it or refuse it. Told to the author, audited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cunli import db
from cunli.feed import holding, moderation, rules
from cunli.feed.actions import appear
from cunli.feed.answers import appear_below
from cunli.notify.actions import tell
from cunli.trust.audit import audit
from cunli.trust.reports import OwnContent, Reported, about_of

PAGE: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """One thing that waits, why, and since when."""

    key: str
    about: Reported
    at: datetime

    @property
    def reason(self) -> str:
        return self.about.comment.hidden_reason if self.about.comment else self.about.post.hidden_reason


async def waiting(village_id: int, kinds: Collection[str]) -> list[HeldCase]:
    """What waits in a village, the oldest first; nothing below posts of other kinds than these."""
    rows = await db.read(
        "SELECT key, object_kind, object_id, created_at FROM core_held WHERE village_id = ? AND state = 'open' ORDER BY id"
        " LIMIT 500",
        village_id,
    )
    found: list[HeldCase] = []
    for row in rows:
        about = await about_of(row["object_kind"], row["object_id"])
        if about is not None and about.state == rules.HELD and about.post.kind in kinds:
            found.append(HeldCase(key=row["key"], about=about, at=db.when(row["created_at"])))
        if len(found) == PAGE:
            break
    return found


async def case(key: str, village_id: int) -> Reported | None:
    """What one of them is; None when it does not wait any more."""
    rows = await db.read(
        "SELECT object_kind, object_id FROM core_held WHERE key = ? AND village_id = ? AND state = 'open'",
        key,
        village_id,
    )
    about = await about_of(rows[0]["object_kind"], rows[0]["object_id"]) if rows else None
    return about if about is not None and about.state == rules.HELD else None


@db.unit
async def approve(about: Reported, actor_id: int) -> None:
    """Publish it: counted, told and announced as if it had been written now. Raises `OwnContent` and `feed.actions.Gone`."""
    if about.author_id == actor_id:
        raise OwnContent
    if about.comment:
        await moderation.turn_comment(about.comment, rules.HELD, rules.VISIBLE, "")
        await appear_below(about.comment, about.post)
    else:
        await moderation.turn_post(about.post, rules.HELD, rules.VISIBLE, "")
        await appear(about.post)
    thing = (about.kind, about.id)
    await audit("content.approve", actor=actor_id, village=about.post.village_id, object=thing)
    await _tell(about, "approved")


@db.unit
async def refuse(about: Reported, actor_id: int, reason: str) -> None:
    """Do not publish it; its author reads the reason. Raises `OwnContent` and `feed.actions.Gone`."""
    if about.author_id == actor_id:
        raise OwnContent
    if about.comment:
        await moderation.turn_comment(about.comment, rules.HELD, rules.HIDDEN, reason)
    else:
        await moderation.turn_post(about.post, rules.HELD, rules.HIDDEN, reason)
    await holding.settle(about.kind, about.id, refused=True)
    thing = (about.kind, about.id)
    await audit("content.refuse", actor=actor_id, village=about.post.village_id, object=thing, reason=reason)
    await _tell(about, "refused", reason=reason)


async def _tell(about: Reported, what: str, **reason: str) -> None:
    village, plugin = about.post.village_id, about.post.plugin
    await tell(about.author_id, f"{about.kind}.{what}", village_id=village, url=about.url, plugin=plugin, **reason)
