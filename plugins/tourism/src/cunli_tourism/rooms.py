"""Which rooms and seats are free, and taking them. Whoever takes some holds the place's row until the unit is over, looks what is
free, and writes one row for each unit and night; the database itself takes the same one only once (`tourism_taken_once`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from tortoise.expressions import F
from tortoise.functions import Count

from cunli import unit

from . import moments
from .models import Listing, Offer, Place, Taken

NEAR: Final = 80  # percent of the published capacity


class Full(Exception):
    """Not so many are free then; somebody may have been quicker."""


async def lock(place_id: int) -> None:
    """Hold a place until the unit is over, so that two who book there go one after the other."""
    await Place.filter(id=place_id).update(booked=F("booked") + 1)


async def free_units(offer: Offer, days: Sequence[date], slot: int) -> list[int]:
    """The numbers of units that nobody has on any of these days, the lowest first."""
    rows = Taken.filter(offer_id=offer.id, day__gte=min(days), day__lte=max(days), slot=slot)
    gone: set[object] = set(await rows.values_list("unit", flat=True))
    return [number for number in range(1, offer.count + 1) if number not in gone]


async def left(offers: Iterable[Offer], first: date, last: date) -> Mapping[tuple[int, date, int], int]:
    """How many units are taken, by offer, day and slot, from `first` to the day before `last`: one question for all."""
    ids = [one.id for one in offers]
    if not ids:
        return {}
    rows = Taken.filter(offer_id__in=ids, day__gte=first, day__lt=last)
    found = (
        await rows.annotate(n=Count("id")).group_by("offer_id", "day", "slot").values("offer_id", "day", "slot", "n")
    )
    return {(one["offer_id"], one["day"], one["slot"]): one["n"] for one in found}


async def crowd(place_id: int, day: date) -> int:
    """How many people are booked at a place on a day, by seats: what its published capacity is held against."""
    rows = Taken.filter(place_id=place_id, day=day, offer__kind="seat").exclude(booking_id=None)
    found = await rows.annotate(n=Count("id")).group_by("offer__holds").values("offer__holds", "n")
    return sum(one["offer__holds"] * one["n"] for one in found)


async def crowds(places: Sequence[Place], day: date) -> list[tuple[Place, int]]:
    """Which of these with a published capacity are near it on a day, and how many people are booked there: one question."""
    ids = [one.id for one in places if one.capacity]
    if not ids:
        return []
    rows = Taken.filter(place_id__in=ids, day=day, offer__kind="seat").exclude(booking_id=None)
    found: dict[int, int] = defaultdict(int)
    counted = rows.annotate(n=Count("id")).group_by("place_id", "offer__holds")
    for row in await counted.values("place_id", "offer__holds", "n"):
        found[row["place_id"]] += row["offer__holds"] * row["n"]
    return [(one, found[one.id]) for one in places if one.capacity and near(found[one.id], one.capacity)]


def near(people: int, capacity: int) -> bool:
    """Whether so many are so near the published capacity that others are led elsewhere (旅游法 45)."""
    return people * 100 >= NEAR * capacity


@unit
async def take(
    place: Place, offer: Offer, days: Sequence[date], slot: int, units: int, booking_id: int | None
) -> list[int]:
    """Take so many units for all of these days. Gives their numbers; raises `Full` and then takes nothing."""
    await lock(place.id)
    found = await free_units(offer, days, slot)
    if len(found) < units:
        raise Full
    if booking_id is not None and offer.kind == "seat" and place.capacity:
        for one in days:
            if await crowd(place.id, one) + units * offer.holds > place.capacity:
                raise Full
    for number in found[:units]:
        await put(place, offer, number, days, slot, booking_id)
    return found[:units]


async def put(place: Place, offer: Offer, number: int, days: Iterable[date], slot: int, booking_id: int | None) -> None:
    """The rows of one unit."""
    for one in days:
        await Taken.create(place_id=place.id, offer_id=offer.id, unit=number, day=one, slot=slot, booking_id=booking_id)


async def give_back(booking_id: int, place_id: int) -> None:
    """What a booking took is free again; but what is gone elsewhere on these days is not. The lock is taken first, or a file that
    comes in meanwhile would see the booking still, and this would not see the file."""
    await lock(place_id)
    await Taken.filter(booking_id=booking_id).delete()
    await fill_short(place_id)


async def fill(listing: Listing) -> None:
    """Take the rooms of the days that are gone elsewhere, as far as nobody has them here. Whoever calls holds the place's row.
    What is booked stays booked: such days are told as clashes."""
    offer, today = await Offer.get(id=listing.offer_id), moments.today()
    wanted = {date.fromisoformat(one) for one in listing.days if one >= today.isoformat()}
    there: dict[date, list[Taken]] = defaultdict(list)
    for row in await Taken.filter(offer_id=offer.id, day__gte=today, slot=0):
        there[row.day].append(row)
    own = [row.id for day, rows in there.items() for row in rows if row.listing_id == listing.id and day not in wanted]
    if own:
        await Taken.filter(id__in=own).delete()
    fresh: list[Taken] = []
    clashes, short = [], 0
    for day in sorted(wanted):
        lacking = listing.units - sum(row.listing_id == listing.id for row in there[day])
        gone = {row.unit for row in there[day]}
        found = [number for number in range(1, offer.count + 1) if number not in gone][: max(0, lacking)]
        fresh += [_row(listing, number, day) for number in found]
        if lacking > len(found):
            short += 1
            kept = sum(row.booking_id is None and row.listing_id is None for row in there[day])
            if lacking > len(found) + kept and any(row.booking_id is not None for row in there[day]):
                clashes.append(day.isoformat())
    await Taken.bulk_create(fresh)
    await Listing.filter(id=listing.id).update(clashes=clashes, short=short)
    listing.clashes, listing.short = clashes, short


def _row(listing: Listing, number: int, day: date) -> Taken:
    return Taken(
        village_id=listing.village_id,
        place_id=listing.place_id,
        offer_id=listing.offer_id,
        unit=number,
        day=day,
        slot=0,
        listing_id=listing.id,
    )


async def fill_short(place_id: int) -> None:
    """Something is free again: what is gone elsewhere and could not be taken before is taken now. Whoever calls holds the row."""
    for one in await Listing.filter(place_id=place_id, short__gt=0).order_by("id"):
        await fill(one)


@unit
async def block(place: Place, offer: Offer, day: date, slot: int = 0) -> int:
    """Keep all that is free on a day for oneself: one tap. How many units that were."""
    await lock(place.id)
    found = await free_units(offer, [day], slot)
    for number in found:
        await put(place, offer, number, [day], slot, None)
    return len(found)


@unit
async def unblock(offer: Offer, day: date, slot: int = 0) -> int:
    """The other way round. Nothing that is booked, or gone elsewhere, is touched."""
    await lock(offer.place_id)
    kept = await Taken.filter(offer_id=offer.id, day=day, slot=slot, booking_id=None, listing_id=None).delete()
    await fill_short(offer.place_id)
    return kept
