"""Counting again what villages keep as columns. Acts move these numbers one by one; merges and splits count anew."""

from __future__ import annotations

from typing import Final

from cunli import db

_RECOUNT: Final = (
    "UPDATE core_village SET"
    " verified_count = (SELECT COUNT(*) FROM core_membership m WHERE m.village_id = core_village.id"
    " AND m.state = 'verified'),"
    " away_count = (SELECT COUNT(*) FROM core_membership m WHERE m.village_id = core_village.id"
    " AND m.state = 'verified' AND m.away),"
    " post_count = (SELECT COUNT(*) FROM core_post p WHERE p.village_id = core_village.id AND p.state = 'visible')"
    " WHERE id = ?"
)
_HOUSEHOLDS: Final = (
    "UPDATE core_village SET household_count = (SELECT COUNT(*) FROM core_household h"
    " WHERE h.village_id = core_village.id AND h.closed_at IS NULL) WHERE id = ?"
)


async def recount(village_id: int) -> None:
    """Count members, people away, visible posts and registered households of a village, inside a unit."""
    await db.write(_RECOUNT, village_id)
    await recount_households(village_id)


async def recount_households(village_id: int) -> None:
    """The number of households is that of the register, as soon as there is one."""
    if await db.read("SELECT 1 FROM core_household WHERE village_id = ? LIMIT 1", village_id):
        await db.write(_HOUSEHOLDS, village_id)
