"""Freezing: what a law says must be kept is only stored, and used for nothing, until its day has come (PIPL 47)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cunli import db
from cunli.clock import now, today
from cunli.people import sessions
from cunli.trust.audit import By, audit


class NoHold(Exception):
    """Nothing is held back for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldNow:
    """What is held back: by which law, why, until when."""

    law: str
    reason: str
    until: date


@db.unit
async def place(person_id: int, *, law: str, reason: str, until: date, by: By = "command") -> None:
    """Hold back the erasure of what is held about somebody until the end of a day.

    The account goes on; once its owner closes it, it is frozen instead of erased, and erased when the day has passed.
    """
    await db.write(
        "INSERT INTO core_hold (person_id, law, reason, until, placed_at) VALUES (?, ?, ?, ?, ?)",
        person_id,
        law,
        reason,
        until,
        now(),
    )
    await audit("core.hold.placed", by=by, object=("person", person_id), law=law, until=until.isoformat())


@db.unit
async def release(person_id: int, *, by: By = "command") -> None:
    """End every hold of somebody before its day. Raises `NoHold`."""
    if not await db.write(
        "UPDATE core_hold SET ended_at = ? WHERE person_id = ? AND ended_at IS NULL", now(), person_id
    ):
        raise NoHold
    await audit("core.hold.released", by=by, object=("person", person_id))


async def held(person_id: int) -> list[HoldNow]:
    """What is held back for somebody today."""
    rows = await db.read(
        "SELECT law, reason, until FROM core_hold WHERE person_id = ? AND ended_at IS NULL AND until >= ? ORDER BY until",
        person_id,
        today(),
    )
    return [HoldNow(law=row["law"], reason=row["reason"], until=_day(row["until"])) for row in rows]


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


@db.unit
async def freeze_due() -> int:
    """Freeze accounts that are to be closed and may not be erased yet: nobody signs in, nothing is told, nothing is found; how many."""
    rows = await db.read(
        "SELECT e.person_id FROM core_erasure e JOIN core_person p ON p.id = e.person_id AND p.state = 'active'"
        " WHERE e.state = 'waiting' AND e.due_at <= ?"
        " AND EXISTS (SELECT 1 FROM core_hold h WHERE h.person_id = e.person_id AND h.ended_at IS NULL AND h.until >= ?)"
        " AND NOT EXISTS (SELECT 1 FROM core_role r WHERE r.person_id = e.person_id AND r.revoked_at IS NULL)"
        " ORDER BY e.person_id LIMIT 200",
        now(),
        today(),
    )
    for row in rows:
        await db.write("UPDATE core_person SET state = 'frozen' WHERE id = ?", row["person_id"])
        await sessions.end_sessions(row["person_id"])
        await audit("core.person.frozen", by="system", object=("person", row["person_id"]))
    return len(rows)
