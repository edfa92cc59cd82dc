"""Ways through a village, and festivals: what they are made of, and what can be booked on their days."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date

from tortoise.expressions import Q

from cunli import audit, new_key, unit

from . import moments
from .models import Offer, Outing, Place, Stop

MOST_STOPS = 12
KEY = re.compile(r"[\w-]{22}", re.ASCII)


class TooMany(Exception):
    """So many stops are enough for one outing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutingForm:
    """What is said of an outing. A route has no days."""

    kind: str
    name: str
    about: str
    since: date | None
    until: date | None
    shown: bool


@unit
async def write(form: OutingForm, before: Outing | None, *, actor: int) -> Outing:
    """Add an outing, or change it."""
    if before is None:
        row = await Outing.create(key=new_key(), made_at=moments.now(), **asdict(form))
    else:
        await Outing.filter(id=before.id).update(**asdict(form))
        row = await Outing.get(id=before.id)
    await audit("tourism.outing.write", actor=actor, object=("outing", row.id))
    return row


@unit
async def add_stop(outing: Outing, place: Place, offer: Offer | None, words: str, *, actor: int) -> None:
    """One more stop, at the end. Raises `TooMany`."""
    await Outing.filter(id=outing.id).update(
        shown=outing.shown
    )  # holds the row, so that two who add go one after the other
    there = await Stop.filter(outing_id=outing.id).order_by("-number")
    if len(there) >= MOST_STOPS:
        raise TooMany
    number = there[0].number + 1 if there else 1
    offer_id = offer.id if offer else None
    await Stop.create(outing_id=outing.id, place_id=place.id, offer_id=offer_id, number=number, words=words)
    await audit("tourism.outing.write", actor=actor, object=("outing", outing.id))


@unit
async def drop_stop(outing: Outing, number: int, *, actor: int) -> None:
    """Take a stop out."""
    await Stop.filter(outing_id=outing.id, number=number).delete()
    await audit("tourism.outing.write", actor=actor, object=("outing", outing.id))


def key_in(text: str) -> str:
    """The key of an outing as an address carries it along; empty where it is none."""
    return text if KEY.fullmatch(text) else ""


async def that_led_here(text: str) -> int | None:
    """The outing on whose page somebody began, if it is one that everybody sees."""
    key = key_in(text)
    found = await Outing.get_or_none(key=key, shown=True) if key else None
    return found.id if found else None


async def coming(most: int) -> list[Outing]:
    """Those that are shown and not over, festivals first, the nearest first."""
    today = moments.today()
    rows = Outing.filter(Q(until__isnull=True) | Q(until__gte=today), shown=True)
    found = await rows.order_by("-id").limit(60)
    return sorted(found, key=lambda one: (one.since is None, one.since or today))[:most]


async def named(words: str, most: int) -> list[Outing]:
    """Those that are shown and not over, and say this in their name or about themselves."""
    told = Q(name__contains=words) | Q(about__contains=words)
    there = Outing.filter(Q(until__isnull=True) | Q(until__gte=moments.today()), told, shown=True)
    return await there.order_by("-id").limit(most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A stop as a page shows it."""

    stop: Stop
    place: Place
    offer: Offer | None


async def halts(outing: Outing, *, all_of_them: bool) -> list[Halt]:
    """The stops in their order; for guests only what is open now. Three questions."""
    stops = await Stop.filter(outing_id=outing.id).order_by("number")
    places = {one.id: one for one in await Place.filter(id__in=[one.place_id for one in stops])} if stops else {}
    wanted = [one.offer_id for one in stops if one.offer_id is not None]
    offers = {one.id: one for one in await Offer.filter(id__in=wanted, open=True)} if wanted else {}
    return [
        Halt(stop=one, place=places[one.place_id], offer=offers.get(one.offer_id or 0))
        for one in stops
        if all_of_them or places[one.place_id].state == "open"
    ]


def first_day(outing: Outing) -> date:
    """The day for which its page offers to book: the first that is still to come; tomorrow for a route."""
    today = moments.today()
    return max(outing.since, today) if outing.since else date.fromordinal(today.toordinal() + 1)
