"""Two letters about the same: into which one may be merged, and who follows it then (merged = subscribed)."""

from __future__ import annotations

from typing import Final

from tortoise.expressions import Q

from . import supporting
from .models import Letter, Supporter

TAKES: Final = ("submitted", "triaged", "assigned", "replied", "reopened")


def joinable(letter: Letter) -> Q:
    """Open letters whose answer whoever wrote this one can read: public ones, and others by the same hand. None about a cadre."""
    theirs = Q(public=True)
    if letter.writer_id is not None:
        theirs |= Q(writer_id=letter.writer_id)
    elif letter.helper_id is not None:
        theirs |= Q(helper_id=letter.helper_id)
    return Q(theirs, state__in=TAKES, about_rank=0)


async def takes(letter: Letter, into_id: int) -> bool:
    """Whether a letter may be merged into this one."""
    return into_id != letter.id and await Letter.filter(joinable(letter), id=into_id).exists()


async def follow(letter: Letter, into_id: int) -> None:
    """Whoever wrote or followed a letter follows the one it was merged into, in the unit of the move."""
    into = await Letter.get(id=into_id)
    people = {one.person_id for one in await Supporter.filter(letter_id=letter.id)}
    if letter.writer_id is not None:
        people.add(letter.writer_id)
    for person in sorted(people - {into.writer_id, into.helper_id}):
        if into.public:
            await supporting.add(into.id, person)
