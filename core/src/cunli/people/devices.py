"""A person's own devices: the list of where they are signed in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cunli import db
from cunli.clock import now
from cunli.people import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """One of a person's signed-in devices, for the list they see."""

    id: int
    device: str
    created_at: datetime
    last_seen_at: datetime


async def own_sessions(person_id: int, kinds: Collection[str]) -> list[OwnSession]:
    """The person's live sessions, the latest used first."""
    rows = await db.read(
        "SELECT id, device, created_at, last_seen_at, expires_at FROM core_session WHERE person_id = ? AND revoked_at IS NULL"
        " ORDER BY last_seen_at DESC, id DESC",
        person_id,
    )
    moment = now()
    return [
        OwnSession(
            id=r["id"], device=r["device"], created_at=db.when(r["created_at"]), last_seen_at=db.when(r["last_seen_at"])
        )
        for r in rows
        if db.when(r["expires_at"]) > moment and not rules.is_rested(db.when(r["last_seen_at"]), moment, kinds)
    ]
