"""Calendars elsewhere that are read by themselves. A page never waits for another site, and one that is away changes nothing.

The county's setting names the sites (`settings.CALENDARS`); the host's address lies below one of them, or it is not asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from cunli import FetchFailed, NotYours, TaskContext, audit, enqueue, fetch_below, officers, tell, unit

from . import ical, listings, moments
from .booking import AHEAD
from .frame import home_of
from .models import CALENDAR, Listing, Place
from .settings import CALENDARS

EVERY: Final = timedelta(hours=2)
SLOWLY: Final = timedelta(hours=6)  # what was away for a day is asked less often
TOLD: Final = timedelta(days=1)
SECONDS: Final = 10.0
MOST: Final = 60  # of a village, at a time
MOST_ADDRESS: Final = 400
_log = logging.getLogger("cunli.plugin.tourism")


def allowed(address: str, sites: Collection[str]) -> bool:
    """Whether an address lies below a site that the county names. `fetch_below` asks again, and more closely."""
    return any(one.endswith("/") and address.startswith(one) for one in sites)


@unit
async def set_address(listing: Listing, address: str, *, actor: int) -> None:
    """Read it there from now on, the first time at once; or not any more, where nothing is written."""
    sealed = CALENDAR.seal(address, listing.key) if address else ""
    await Listing.filter(id=listing.id).update(address=sealed, tried_at=None, trouble="", failing_since=None)
    await audit(
        "tourism.offer.listing", actor=actor, object=("listing", listing.id), what="address" if address else "by hand"
    )
    if address:
        await enqueue("tourism.calendar", {"listing": listing.key}, village_id=listing.village_id)


def address_of(listing: Listing, person: int) -> str:
    """In clear, for whoever keeps the place, and for the task that asks in their name."""
    return CALENDAR.own(listing.address, listing.key, about=person, reader=person) if listing.address else ""


async def every_hour(ctx: TaskContext) -> None:
    """Every hour, in each village: those whose turn it is, the longest unasked first."""
    url = await home_of(ctx)
    rows = await Listing.exclude(address="").order_by("tried_at", "id").limit(MOST * 4)
    due = [one for one in rows if _due(one)][:MOST]
    for one in due:
        await _read(one, url)


async def one_now(ctx: TaskContext) -> None:
    """One calendar, whose address was just written."""
    found = await Listing.get_or_none(key=str(ctx.payload["listing"]))
    if found is not None and found.address:
        await _read(found, await home_of(ctx))


def _due(listing: Listing) -> bool:
    if listing.tried_at is None:
        return True
    now, since = moments.now(), listing.failing_since
    return now - listing.tried_at >= (SLOWLY if since is not None and now - since >= TOLD else EVERY)


async def _read(listing: Listing, url: str) -> None:
    try:
        body = await fetch_below(CALENDARS, address_of(listing, 0), seconds=SECONDS, most=ical.MOST_BYTES)
        today = moments.today()
        found = await asyncio.to_thread(ical.read, body, today, today + timedelta(days=AHEAD + 1))
    except NotYours:
        await _missed(listing, "closed", url)
    except FetchFailed as failed:
        _log.warning("calendar %s was not had: %s", listing.id, failed)
        await _missed(listing, "away", url)
    except ical.Unreadable as unreadable:
        await _missed(listing, unreadable.why, url)
    else:
        await _had(listing, found, url)


@unit
async def _had(listing: Listing, found: ical.Found, url: str) -> None:
    """Unless the host wrote another address meanwhile, or took the calendar away."""
    if await Listing.filter(id=listing.id, address=listing.address).update(tried_at=moments.now()):
        await listings.take(listing.id, found, actor=None, url=url)


@unit
async def _missed(listing: Listing, why: str, url: str) -> None:
    """What it took stays taken. After a day the host hears of it, once for each time that it begins."""
    now = moments.now()
    since = listing.failing_since or now
    here = Listing.filter(id=listing.id, address=listing.address)
    if not await here.update(tried_at=now, trouble=why, failing_since=since) or now - since < TOLD:
        return
    place = await Place.get(id=listing.place_id)
    hosts = [one.person_id for one in await officers(("village_admin",))] if place.host_id is None else [place.host_id]
    for one in hosts:
        once = f"unread:{listing.id}:{since.isoformat()}:{one}"
        page = f"{url}/host/{place.key}/calendars/{listing.key}"
        await tell(one, "tourism.unread", url=page, once=once, place=place.name, name=listing.name)
