"""What pages say of places: cards for lists, the calendar, facts, what is nearby."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from cunli import gettext as _

from . import around, moments, pricing, rooms, words
from .booking import AHEAD, seasons_of
from .frame import lunar, money
from .models import Offer, Place
from .pricing import Calendar

WEEKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A place in a list."""

    name: str
    url: str
    kind: Any
    photo: str
    art: str
    price: str
    stars: str
    village: str
    called: str
    far: Any = ""


def photo_of(place: Place, url: str) -> str:
    """The address of its first photo; empty where it has none."""
    return f"{url}/places/{place.key}/photo/{place.photos[0]}" if place.photos else ""


def stars(place: Place) -> str:
    """The mean of what guests gave, with one digit; empty below one review."""
    if not place.stars_count:
        return ""
    tenths = (place.stars_sum * 10 + place.stars_count // 2) // place.stars_count
    return f"{tenths // 10}.{tenths % 10}"


def cards(
    places: Sequence[Place], urls: Mapping[int, str], villages: Mapping[int, str], day: date | None = None
) -> list[Card]:
    """Cards of places, without a question. With a day they lead to it."""
    at = f"?in={day}" if day else ""
    return [
        Card(
            name=one.name,
            url=f"{urls[one.village_id]}/places/{one.key}{at}",
            kind=words.KINDS[one.kind][0],
            photo=photo_of(one, urls[one.village_id]),
            art=words.KINDS[one.kind][1],
            price=money(one.from_fen) if one.from_fen else "",
            stars=stars(one),
            village=villages.get(one.village_id, ""),
            called=one.called,
        )
        for one in places
        if one.village_id in urls
    ]


def beside(
    place: Place, others: Sequence[Place], url: str
) -> tuple[list[Card], around.Sketch | None, list[around.Near]]:
    """What else is there: the nearest with how far they are, and a sketch of them; the best liked where nobody says where it is."""
    near = around.nearest(place, others)
    shown = [one.place for one in near] or list(others[: around.MOST])
    found = cards(shown, {place.village_id: url}, {})
    if near:
        found = [replace(card, far=one.far) for card, one in zip(found, near, strict=True)]
    return found, around.sketch(near), near


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One day in the calendar."""

    day: date
    above: str
    special: bool
    below: str
    free: int
    open: bool
    how: str  # pick--a, pick--z, in-range, or nothing


async def weeks(
    offer: Offer, calendar: Calendar, since: date, first: date | None, last: date | None
) -> list[list[Cell]]:
    """Five weeks from the Monday on or before `since`: what a day costs, and whether something is free. Two questions."""
    start = since - timedelta(days=since.weekday())
    end = start + timedelta(days=7 * WEEKS)
    taken = await rooms.left([offer], start, end)
    seasons = await seasons_of(offer)
    night, today = offer.kind == "room", moments.today()
    found: list[list[Cell]] = []
    for week in range(WEEKS):
        row = []
        for n in range(7):
            day = start + timedelta(days=7 * week + n)
            slots = range(1 if night else len(offer.slots))
            free = max((offer.count - taken.get((offer.id, day, slot), 0) for slot in slots), default=0)
            cost = pricing.on(day, offer, seasons, calendar, night=night)
            row.append(_cell(day, free, cost.fen, today, first, last, offer))
        found.append(row)
    return found


def _cell(day: date, free: int, fen: int, today: date, first: date | None, last: date | None, offer: Offer) -> Cell:
    above, special = lunar(day)
    bookable = today <= day <= today + timedelta(days=AHEAD)
    how = ""
    if first is not None and last is not None:
        how = (
            "pick pick--a"
            if day == first
            else "pick pick--z"
            if day == last
            else "in-range"
            if first < day < last
            else ""
        )
    few = 0 < free <= 2 and offer.count > 2
    below = "full" if bookable and free <= 0 else f"few:{free}" if few else money(fen) if bookable else ""
    return Cell(day=day, above=above, special=special, below=below, free=max(0, free), open=bookable, how=how)


def facts(place: Place) -> list[tuple[str, Any]]:
    """Icon and words of what is there."""
    there = [("bed", _rooms(place))] if place.rooms else []
    return [
        *there,
        *((words.FACILITIES[one][1], words.FACILITIES[one][0]) for one in place.facilities if one in words.FACILITIES),
    ]


def _rooms(place: Place) -> Any:
    return _("%(n)s 间房", n=place.rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that can be booked, in the list on the page of a place."""

    offer: Offer
    price: str
    left: int


def choices(offers: Iterable[Offer], free: Mapping[int, int], fens: Mapping[int, int]) -> list[Choice]:
    return [
        Choice(offer=one, price=money(fens.get(one.id, one.fen)), left=free.get(one.id, one.count)) for one in offers
    ]
