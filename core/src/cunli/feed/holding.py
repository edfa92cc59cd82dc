"""Holding back what somebody wants to publish until an official has looked at it. Each function is part of its caller's unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cunli import db
from cunli.clock import now
from cunli.feed import rules
from cunli.notify.actions import tell
from cunli.reviewing import cases
from cunli.reviewing.rules import HELD
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow


async def hold(
    village: VillageNow, kind: str, object_id: int, *, author_id: int, published: bool, plugin: str = ""
) -> None:
    """Put a post or comment on the list of what waits, and tell those who look after the village.

    `published`: it stands there already, and it is an edit that is held.
    """
    key = new_key()
    await db.write(
        "INSERT INTO core_held (key, village_id, object_kind, object_id, published, state, created_at)"
        " VALUES (?, ?, ?, ?, ?, 'open', ?)"
        " ON CONFLICT (object_kind, object_id) DO UPDATE SET key = excluded.key, state = 'open', created_at = excluded.created_at",
        key,
        village.id,
        kind,
        object_id,
        published,
        now(),
    )
    thing = (kind, object_id)
    await cases.opened(HELD, thing, author_id=author_id, village_id=village.id, chain=village.chain, rule="before")
    for admin in await cases.reviewers(village.chain, but=author_id):
        url = "/admin/review"
        await tell(admin, "content.held", village_id=village.id, url=url, once=f"held:{key}", plugin=plugin)


async def before_deletion(kind: str, object_id: int, hidden_reason: str) -> str:
    """What state something goes back to when its deletion is taken back."""
    rows = await db.read("SELECT state FROM core_held WHERE object_kind = ? AND object_id = ?", kind, object_id)
    if rows and rows[0]["state"] == "open":
        return rules.HELD
    return rules.HIDDEN if hidden_reason else rules.VISIBLE


async def never_stood(kind: str, object_id: int) -> bool:
    """Whether nobody but its author and officials has ever been shown this: it was held or refused from the beginning."""
    rows = await db.read("SELECT published FROM core_held WHERE object_kind = ? AND object_id = ?", kind, object_id)
    return bool(rows) and not rows[0]["published"]


async def settle(kind: str, object_id: int, *, refused: bool) -> None:
    """Take it off the list of what waits."""
    if refused:
        await db.write(
            "UPDATE core_held SET state = 'refused' WHERE object_kind = ? AND object_id = ?", kind, object_id
        )
    else:
        await db.write("DELETE FROM core_held WHERE object_kind = ? AND object_id = ?", kind, object_id)


async def waits(kind: str, object_id: int) -> bool:
    """Whether it is on the list of what waits to be published."""
    rows = await db.read(
        "SELECT 1 FROM core_held WHERE object_kind = ? AND object_id = ? AND state = 'open'", kind, object_id
    )
    return bool(rows)


async def wait_again(kind: str, object_id: int, *, published: bool) -> None:
    """A decision was taken back: it waits once more. `published`: others have seen it meanwhile."""
    await db.write(
        "INSERT INTO core_held (key, village_id, object_kind, object_id, published, state, created_at)"
        " SELECT ?, c.village_id, c.object_kind, c.object_id, ?, 'open', ? FROM core_review_case c WHERE c.open_key = ?"
        " ON CONFLICT (object_kind, object_id) DO UPDATE SET state = 'open'",
        new_key(),
        published,
        now(),
        cases.open_key(HELD, (kind, object_id)),
    )
