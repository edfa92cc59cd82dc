"""The same rooms, offered elsewhere as well: what is gone there is taken here, and what is gone here can be read there."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from cunli import audit, new_key, officers, tell, unit

from . import moments, rooms
from .booking import AHEAD
from .ical import Found
from .models import Listing, Offer, Place, Taken

MOST = 5


class Enough(Exception):
    """So many calendars are enough for one kind of room."""


@unit
async def add(place: Place, offer: Offer, name: str, units: int, *, actor: int) -> Listing:
    """Another calendar for the rooms of an offer. Raises `Enough`."""
    await rooms.lock(place.id)
    if await Listing.filter(offer_id=offer.id).count() >= MOST:
        raise Enough
    row = await Listing.create(
        key=new_key(),
        secret=new_key(),
        place_id=place.id,
        offer_id=offer.id,
        name=name,
        units=units,
        made_at=moments.now(),
    )
    await _noted(row, "add", actor)
    return row


async def _noted(listing: Listing, what: str, actor: int | None) -> None:
    by = "web" if actor is not None else "system"
    await audit("tourism.offer.listing", actor=actor, object=("listing", listing.id), by=by, what=what)  # type: ignore[arg-type]


@unit
async def take(listing_id: int, found: Found, *, actor: int | None, url: str) -> Listing:
    """What is gone elsewhere is gone here, and what is free there again is free. Nothing that is booked here is touched: such
    days are told to the host. `url` is the address of the plugin in the village."""
    listing = await Listing.get(id=listing_id)
    await rooms.lock(listing.place_id)
    known = listing.days
    listing.days = sorted(one.isoformat() for one in found.days)
    before = set(listing.clashes)
    await Listing.filter(id=listing.id).update(
        days=listing.days,
        repeated=found.repeated,
        broken=found.broken,
        read_at=moments.now(),
        trouble="",
        failing_since=None,
    )
    await rooms.fill(listing)
    await rooms.fill_short(listing.place_id)
    if actor is not None or known != listing.days:
        await _noted(listing, "read", actor)
    if set(listing.clashes) - before:
        await _tell(listing, url)
    return await Listing.get(id=listing.id)


async def _tell(listing: Listing, url: str) -> None:
    """The host hears of clashes; the village, where the host has no account."""
    place = await Place.get(id=listing.place_id)
    hosts = [one.person_id for one in await officers(("village_admin",))] if place.host_id is None else [place.host_id]
    for one in hosts:
        address = f"{url}/host/{place.key}/calendars/{listing.key}"
        await tell(one, "tourism.clash", url=address, place=place.name, n=len(listing.clashes))


@unit
async def renew(listing: Listing, *, actor: int) -> None:
    """Another secret address; whoever has the old one reads nothing more."""
    await Listing.filter(id=listing.id).update(secret=new_key())
    await _noted(listing, "renew", actor)


@unit
async def drop(listing: Listing, *, actor: int) -> None:
    """Take a calendar away. What it took is free again."""
    await rooms.lock(listing.place_id)
    await Taken.filter(listing_id=listing.id).delete()
    await Listing.filter(id=listing.id).delete()
    await rooms.fill_short(listing.place_id)
    await _noted(listing, "drop", actor)


async def gone_here(listing: Listing) -> list[date]:
    """The days on which fewer rooms are free than are offered there. What was gone there anyway is left out, or two calendars that
    read each other would keep a day for ever that nobody booked."""
    offer, today = await Offer.get(id=listing.offer_id), moments.today()
    rows = Taken.filter(offer_id=offer.id, slot=0, day__gte=today, day__lt=today + timedelta(days=AHEAD + 1))
    found = await rows.values("day", "listing_id")
    taken = Counter(one["day"] for one in found if one["listing_id"] != listing.id)
    return sorted(day for day, units in taken.items() if offer.count - units < listing.units)
