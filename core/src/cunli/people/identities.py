"""Who of the services that sign people in is whom here: one subject is one person's, and a person has one for each way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.notify.actions import tell
from cunli.people import accounts
from cunli.people.accounts import ACTIVE, Browser, WrongSignIn
from cunli.people.personal import ADDRESS, SUBJECT
from cunli.people.sessions import begin_session
from cunli.people.sign_in_ways import Subject
from cunli.trust.audit import audit
from cunli.trust.numbers import Phone
from cunli.web.tokens import new_key

KEPT: Final = timedelta(days=1)


class Taken(Exception):
    """The subject is another person's, or the person has another subject of this way. Two accounts are never made one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A way by which a person signs in, as they see it."""

    id: int
    way: str
    created_at: datetime
    last_used_at: datetime


async def owner_of(way: str, subject: Subject) -> int | None:
    """The person whose subject this is."""
    indexes = SUBJECT.indexes(f"{way}\x00{subject.id}")
    rows = await db.read(
        f"SELECT person_id FROM core_identity WHERE way = ? AND subject_index IN ({db.marks(indexes)})",  # noqa: S608 marks only
        way,
        *indexes,
    )
    return int(rows[0]["person_id"]) if rows else None


@db.unit
async def sign_in(way: str, subject: Subject, browser: Browser) -> str:
    """The token of a new session of the subject's person. Raises `LookupError` for a new subject, `WrongSignIn` for a stopped account."""
    person_id = await owner_of(way, subject)
    if person_id is None:
        raise LookupError(way)
    rows = await db.read("SELECT state FROM core_person WHERE id = ?", person_id)
    if rows[0]["state"] != ACTIVE:
        raise WrongSignIn
    await _reached(person_id, way, subject)
    return await begin_session(person_id, device=browser.device, instead_of=browser.token)


async def link_by_phone(way: str, subject: Subject, phone: Phone, browser: Browser) -> str:
    """After a code on `phone`: the subject belongs to the account of that number, which is made where there is none; a session's token.

    Raises `Taken`, and `WrongSignIn` for a stopped account.
    """
    return await db.run_unit(_link_by_phone, way, subject, phone, browser)


async def _link_by_phone(way: str, subject: Subject, phone: Phone, browser: Browser) -> str:
    person_id = await accounts.active_or_new(phone)
    await link(person_id, way, subject)
    return await begin_session(person_id, device=browser.device, instead_of=browser.token)


@db.unit
async def link(person_id: int, way: str, subject: Subject) -> None:
    """Note that the subject is this person's, who has proved it, and tell them. Again is once. Raises `Taken`."""
    key, moment = new_key(), now()
    made = await db.write(
        "INSERT INTO core_identity (key, person_id, way, subject_index, address, created_at, last_used_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        key,
        person_id,
        way,
        SUBJECT.index(f"{way}\x00{subject.id}"),
        ADDRESS.seal(subject.address, key),
        moment,
        moment,
    )
    if not made:
        if await owner_of(way, subject) != person_id:
            raise Taken
        await _reached(person_id, way, subject)
        return
    await audit("core.identity.linked", actor=person_id, object=("person", person_id), way=way)
    await tell(person_id, "identity.linked", url="/me/security", way=way)


async def _reached(person_id: int, way: str, subject: Subject) -> None:
    """Note that the way was used, and the address: who began on a desk has none before the phone comes."""
    rows = await db.read("SELECT key FROM core_identity WHERE way = ? AND person_id = ?", way, person_id)
    await db.write("UPDATE core_identity SET last_used_at = ? WHERE way = ? AND person_id = ?", now(), way, person_id)
    if subject.address:
        sealed = ADDRESS.seal(subject.address, rows[0]["key"])
        await db.write("UPDATE core_identity SET address = ? WHERE way = ? AND person_id = ?", sealed, way, person_id)


async def address_of(person_id: int, way: str) -> str | None:
    """Where a message through this service reaches the person; None where it does not."""
    rows = await db.read("SELECT key, address FROM core_identity WHERE person_id = ? AND way = ?", person_id, way)
    return ADDRESS.open(rows[0]["address"], rows[0]["key"]) or None if rows else None


@db.unit
async def unlink(person_id: int, identity_id: int) -> bool:
    """Forget a way of signing in; False when it is not this person's."""
    gone = await db.write("DELETE FROM core_identity WHERE id = ? AND person_id = ?", identity_id, person_id)
    if gone:
        await audit("core.identity.unlinked", actor=person_id, object=("person", person_id))
    return bool(gone)


async def identities_of(person_id: int) -> list[Identity]:
    """The ways by which a person signs in."""
    rows = await db.read(
        "SELECT id, way, created_at, last_used_at FROM core_identity WHERE person_id = ? ORDER BY id", person_id
    )
    return [
        Identity(
            id=row["id"],
            way=row["way"],
            created_at=db.when(row["created_at"]),
            last_used_at=db.when(row["last_used_at"]),
        )
        for row in rows
    ]


@db.unit
async def sweep() -> int:
    """Forget states that came back; they could not come back again anyway."""
    return await db.write("DELETE FROM core_spent_state WHERE at < ?", now() - KEPT)
