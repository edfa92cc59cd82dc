"""What people agreed to: asked by purpose and by the version of the words, given and withdrawn, never overwritten."""

from __future__ import annotations

from typing import Any, Final

from cunli import db
from cunli.care.purposes import PURPOSES, hash_of
from cunli.clock import now
from cunli.notify.actions import tell
from cunli.trust.audit import audit

AT_ONCE: Final = 200


class NotToBeEnded(Exception):
    """Without this purpose there is no account; closing it is the way to end it."""


@db.unit
async def give(person_id: int, purpose: str, *, actor: int | None = None) -> None:
    """Agree to a purpose in its present words; `actor` is who agrees for somebody else. A second time changes nothing."""
    version = PURPOSES[purpose].version
    rows = await _last(person_id, purpose)
    if rows and rows[0]["given"] and rows[0]["version"] == version:
        return
    await _write(person_id, purpose, version, given=True)
    await audit(
        "core.consent.given",
        actor=actor or person_id,
        object=("consent", purpose),
        version=version,
        **_for(person_id, actor),
    )


def _for(person_id: int, actor: int | None) -> dict[str, Any]:
    return {} if actor is None else {"person": person_id}


@db.unit
async def withdraw(person_id: int, purpose: str, *, actor: int | None = None) -> None:
    """Take it back, and stop at once what rested on it. Raises `NotToBeEnded` for what the account itself rests on."""
    if PURPOSES[purpose].asked == "at the start":
        raise NotToBeEnded
    rows = await _last(person_id, purpose)
    if rows and not rows[0]["given"]:
        return
    version = rows[0]["version"] if rows else PURPOSES[purpose].version
    await _write(person_id, purpose, version, given=False)
    if purpose == "away":
        await db.write(
            "UPDATE core_membership SET away_city = '', away_since = NULL WHERE person_id = ? AND (away_city <> ''"
            " OR away_since IS NOT NULL)",
            person_id,
        )
    about = ("consent", purpose)
    await audit(
        "core.consent.withdrawn", actor=actor or person_id, object=about, version=version, **_for(person_id, actor)
    )


async def _last(person_id: int, purpose: str) -> list[db.Row]:
    rows: list[db.Row] = await db.read(
        "SELECT given, version FROM core_consent WHERE person_id = ? AND purpose = ? ORDER BY id DESC LIMIT 1",
        person_id,
        purpose,
    )
    return rows


async def _write(person_id: int, purpose: str, version: int, *, given: bool) -> None:
    await db.write(
        "INSERT INTO core_consent (person_id, purpose, version, text_hash, given, at) VALUES (?, ?, ?, ?, ?, ?)",
        person_id,
        purpose,
        version,
        hash_of(purpose, version),
        given,
        now(),
    )


@db.unit
async def ask_again() -> int:
    """Tell people who use the site and have not agreed in the present words, once for each version; how many."""
    purpose = PURPOSES["service"]
    once = f"consent:{purpose.id}:{purpose.version}"
    rows = await db.read(
        "SELECT DISTINCT s.person_id FROM core_session s JOIN core_person p ON p.id = s.person_id AND p.state = 'active'"
        " WHERE s.revoked_at IS NULL AND s.expires_at > ?"
        " AND NOT EXISTS (SELECT 1 FROM core_consent c WHERE c.person_id = s.person_id AND c.purpose = ? AND c.version = ?)"
        " AND NOT EXISTS (SELECT 1 FROM core_notification n WHERE n.person_id = s.person_id AND n.once = ?)"
        " ORDER BY s.person_id LIMIT ?",
        now(),
        purpose.id,
        purpose.version,
        once,
        AT_ONCE,
    )
    for row in rows:
        await tell(row["person_id"], "consent.asked", url="/me/consent", once=once)
    return len(rows)
