"""Another room for a guest: of the same kind, or of another kind of the place that costs them no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tortoise.expressions import F

from cunli import gettext as _
from cunli import tell, unit

from . import moments, moving, rooms
from .booking import Ground, lines_of, quoted
from .models import Booking, Offer, Place, Taken
from .moving import NotOpen
from .pricing import Asked, nights
from .rooms import Full
from .states import TAKES, State, Who

THERE: Final = frozenset({Who.HOST, Who.OFFICE})


class NotAgreed(Exception):
    """Another kind of room, and nobody asked the guest."""


class Unfit(Exception):
    """The other kind of room does not do: too small, or cheaper for somebody who has paid or moved in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A room to go to, as the form sends it: the key of the offer, and the number of the room; 0: as they are free."""

    value: str
    label: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where to. `unit` 0: all rooms of the booking, to whichever are free. `agreed`: the guest was asked."""

    offer: str
    unit: int
    agreed: bool


def ahead(booking: Booking) -> list[date]:
    """The nights that are still to come: who has slept in a room has slept in it."""
    today = moments.today()
    return [one for one in nights(booking.since, booking.until) if one >= today]


async def choices(booking: Booking, offer: Offer) -> Sequence[Choice]:
    """Where the guest of a booking could go now. A booking of several rooms moves as a whole."""
    days = ahead(booking)
    if State(booking.state) not in TAKES or offer.kind != "room" or not days:
        return []
    found = []
    for one in await Offer.filter(place_id=booking.place_id, kind="room", open=True).order_by("id"):
        free = await rooms.free_units(one, days, 0)
        if one.id == offer.id and booking.units == 1:
            found += [Choice(value=f"{one.key}:{n}", label=_("%(room)s %(n)s 号", room=one.name, n=n)) for n in free]
        elif one.id != offer.id and len(free) >= booking.units and booking.people <= booking.units * one.holds:
            found.append(Choice(value=f"{one.key}:0", label=one.name))
    return found


@unit
async def move(key: str, wanted: Wanted, ground: Ground, roles: Iterable[Who], *, actor: int) -> Booking:
    """Move the guest. Whoever cancels or books meanwhile goes before or after it. Raises `NotOpen`, `NotAgreed`, `Unfit`, `Full`."""
    booking = await Booking.get(key=key)
    held = THERE & frozenset(roles)
    days = ahead(booking)
    seen = booking.steps_count
    # The booking's row first and then the place's, as everything does that changes a booking.
    written = await Booking.filter(id=booking.id, steps_count=seen).update(steps_count=F("steps_count") + 1)
    if not held or State(booking.state) not in TAKES or not days or not written:
        raise NotOpen("move")
    booking.steps_count = seen + 1
    await rooms.lock(booking.place_id)
    before = await Offer.get(id=booking.offer_id)
    offer = await Offer.get_or_none(key=wanted.offer, place_id=booking.place_id, kind="room")
    if offer is None or before.kind != "room":
        raise NotOpen("move")
    if offer.id != before.id:
        await _another_kind(booking, offer, wanted, ground)
    words = await _nights(booking, offer, days, wanted.unit)
    await moving.note(
        booking, "move", booking.state, actor, Who.HOST if Who.HOST in held else Who.OFFICE, f"{offer.name} {words}"
    )
    await rooms.fill_short(booking.place_id)
    if booking.guest_id is not None:
        place = await Place.get(id=booking.place_id)
        url = f"{ground.url}/bookings/{booking.key}"
        await tell(booking.guest_id, "tourism.moved", url=url, place=place.name, what="move")
    return booking


async def _another_kind(booking: Booking, offer: Offer, wanted: Wanted, ground: Ground) -> None:
    """The guest pays what was agreed, or less where the other room costs less; never more."""
    if not wanted.agreed:
        raise NotAgreed
    if not offer.open or booking.people > booking.units * offer.holds:
        raise Unfit
    place = await Place.get(id=booking.place_id)
    asked = Asked(
        first=booking.since,
        last=booking.until,
        units=booking.units,
        people=booking.people,
        meals=booking.meals,
        takes=booking.takes,
    )
    quote = await quoted(place, offer, asked, ground)
    changes: dict[str, Any] = {"offer_id": offer.id}
    if quote.total_fen < booking.total_fen:
        owed = max(booking.paid_fen, booking.now_fen if booking.way == "online" else 0)
        if booking.state == State.ARRIVED or quote.total_fen < owed:
            raise Unfit
        changes["total_fen"] = quote.total_fen
        changes["lines"] = lines_of(quote)
    await Booking.filter(id=booking.id).update(**changes)
    for name, value in changes.items():
        setattr(booking, name, value)


async def _nights(booking: Booking, offer: Offer, days: Sequence[date], number: int) -> str:
    """Give back the nights to come, and take them elsewhere. Gives the new numbers in words."""
    mine = Taken.filter(booking_id=booking.id, day__in=list(days))
    free = await rooms.free_units(offer, days, 0)
    found = [one for one in free if number in (0, one)][: booking.units]
    if len(found) < booking.units or (number and booking.units != 1):
        raise Full
    await mine.delete()
    place = await Place.get(id=booking.place_id)
    for one in found:
        await rooms.put(place, offer, one, days, 0, booking.id)
    return "、".join(str(one) for one in found)
