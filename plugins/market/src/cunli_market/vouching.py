"""Giving an endorsement, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cunli import audit, new_key, unit

from . import moments
from .models import Endorsement
from .moments import ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouch:
    """What an office says: for a shop or a good, on what evidence, from the first day to the last, both of them whole."""

    shop_id: int | None = None
    good_id: int | None = None
    level: str
    issuer: str
    scope: str
    evidence: str
    since: date
    until: date


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)


@unit
async def give(vouch: Vouch, *, actor: int) -> None:
    """Enter it into the register. Whether somebody may was asked before."""
    row = await Endorsement.create(
        key=new_key(),
        shop_id=vouch.shop_id,
        good_id=vouch.good_id,
        level=vouch.level,
        issuer=vouch.issuer,
        scope=vouch.scope,
        evidence=vouch.evidence,
        since=_midnight(vouch.since),
        until=_midnight(vouch.until + timedelta(days=1)),
        by_id=actor,
    )
    await audit("market.endorsement.give", actor=actor, object=("endorsement", row.id), level=vouch.level)


@unit
async def revoke(found: Endorsement, reason: str, *, actor: int) -> None:
    """Take it back. The register goes on showing it, with the reason."""
    if await Endorsement.filter(id=found.id, revoked_at=None).update(revoked_at=moments.now(), revoked_why=reason):
        await audit("market.endorsement.revoke", actor=actor, object=("endorsement", found.id))
