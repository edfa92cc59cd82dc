"""Telling people, and their reading of it. The unread count is a column of the person, kept in the same unit."""

from __future__ import annotations

import json
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.jobs.outbox import emit
from cunli.notify import channels
from cunli.notify.events import PersonTold, VillageTold

INSERT: Final = (
    "INSERT INTO core_notification (person_id, village_id, kind, plugin, params, url, once, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (person_id, once) DO NOTHING"
)
CHUNK: Final = 500


@db.unit
async def tell(
    person_id: int,
    kind: str,
    *,
    village_id: int | None = None,
    url: str,
    once: str | None = None,
    plugin: str = "",
    **params: str | int,
) -> bool:
    """Put a message into a person's inbox. `by=<person id>` names who did it; `once` makes a repeat of the same fact silent.

    `plugin` is the one whose entry it is about: where that is off, the message is not shown.

    `params` hold no personal data beyond what the receiver may read; words are made when the message is read.
    """
    values = json.dumps(params, ensure_ascii=False, separators=(",", ":"))
    rows = await db.read(f"{INSERT} RETURNING id", person_id, village_id, kind, plugin, values, url, once, now())
    if not rows:
        return False
    if not await db.write(
        "UPDATE core_person SET unread_count = unread_count + 1 WHERE id = ? AND state <> 'closed'", person_id
    ):
        await db.write("DELETE FROM core_notification WHERE id = ?", rows[0]["id"])  # nobody is there to be told
        return False
    await emit(PersonTold(village_id=village_id, notification_id=rows[0]["id"], person_id=person_id, about=kind))
    await channels.carry([rows[0]["id"]], village_id=village_id)
    return True


@db.unit
async def tell_village(kind: str, *, village_id: int, url: str, once: str, but: int, **params: str | int) -> int:
    """Put a message into the inbox of every verified person of a village except `but`; how many there were.

    `once` is required: the whole may run twice and tells everybody once.
    """
    values = json.dumps(params, ensure_ascii=False, separators=(",", ":"))
    rows = await db.read(
        "SELECT m.person_id FROM core_membership m WHERE m.village_id = ? AND m.state = 'verified' AND m.person_id <> ?"
        " AND NOT EXISTS (SELECT 1 FROM core_notification n WHERE n.person_id = m.person_id AND n.once = ?) ORDER BY m.person_id",
        village_id,
        but,
        once,
    )
    reached = [row["person_id"] for row in rows]
    moment = now()
    for start in range(0, len(reached), CHUNK):
        part = reached[start : start + CHUNK]
        await db.write_many(INSERT, [(person, village_id, kind, "", values, url, once, moment) for person in part])
        await db.write(f"UPDATE core_person SET unread_count = unread_count + 1 WHERE id IN ({db.marks(part)})", *part)  # noqa: S608 constants and placeholders
        if channels.any_used():
            told = await db.read(
                f"SELECT id FROM core_notification WHERE once = ? AND person_id IN ({db.marks(part)}) ORDER BY id",  # noqa: S608 constants and placeholders
                once,
                *part,
            )
            await channels.carry([row["id"] for row in told], village_id=village_id)
    if reached:
        await emit(VillageTold(village_id=village_id, about=kind))
    return len(reached)


@db.unit
async def mark_read(notification_id: int, person_id: int) -> None:
    """Note that somebody opened one of their messages. Twice is once."""
    fresh = await db.write(
        "UPDATE core_notification SET read_at = ? WHERE id = ? AND person_id = ? AND read_at IS NULL",
        now(),
        notification_id,
        person_id,
    )
    if fresh:
        await _less(person_id, fresh)


@db.unit
async def mark_all_read(person_id: int, up_to: int) -> None:
    """Note that somebody has seen everything up to this message; what came in since stays unread."""
    fresh = await db.write(
        "UPDATE core_notification SET read_at = ? WHERE person_id = ? AND id <= ? AND read_at IS NULL",
        now(),
        person_id,
        up_to,
    )
    if fresh:
        await _less(person_id, fresh)


async def _less(person_id: int, count: int) -> None:
    await db.write(
        "UPDATE core_person SET unread_count = CASE WHEN unread_count > ? THEN unread_count - ? ELSE 0 END WHERE id = ?",
        count,
        count,
        person_id,
    )


@db.unit
async def recount(person_id: int) -> None:
    """Set the unread count to what the inbox says. For the nightly check of counters."""
    await db.write(
        "UPDATE core_person SET unread_count ="
        " (SELECT COUNT(*) FROM core_notification n WHERE n.person_id = core_person.id AND n.read_at IS NULL) WHERE id = ?",
        person_id,
    )
