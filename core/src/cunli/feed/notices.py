"""Notices and who has read them. A household counts as reached with the first receipt of anybody in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cunli import db
from cunli.clock import now
from cunli.deid.gate import record_basis
from cunli.feed import actions, rules
from cunli.feed.actions import Gone
from cunli.feed.events import post_changed
from cunli.feed.queries import PostNow
from cunli.jobs import emit
from cunli.places.queries import HouseholdNow, households_of
from cunli.trust.audit import audit
from cunli.trust.personal import reveal

if TYPE_CHECKING:
    from cunli.feed.review import Looked
    from cunli.places.queries import VillageNow

WAYS: Final = ("phone", "visit")


@db.unit
async def publish_notice(village: VillageNow, author_id: int, looked: Looked, *, key: str = "") -> str:
    """Publish a notice in the name of the village; returns its key. Everybody verified is told, outside this unit.

    `key` as in `actions.publish`.
    """
    written = looked.written
    key = await actions.publish(village, author_id, written, held=looked.held, key=key)
    rows = await db.read("SELECT id FROM core_post WHERE key = ?", key)
    about = ("post", rows[0]["id"])
    await audit("notice.publish", actor=author_id, village=village.id, object=about, pinned=written.pinned)
    await record_basis(looked.basis, actor=author_id, village=village.id, about=about)
    return key


@db.unit
async def edit_notice(post: PostNow, village: VillageNow, actor_id: int, looked: Looked) -> None:
    """Change a notice. Raises `Gone` when it changed meanwhile."""
    await actions.edit(post, village, looked.written, held=looked.held)
    about = ("post", post.id)
    await audit("notice.edit", actor=actor_id, village=village.id, object=about)
    await record_basis(looked.basis, actor=actor_id, village=village.id, about=about)


@db.unit
async def pin(post: PostNow, actor_id: int, *, pinned: bool) -> None:
    """Put a notice on top of the village page, or take it down."""
    changed = await db.write(
        "UPDATE core_post SET pinned = ?, pinned_until = NULL, version = version + 1"
        " WHERE id = ? AND kind = 'notice' AND state = 'visible'",
        pinned,
        post.id,
    )
    if not changed:
        raise Gone
    await audit(
        "notice.pin" if pinned else "notice.unpin", actor=actor_id, village=post.village_id, object=("post", post.id)
    )
    await emit(post_changed(post, rules.VISIBLE))


@db.unit
async def receipt(post: PostNow, person_id: int, household_id: int | None) -> None:
    """Note that somebody says they read a notice. Twice is once."""
    fresh = await db.write(
        "INSERT INTO core_notice_receipt (village_id, post_id, person_id, household_id, how, at) VALUES (?, ?, ?, ?, 'online', ?)"
        " ON CONFLICT (post_id, person_id) DO NOTHING",
        post.village_id,
        post.id,
        person_id,
        household_id,
        now(),
    )
    if fresh:
        # the row of the post is locked from here on, so that two of one household are counted one after the other
        await db.write("UPDATE core_post SET read_count = read_count + 1 WHERE id = ?", post.id)
        await _recount(post.id)


@db.unit
async def told(post: PostNow, household_id: int, actor_id: int, how: str) -> None:
    """Note that an official told a household by phone or at the door."""
    if how not in WAYS:
        raise ValueError(how)
    await db.write("UPDATE core_post SET version = version WHERE id = ?", post.id)  # the lock, as above
    rows = await db.read(
        "SELECT 1 FROM core_notice_receipt WHERE post_id = ? AND household_id = ?", post.id, household_id
    )
    if rows:
        return
    await db.write(
        "INSERT INTO core_notice_receipt (village_id, post_id, household_id, told_by_id, how, at) VALUES (?, ?, ?, ?, ?, ?)",
        post.village_id,
        post.id,
        household_id,
        actor_id,
        how,
        now(),
    )
    await _recount(post.id)
    await audit(
        "notice.told",
        actor=actor_id,
        village=post.village_id,
        object=("post", post.id),
        household=household_id,
        how=how,
    )


@db.unit
async def not_told(post: PostNow, household_id: int, actor_id: int) -> None:
    """Take a note back that was made by mistake; what people said themselves stays."""
    await db.write("UPDATE core_post SET version = version WHERE id = ?", post.id)
    gone = await db.write(
        "DELETE FROM core_notice_receipt WHERE post_id = ? AND household_id = ? AND person_id IS NULL",
        post.id,
        household_id,
    )
    if gone:
        await _recount(post.id)
        await audit(
            "notice.not_told", actor=actor_id, village=post.village_id, object=("post", post.id), household=household_id
        )


async def _recount(post_id: int) -> None:
    await db.write(
        "UPDATE core_post SET reached_count = (SELECT COUNT(DISTINCT r.household_id) FROM core_notice_receipt r"
        " WHERE r.post_id = core_post.id) WHERE id = ?",
        post_id,
    )


@db.unit
async def names_for_export(
    post: PostNow, households: Sequence[HouseholdNow], actor_id: int, *, full: bool
) -> list[str]:
    """The heads' names for a list that leaves the house, together with the record that it did."""
    await audit(
        "notice.export", actor=actor_id, village=post.village_id, object=("post", post.id), rows=len(households)
    )
    if not full:
        return [str(household.head) for household in households]
    heads = [household.head for household in households]
    return list(await reveal(*heads, actor=actor_id, village=post.village_id, object=("post", post.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdReached:
    """A household of the register and the first receipt of a notice in it."""

    household: HouseholdNow
    how: str = ""
    at: datetime | None = None

    @property
    def reached(self) -> bool:
        return bool(self.how)


async def households_reached(post: PostNow) -> list[HouseholdReached]:
    """Every household of the register, with the first receipt of this notice. Two queries whatever the size."""
    rows = await db.read(
        "SELECT household_id, how, at FROM core_notice_receipt WHERE post_id = ? AND household_id IS NOT NULL ORDER BY id",
        post.id,
    )
    first: dict[int, tuple[str, datetime]] = {}
    for row in rows:
        first.setdefault(row["household_id"], (row["how"], db.when(row["at"])))
    found: list[HouseholdReached] = []
    for household in await households_of(post.village_id):
        how, at = first.get(household.id, ("", None))
        found.append(HouseholdReached(household=household, how=how, at=at))
    return found


async def has_read(post_id: int, person_id: int) -> bool:
    """Whether this person said they read the notice."""
    return bool(
        await db.read("SELECT 1 FROM core_notice_receipt WHERE post_id = ? AND person_id = ?", post_id, person_id)
    )


async def notices_of(village_id: int, *, public_only: bool, before: str = "", most: int = 20) -> list[int]:
    """Ids of the village's notices, newest first."""
    audience = " AND p.audience = 'public'" if public_only else ""
    older = " AND p.id < (SELECT b.id FROM core_post b WHERE b.key = ?)" if before else ""
    rows = await db.read(
        f"SELECT p.id FROM core_post p WHERE p.village_id = ? AND p.kind = 'notice' AND p.state = 'visible'{audience}{older}"  # noqa: S608 constants and placeholders
        " ORDER BY p.id DESC LIMIT ?",
        village_id,
        *([before] if before else []),
        most,
    )
    return [row["id"] for row in rows]
