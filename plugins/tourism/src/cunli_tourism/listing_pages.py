"""The calendars elsewhere, for whoever keeps a place; and the address at which another site reads what is gone here."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from starlette.responses import Response

from cunli import EVERYONE, Form, Limit, Page, Visit, count_try
from cunli import gettext as _

from . import host_pages, ical, listings, moments, reading
from .booking import AHEAD
from .frame import home, missing, offer_of, own_place
from .listings import Enough
from .models import Listing, Offer, Place
from .rights import KEEP
from .settings import CALENDARS

READING = Limit(name="calendar", most=30, seconds=3600)
STALE = timedelta(days=3)
UNREAD = {
    "no": _("这不是日历文件，没有读。原来占的日子没有动"),
    "large": _("文件太大，没有读。请在那边只导出以后的日子"),
}


TROUBLE = {
    "away": _("那边的网站没有答复，过一会儿再读"),
    "no": _("那个网址给的不是日历，请再抄一遍"),
    "large": _("那边的日历太大，请在那边只放以后的日子"),
    "closed": _("县里现在不让读这个网站"),
}


async def listing_at(visit: Visit) -> tuple[Place, Listing]:
    """A calendar of a place that this person keeps. Nobody else's is there."""
    place = await own_place(visit, visit.path_params["key"])
    found = await Listing.get_or_none(key=visit.path_params["listing"], place_id=place.id)
    if found is None:
        raise missing()
    return place, found


def url_of(visit: Visit, place: Place, listing: Listing) -> str:
    return f"{home(visit)}/host/{place.key}/calendars/{listing.key}"


async def add(visit: Visit) -> Response:
    """One more place where the rooms are offered."""
    place = await own_place(visit, visit.path_params["key"])
    offer = await offer_of(place, visit.path_params["offer"])
    if offer.kind != "room":
        raise missing()
    form = await visit.form()
    name = form.text("elsewhere", _("哪里的日历"), required=True, max_length=20)
    units = form.integer("units", _("那边放了几间"), minimum=1, maximum=offer.count)
    if not form or units is None:
        return await host_pages.days_of(visit, form, status=422)

    async def act() -> str:
        row = await listings.add(place, offer, name, units, actor=visit.me.id)
        return url_of(visit, place, row)

    try:
        return visit.redirect(await form.once(act), toast=_("加好了，把地址抄过去"))
    except Enough:
        form.error("elsewhere", _("最多 %(n)s 个，先拿掉一个", n=listings.MOST))
    return await host_pages.days_of(visit, form, status=422)


async def show(visit: Visit) -> Response:
    place, listing = await listing_at(visit)
    return await _show(visit, place, listing, Form.blank())


async def _show(visit: Visit, place: Place, listing: Listing, form: Form, *, status: int = 200) -> Response:
    today = moments.today()
    context = {
        "place": place,
        "offer": await Offer.get(id=listing.offer_id),
        "listing": listing,
        "form": form,
        "address": visit.absolute(f"{home(visit)}/calendars/{listing.secret}.ics"),
        "clashes": [date.fromisoformat(one) for one in listing.clashes if one >= today.isoformat()],
        "ahead": sum(one >= today.isoformat() for one in listing.days),
        "sites": visit.setting(CALENDARS).split(),
        "source": reading.address_of(listing, visit.me.id),
        "trouble": TROUBLE.get(listing.trouble, ""),
        "stale": not listing.address and listing.read_at is not None and listing.read_at < moments.now() - STALE,
    }
    return await visit.render("tourism/listing.html", context, status=status)


async def read(visit: Visit) -> Response:
    """A file of the other calendar. What cannot be read changes nothing."""
    place, listing = await listing_at(visit)
    form = await visit.form()
    files = form.files("file")
    body = await files[0].read(ical.MOST_BYTES + 1) if files else b""
    if not body:
        form.error("file", _("还没选日历文件"))
    elif await count_try(READING, visit.me.id):
        form.error("file", _("读得太多了，请过一个小时再来"))
    found = await _read(body, form) if form else None
    if found is None:
        return await _show(visit, place, listing, form, status=422)

    async def act() -> str:
        await listings.take(listing.id, found, actor=visit.me.id, url=home(visit))
        return url_of(visit, place, listing)

    return visit.redirect(await form.once(act), toast=_("读好了"))


async def _read(body: bytes, form: Form) -> ical.Found | None:
    today = moments.today()
    try:
        return await asyncio.to_thread(ical.read, body, today, today + timedelta(days=AHEAD + 1))
    except ical.Unreadable as unreadable:
        form.error("file", UNREAD[unreadable.why])
    return None


async def address(visit: Visit) -> Response:
    """Where it is read by itself, or not any more."""
    place, listing = await listing_at(visit)
    form = await visit.form()
    sites = visit.setting(CALENDARS).split()
    said = form.text("address", _("那边日历的网址"), max_length=reading.MOST_ADDRESS)
    if said and not reading.allowed(said, sites):
        form.error(
            "address", _("县里只开了这些网站：%(sites)s", sites="、".join(sites)) if sites else _("县里还没开自动读")
        )
    elif said and await count_try(READING, visit.me.id):
        form.error("address", _("读得太多了，请过一个小时再来"))
    if not form:
        return await _show(visit, place, listing, form, status=422)

    async def act() -> str:
        await reading.set_address(listing, said, actor=visit.me.id)
        return url_of(visit, place, listing)

    toast = _("存好了，几分钟里读第一次，以后每两个小时读") if said else _("不自动读了，占的日子没有动")
    return visit.redirect(await form.once(act), toast=toast)


async def renew(visit: Visit) -> Response:
    place, listing = await listing_at(visit)
    form = await visit.form()

    async def act() -> str:
        await listings.renew(listing, actor=visit.me.id)
        return url_of(visit, place, listing)

    return visit.redirect(await form.once(act), toast=_("换好了，旧地址读不到了，把新的抄过去"))


async def drop(visit: Visit) -> Response:
    place, listing = await listing_at(visit)
    form = await visit.form()
    offer = await Offer.get(id=listing.offer_id)

    async def act() -> str:
        await listings.drop(listing, actor=visit.me.id)
        return f"{home(visit)}/host/{place.key}/offers/{offer.key}/days"

    return visit.redirect(await form.once(act), toast=_("拿掉了，它占的日子放出来了"))


async def feed(visit: Visit) -> Response:
    """The days that are gone here, for whoever has the secret address: no names, no numbers, no reasons."""
    found = await Listing.get_or_none(secret=visit.path_params["secret"])
    if found is None:
        raise missing()
    offer = await Offer.get(id=found.offer_id)
    body = ical.written(await listings.gone_here(found), of=offer.key, says=str(_("订出去了")), at=moments.now())
    return Response(body, media_type="text/calendar; charset=utf-8", headers={"X-Robots-Tag": "noindex"})


PAGES = (
    Page(path="/host/{key}/offers/{offer}/calendars", view=add, to=KEEP, methods=("POST",), name="add_listing"),
    Page(path="/host/{key}/calendars/{listing}", view=show, to=KEEP, name="listing"),
    Page(
        path="/host/{key}/calendars/{listing}/read",
        view=read,
        to=KEEP,
        methods=("POST",),
        name="read_listing",
        files=1,
        body_limit=ical.MOST_BYTES + 50_000,
    ),
    Page(
        path="/host/{key}/calendars/{listing}/address", view=address, to=KEEP, methods=("POST",), name="listing_address"
    ),
    Page(path="/host/{key}/calendars/{listing}/renew", view=renew, to=KEEP, methods=("POST",), name="renew_listing"),
    Page(path="/host/{key}/calendars/{listing}/drop", view=drop, to=KEEP, methods=("POST",), name="drop_listing"),
    # Traceless, so that the secret in the address stands in no log.
    Page(path="/calendars/{secret}.ics", view=feed, to=EVERYONE, name="feed", traceless=True),
)
