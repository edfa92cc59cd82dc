"""Complaints of guests: the village answers them. Where a plugin takes letters, each is a letter as well (`MatterRaised`)."""

from __future__ import annotations

from tortoise.expressions import F

from cunli import MatterRaised, MatterSettled, audit, emit, new_key, officers, tell, unit
from cunli import gettext as _

from . import moments
from .models import Booking, Complaint, Place
from .rights import OFFICES

MATTER = "tourism.complaint:"
MOST = 3  # of one booking
LEVELS = ("village", "township", "county")
AGAINST = frozenset({"confirmed", "arrived", "completed", "reviewed", "called_off", "no_show", "canceled"})


class Enough(Exception):
    """One of this booking waits for an answer, or there were so many."""


@unit
async def complain(booking: Booking, place: Place, words: str, *, person: int, url: str) -> Complaint:
    """Keep the words, tell the village, and let others know that an answer is due. Raises `Enough`."""
    await Booking.filter(id=booking.id).update(
        steps_count=F("steps_count")
    )  # holds the row, so that two at once are counted
    before = await Complaint.filter(booking_id=booking.id)
    if len(before) >= MOST or any(one.state == "open" for one in before):
        raise Enough
    key = new_key()
    row = await Complaint.create(
        key=key, booking_id=booking.id, place_id=place.id, person_id=person, words=words, at=moments.now()
    )
    await audit("tourism.complaint.write", actor=person, object=("complaint", row.id))
    path = f"{url}/bookings/{booking.key}"
    for reader in await readers(place, person):
        await tell(reader, "tourism.complaint", url=path, place=place.name)
    title = str(_("投诉：%(place)s", place=place.name))
    raised = MatterRaised(
        village_id=row.village_id,
        matter=MATTER + key,
        person_id=person,
        title=title,
        path=path,
        about_id=place.host_id,
    )
    await emit(raised)
    return row


async def readers(place: Place, writer: int) -> list[int]:
    """Who is told: the nearest officials but host and writer. Of a host in office the level above him is, as with letters about
    cadres; his colleagues are only where there is nobody above."""
    held = await officers(tuple(OFFICES))
    others = [one for one in held if one.person_id not in (place.host_id, writer)]
    own = max((LEVELS.index(one.level) for one in held if one.person_id == place.host_id), default=-1)
    above = [one for one in others if LEVELS.index(one.level) > own]
    found = above or others
    return sorted({one.person_id for one in found if one.level == found[0].level})


@unit
async def answer(complaint: Complaint, words: str, place: Place, *, actor: int, url: str) -> bool:
    """The village answers, once. Whether it did."""
    done = await Complaint.filter(id=complaint.id, state="open").update(
        state="settled", answer=words, settled_at=moments.now()
    )
    if not done:
        return False
    await audit("tourism.complaint.answer", actor=actor, object=("complaint", complaint.id))
    if complaint.person_id is not None:
        booking = await Booking.get(id=complaint.booking_id)
        await tell(
            complaint.person_id, "tourism.moved", url=f"{url}/bookings/{booking.key}", place=place.name, what="answer"
        )
    return True


async def settled(event: MatterSettled) -> None:
    """Whoever took it up as a letter has closed it. Heard of every matter, and more than once."""
    if event.matter.startswith(MATTER):
        await _settled(event.matter.removeprefix(MATTER))


@unit
async def _settled(key: str) -> None:
    found = await Complaint.get_or_none(key=key, state="open")
    if found is not None and await Complaint.filter(id=found.id, state="open").update(
        state="settled", settled_at=moments.now()
    ):
        await audit("tourism.complaint.answer", actor=None, object=("complaint", found.id), by="system")
