"""Officials' e-mail addresses: confirmed by a code, sealed, used only for the topics that their owner chose, and only in office."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.notify.actions import tell
from cunli.notify.topics import TOPICS, topic_of
from cunli.trust.audit import audit
from cunli.trust.secrets import SealedSecret
from cunli.web.tokens import new_key

ADDRESS: Final = SealedSecret("core_mail_address", "address")
CODE_LIFE: Final = timedelta(minutes=30)
TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MailNow:
    """Somebody's address as they see it."""

    address: str
    confirmed: bool
    refused_at: datetime | None
    topics: frozenset[str]


async def mail_of(person_id: int) -> MailNow | None:
    """The address of somebody, for their own page."""
    row = await _row(person_id)
    if row is None:
        return None
    return MailNow(
        address=ADDRESS.open(row["address"], row["key"]),
        confirmed=row["confirmed_at"] is not None,
        refused_at=db.when(row["refused_at"]),
        topics=frozenset(one for one in row["topics"].split(",") if one),
    )


async def _row(person_id: int) -> Any:
    rows = await db.read("SELECT * FROM core_mail_address WHERE person_id = ?", person_id)
    return rows[0] if rows else None


@db.unit
async def begin(person_id: int, address: str) -> str:
    """Keep an address that is not confirmed yet, instead of the one before; the code to send there."""
    key, code = new_key(), f"{secrets.randbelow(10**6):06d}"
    await db.write(
        "INSERT INTO core_mail_address (key, person_id, address, topics, code_hash, code_until, tries) VALUES (?, ?, ?, ?, ?, ?, 0)"
        " ON CONFLICT (person_id) DO UPDATE SET key = excluded.key, address = excluded.address, confirmed_at = NULL, refused_at = NULL,"
        " code_hash = excluded.code_hash, code_until = excluded.code_until, tries = 0",
        key,
        person_id,
        ADDRESS.seal(address, key),
        ",".join(TOPICS),  # of a first address; another one leaves what was chosen as it is
        _hash(key, code),
        now() + CODE_LIFE,
    )
    return code


def _hash(key: str, code: str) -> str:
    return sha256(f"{key}\x00{code}".encode()).hexdigest()


@db.unit
async def confirm(person_id: int, code: str) -> bool:
    """Whether the code is the one that was sent; from then on the address is used. Five tries, half an hour."""
    row = await _row(person_id)
    if row is None or row["confirmed_at"] is not None:
        return False
    counted = await db.write(
        "UPDATE core_mail_address SET tries = tries + 1 WHERE key = ? AND tries < ? AND code_until > ?",
        row["key"],  # a new address has a new key: the code of the one before says nothing about it
        TRIES,
        now(),
    )
    if not counted or not hmac.compare_digest(row["code_hash"], _hash(row["key"], code)):
        return False
    await db.write(
        "UPDATE core_mail_address SET confirmed_at = ?, refused_at = NULL, code_hash = '', code_until = NULL WHERE key = ?",
        now(),
        row["key"],
    )
    await audit("core.mail.confirmed", actor=person_id, object=("person", person_id))
    return True


@db.unit
async def choose(person_id: int, topics: frozenset[str]) -> None:
    """Which messages come by e-mail."""
    await db.write(
        "UPDATE core_mail_address SET topics = ? WHERE person_id = ?",
        ",".join(one for one in TOPICS if one in topics),
        person_id,
    )


@db.unit
async def remove(person_id: int) -> None:
    """Forget the address."""
    if await db.write("DELETE FROM core_mail_address WHERE person_id = ?", person_id):
        await audit("core.mail.removed", actor=person_id, object=("person", person_id))


async def address_for(person_id: int, kind: str) -> str | None:
    """Where a message of this kind reaches an official by e-mail; None where it does not."""
    topic = topic_of(kind)
    if topic is None:
        return None
    rows = await db.read(
        "SELECT a.key, a.address, a.topics FROM core_mail_address a WHERE a.person_id = ? AND a.confirmed_at IS NOT NULL"
        " AND a.refused_at IS NULL AND EXISTS (SELECT 1 FROM core_role r WHERE r.person_id = a.person_id AND r.revoked_at IS NULL)",
        person_id,
    )
    if not rows or topic not in rows[0]["topics"].split(","):
        return None
    return ADDRESS.open(rows[0]["address"], rows[0]["key"])


@db.unit
async def note_refused(person_id: int) -> None:
    """The server says that the address takes nothing: it is left alone until its owner confirms it anew."""
    if await db.write(
        "UPDATE core_mail_address SET refused_at = ?, confirmed_at = NULL WHERE person_id = ? AND refused_at IS NULL",
        now(),
        person_id,
    ):
        await tell(person_id, "mail.refused", url="/me/mail")
