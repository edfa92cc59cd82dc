"""What somebody has begun to write and not sent: one in a village, text only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cunli import unit

from . import moments
from .models import Draft

FIELDS: Final = ("kind", "title", "body", "place", "area", "office", "public", "named", "urgent")


async def of(person_id: int) -> dict[str, str]:
    """The fields of somebody's draft here; empty where there is none."""
    row = await Draft.filter(person_id=person_id).first()
    return {name: str(value) for name, value in row.filled.items()} if row else {}


@unit
async def keep(person_id: int, filled: Mapping[str, str]) -> None:
    """Put it aside in place of what lay there; nothing written throws it away."""
    given = {name: value for name, value in filled.items() if value}
    if not any(given.get(name) for name in ("title", "body", "place")):
        await drop(person_id)
        return
    now = moments.now()
    if not await Draft.filter(person_id=person_id).update(filled=given, kept_at=now):
        await Draft.get_or_create(person_id=person_id, defaults={"filled": given, "kept_at": now})


@unit
async def drop(person_id: int) -> int:
    """Throw it away; how many there were."""
    return await Draft.filter(person_id=person_id).delete()
