"""Having the same trouble: rows and their number, in the unit of whoever asks."""

from __future__ import annotations

from tortoise.expressions import F

from .models import Letter, Supporter


async def add(letter_id: int, person_id: int) -> None:
    """Said twice it counts once."""
    _row, new = await Supporter.get_or_create(letter_id=letter_id, person_id=person_id)
    if new:
        await Letter.filter(id=letter_id).update(supporters=F("supporters") + 1)


async def take_away(letter_id: int, person_id: int) -> int:
    """How many there were: one or none."""
    done = await Supporter.filter(letter_id=letter_id, person_id=person_id).delete()
    if done:
        await Letter.filter(id=letter_id, supporters__gt=0).update(supporters=F("supporters") - 1)
    return done
