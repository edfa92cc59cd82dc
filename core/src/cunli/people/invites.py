"""Invitations: a link, a QR code and six digits that lead to the village's door. They never open it."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import segno

from cunli import db, plugin_values
from cunli.clock import now
from cunli.county_settings import INVITE_DAYS
from cunli.people.models import Invite
from cunli.people.queries import PersonNow
from cunli.trust.audit import audit

KEPT: Final = timedelta(days=30)  # after the end, so that nobody is given the digits that somebody still tries
MOST_LIVE: Final = 20


class TooManyInvites(Exception):
    """The village has as many live invitations as it may have; one must be withdrawn first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteNow:
    """An invitation as officials see it."""

    token: str
    code: str
    created_at: datetime
    expires_at: datetime
    use_count: int
    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Where an invitation leads."""

    token: str
    village_url: str


@db.unit
async def create(actor: PersonNow, village_id: int) -> str:
    """A new invitation; its token. Raises `TooManyInvites`."""
    moment, days = now(), await plugin_values.setting_of(INVITE_DAYS)
    live = await Invite.filter(revoked_at=None, expires_at__gt=moment).count()
    if live >= MOST_LIVE:
        raise TooManyInvites
    row = await Invite.create(
        village_id=village_id,
        token=secrets.token_urlsafe(16),
        code=await _free_code(),
        created_by_id=actor.id,
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    await audit("core.invite.created", actor=actor.id, village=village_id, object=("invite", row.id))
    return row.token


async def _free_code() -> str:
    """Six digits that no live or past invitation has; expired ones are given free by the sweep."""
    while True:
        code = f"{secrets.randbelow(10**6):06d}"
        if not await db.read("SELECT 1 FROM core_invite WHERE code = ?", code):
            return code


@db.unit
async def revoke(actor: PersonNow, village_id: int, token: str) -> bool:
    """Withdraw an invitation; False when it is not one of this village or already over."""
    row = await Invite.get_or_none(token=token, revoked_at=None)
    if row is None:
        return False
    row.revoked_at = now()
    await row.save(update_fields=["revoked_at"])
    await audit("core.invite.revoked", actor=actor.id, village=village_id, object=("invite", row.id))
    return True


_LIVE = """
SELECT i.token, i.code, i.created_at, i.expires_at, i.use_count, p.display_name
FROM core_invite i LEFT JOIN core_person p ON p.id = i.created_by_id
WHERE i.village_id = ? AND i.revoked_at IS NULL ORDER BY i.id DESC
"""


async def live(village_id: int) -> list[InviteNow]:
    """The village's invitations that still work, the newest first."""
    moment = now()
    return [_invite(row) for row in await db.read(_LIVE, village_id) if db.when(row["expires_at"]) > moment]


async def live_one(village_id: int, token: str) -> InviteNow | None:
    asked = token.encode()  # of any letters: text that is not ASCII cannot be compared so
    return next((each for each in await live(village_id) if secrets.compare_digest(each.token.encode(), asked)), None)


def _invite(row: Any) -> InviteNow:
    return InviteNow(
        token=row["token"],
        code=row["code"],
        created_at=db.when(row["created_at"]),
        expires_at=db.when(row["expires_at"]),
        use_count=row["use_count"],
        by_name=row["display_name"] or "",
    )


_BY_TOKEN = """
SELECT i.token, i.expires_at, v.slug FROM core_invite i JOIN core_village v ON v.id = i.village_id
WHERE i.token = ? AND i.revoked_at IS NULL
"""
_BY_CODE = _BY_TOKEN.replace("i.token = ?", "i.code = ?")


async def by_token(token: str) -> Invited | None:
    """Where a link leads; None when it is unknown, withdrawn or expired."""
    return _invited(await db.read(_BY_TOKEN, token))


async def by_code(code: str) -> Invited | None:
    """Where six digits lead."""
    return _invited(await db.read(_BY_CODE, code))


def _invited(rows: list[Any]) -> Invited | None:
    if not rows or db.when(rows[0]["expires_at"]) <= now():
        return None
    return Invited(token=rows[0]["token"], village_url=f"/v/{rows[0]['slug']}")


@db.unit
async def sweep() -> int:
    """Remove invitations that ended a month ago, so that their digits can be given again."""
    return await db.write("DELETE FROM core_invite WHERE expires_at < ?", now() - KEPT)


def qr_svg(address: str) -> bytes:
    """The address as a QR code in SVG; error correction M, so that a crumpled print still reads."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", scale=8, border=4, light="white", xmldecl=False, svgns=True
    )
    return drawn.getvalue()
