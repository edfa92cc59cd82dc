"""From a quote to a booking: one unit, and sums that only the server makes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from cunli import audit, new_key, officers, tell, unit

from . import canceling, licences, moments, moving, pricing, rooms
from .licences import Asked as AskedPapers
from .models import GUEST_NAME, GUEST_PHONE, SAYING, Booking, Licence, Offer, Place, Season, Step
from .pricing import Asked, Calendar, Quote
from .states import State, Who

AHEAD: Final = 366  # days
LETTERS: Final = "ACDEFHJKLMNPRTUVWXY34679"  # what is not taken for something else on a printed page
MOST_FEN: Final = 10_000_000
BESIDE: Final = frozenset({"meal", "take"})  # offers that go with another one, and are not booked by themselves
MOST_TAKES: Final = 20


class Changed(Exception):
    """The price is not as the guest saw it."""


class NotBookable(Exception):
    """It cannot be booked, whoever asks: the place is closed, a paper is missing, the days do not fit. `why` is a word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a guest wants, and what they saw that it costs."""

    asked: Asked
    slot: int
    name: str
    phone: str
    note: str = ""
    seen_fen: int = -1
    outing_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the county and the village of a page say."""

    url: str
    calendar: Calendar
    online: bool
    papers: AskedPapers = field(default_factory=AskedPapers)
    answer_hours: int = 12


async def seasons_of(offer: Offer) -> Sequence[Season]:
    return await Season.filter(offer_id=offer.id).order_by("id")


async def meal_of(place: Place) -> Offer | None:
    """The meal that goes with a stay at a place."""
    return await Offer.filter(place_id=place.id, kind="meal", open=True).order_by("id").first()


async def take_of(place: Place) -> Offer | None:
    """What can be taken home from a place, by the portion."""
    return await Offer.filter(place_id=place.id, kind="take", open=True).order_by("id").first()


def days_of(offer: Offer, asked: Asked) -> list[date]:
    """The days on which units are taken: the nights of a stay, or the one day of a seat."""
    return pricing.nights(asked.first, asked.last) if offer.kind == "room" else [asked.first]


def misfit(offer: Offer, wish: Wish) -> str:
    """Why the days or the people do not fit this offer; empty where they do."""
    asked, today = wish.asked, moments.today()
    nights = (asked.last - asked.first).days
    if asked.first < today or asked.first > today + timedelta(days=AHEAD):
        return "day"
    if offer.kind == "room" and not offer.least <= nights <= pricing.LONGEST:
        return "nights"
    if offer.kind == "seat" and not (nights == 0 and 0 <= wish.slot < len(offer.slots)):
        return "slot"
    if offer.kind == "seat" and asked.first == today and _begun(offer, wish.slot):
        return "day"
    if not 1 <= asked.units <= offer.count or not 1 <= asked.people <= asked.units * offer.holds:
        return "people"
    if not 0 <= asked.takes <= MOST_TAKES:
        return "take"
    return "people" if not 0 <= asked.meals <= asked.people else ""


def _begun(offer: Offer, slot: int) -> bool:
    hour, _colon, minute = str(offer.slots[slot]).partition(":")
    return moments.now() >= moments.at(moments.today(), int(hour), int(minute or 0))


async def why_not(place: Place, offer: Offer, wish: Wish, ground: Ground) -> str:
    """Why this cannot be booked, free rooms aside; empty where it can."""
    if place.state != "open" or not offer.open or offer.kind in BESIDE:
        return "closed"
    if wrong := misfit(offer, wish):
        return wrong
    papers = await Licence.filter(place_id=place.id)
    wanted = licences.needed(place.kind, ground.papers, meals=await meal_of(place) is not None)
    return "papers" if licences.lacking(wanted, papers, wish.asked.last) else ""


async def quoted(place: Place, offer: Offer, asked: Asked, ground: Ground) -> Quote:
    """What it costs now."""
    night = offer.kind == "room"
    seasons = await seasons_of(offer)
    costs = [pricing.on(one, offer, seasons, ground.calendar, night=night) for one in days_of(offer, asked)]
    meal = await meal_of(place) if asked.meals else None
    if asked.meals and (meal is None or not night):
        raise NotBookable("meal")
    take = await take_of(place) if asked.takes else None
    if asked.takes and take is None:
        raise NotBookable("take")
    return pricing.quote(
        asked,
        costs,
        night=night,
        included=offer.included,
        extra_fen=offer.extra_fen,
        meal_fen=meal.fen if meal else 0,
        prepay=place.prepay if ground.online else 0,
        take_fen=take.fen if take else 0,
    )


def lines_of(found: Quote) -> list[list[object]]:
    """The lines of a quote as a booking keeps them."""
    return [[one.what, one.day.isoformat(), one.count, one.fen, one.season, one.rung] for one in found.lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The key of the booking, and the word that the host was told."""

    key: str
    say: str


@unit
async def book(place_id: int, offer_id: int, wish: Wish, ground: Ground, *, guest_id: int) -> Booked:
    """Write a booking and take its rooms: both, or neither. Raises `Full`, `Changed`, `NotBookable`."""
    await rooms.lock(place_id)
    place, offer = await Place.get(id=place_id), await Offer.get(id=offer_id, place_id=place_id)
    if place.host_id == guest_id:
        raise NotBookable("own")  # or hosts would write their own reviews
    if why := await why_not(place, offer, wish, ground):
        raise NotBookable(why)
    found = await quoted(place, offer, wish.asked, ground)
    if found.total_fen != wish.seen_fen:
        raise Changed
    if found.total_fen > MOST_FEN:
        raise NotBookable("people")
    key, say = new_key(), "".join(secrets.choice("0123456789") for _n in range(6))
    row = await _row(key, say, place, offer, wish, found, ground, guest_id)
    await rooms.take(place, offer, days_of(offer, wish.asked), wish.slot, wish.asked.units, row.id)
    await Step.create(
        booking_id=row.id,
        number=0,
        at=row.made_at,
        actor_id=guest_id,
        acting=Who.GUEST.value,
        move="book",
        before="",
        after=row.state,
    )
    await audit("tourism.booking.book", actor=guest_id, object=("booking", row.id), after=row.state)
    await _tell_host(place, row, say, ground.url)
    return Booked(key=key, say=say)


async def _row(
    key: str, say: str, place: Place, offer: Offer, wish: Wish, found: Quote, ground: Ground, guest_id: int
) -> Booking:
    asked, now = wish.asked, moments.now()
    way = "online" if found.now_fen else "arrival"
    state = State.REQUESTED if not place.instant else State.HELD if way == "online" else State.CONFIRMED
    row = Booking(
        key=key,
        code="".join(secrets.choice(LETTERS) for _n in range(8)),
        village_id=place.village_id,
        place_id=place.id,
        offer_id=offer.id,
        guest_id=guest_id,
        name=GUEST_NAME.seal(wish.name, key),
        phone=GUEST_PHONE.seal(wish.phone, key),
        say=SAYING.index(f"{key}:{say}"),
        since=asked.first,
        until=asked.last,
        slot=wish.slot,
        units=asked.units,
        people=asked.people,
        meals=asked.meals,
        takes=asked.takes,
        nights=(asked.last - asked.first).days * asked.units if offer.kind == "room" else 0,
        lines=lines_of(found),
        back=canceling.kept(canceling.steps(place.policy, asked.first)) if found.now_fen else [],
        way=way,
        total_fen=found.total_fen,
        now_fen=found.now_fen,
        payment="waiting" if state == State.HELD else "",
        state=state.value,
        note=wish.note,
        outing_id=wish.outing_id,
        made_at=now,
    )
    row.due_at = now + timedelta(hours=ground.answer_hours) if state == State.REQUESTED else moving.due(row, state)
    await row.save()
    return row


async def _tell_host(place: Place, row: Booking, say: str, url: str) -> None:
    """The host hears of it with the word to say; the village too, where the host has no account."""
    address = f"{url}/bookings/{row.key}"
    if place.host_id is not None and row.state == State.REQUESTED:
        answer = f"{url}/say?code={row.code}"  # whoever reads the message for the host has no account here
        await tell(place.host_id, "tourism.asked", url=answer, place=place.name, code=row.code, say=say)
    elif place.host_id is not None:
        await tell(place.host_id, "tourism.moved", url=address, place=place.name, what="book")
    else:
        for one in await officers(("village_admin",)):
            await tell(one.person_id, "tourism.moved", url=address, place=place.name, what="book")
