"""What everybody meets: the places of a village, the county's invitation, one place with its calendar, the quote and the booking."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from cunli import EVERYONE, SIGNED_IN, Form, Limit, Page, Visit, count_try, send_photo
from cunli import gettext as _

from . import booking, canceling, frame, mapping, moments, outings, pricing, rooms, showing, where, words
from .booking import Changed, NotBookable, Wish
from .frame import day_in, ground, home, missing, number_in, place_at
from .models import Offer, Place, Review
from .pricing import Asked
from .rights import KEEP, OVERSEE
from .rooms import Full
from .where import MILLION, Spot

SHOWN = 60  # of a village at once; the rest is a page further
SAID = 20  # reviews at once
PHONE = re.compile(r"[0-9+\-]{5,20}")
CALLING = Limit(name="call", most=20, seconds=86400)
ASKING = Limit(name="book", most=20, seconds=86400)
WHY = {
    "closed": _("这里现在不接客"),
    "day": _("这一天过了，或者还早，请另选"),
    "nights": _("这里有最少住几晚的规定，请看房间下面的字"),
    "slot": _("请选一场"),
    "people": _("人数超过了能住能坐的，请多订一间，或者换一种"),
    "papers": _("这里有证件要换新，换好以前订不了"),
    "meal": _("这里没有跟着住的饭"),
    "take": _("这里现在没有能带走的"),
    "own": _("自己家不用订，要留着就在日历上点一下"),
}


async def places(visit: Visit) -> Response:
    """What this village invites to."""
    found = await Place.filter(state="open").order_by("-stars_count", "-id").limit(SHOWN + 1)
    more, found = len(found) > SHOWN, found[:SHOWN]
    mine = await Place.filter(host_id=visit.person.id).exists() if visit.person else False
    context = {
        "groups": [
            (label, showing.cards([one for one in found if one.kind == kind], {visit.here.id: home(visit)}, {}))
            for kind, (label, _art, _icon) in words.KINDS.items()
            if any(one.kind == kind for one in found)
        ],
        "more": f"{home(visit)}/visit?village={visit.here.url.rsplit('/', 1)[-1]}" if more else "",
        "outings": await outings.coming(3),
        "mine": mine,
        "may_keep": visit.may(KEEP),
        "may_oversee": visit.may(OVERSEE),
        "waiting": await Place.filter(state="waiting").count() if visit.may(OVERSEE) else 0,
    }
    return await visit.render("tourism/places.html", context)


async def place(visit: Visit) -> Response:
    return await _place(visit, Form.blank())


async def _seen_place(visit: Visit) -> tuple[Place, bool]:
    """The place of the address. What is not open is shown to its host and the office, and else to nobody."""
    found = await place_at(visit, visit.path_params["key"])
    mine = visit.person is not None and found.host_id == visit.person.id
    if found.state != "open" and not (mine or visit.may(OVERSEE)):
        raise missing()
    return found, mine


async def _place(visit: Visit, form: Form, *, status: int = 200) -> Response:
    found, mine = await _seen_place(visit)
    offers = await Offer.filter(place_id=found.id, open=True).order_by("id")
    chosen = _chosen(visit, [one for one in offers if one.kind not in booking.BESIDE])
    wish = wish_in(visit, chosen, found) if chosen else None
    others = await Place.filter(state="open").exclude(id=found.id).order_by("-stars_count", "-id").limit(SHOWN)
    beside, sketch, near = showing.beside(found, others, home(visit))
    context: dict[str, Any] = {
        "place": found,
        "form": form,
        "mine": mine,
        "may_oversee": visit.may(OVERSEE),
        "kind": words.KINDS[found.kind],
        "kinds": words.KINDS,
        "photos": [f"{home(visit)}/places/{found.key}/photo/{key}" for key in found.photos],
        "facts": showing.facts(found),
        "stars": showing.stars(found),
        **await _said(visit, found),
        "beside": beside,
        "sketch": sketch,
        "area": None if visit.look.saves else mapping.map_of(found, near),
        "around": near,
        "maps": where.links(Spot(lat=found.lat6 / MILLION, lng=found.lng6 / MILLION), found.name)
        if found.lat6 is not None and found.lng6 is not None
        else {},
        "policy": words.POLICIES[found.policy][1],
        "offer": chosen,
        "offers": [one for one in offers if one.kind not in booking.BESIDE],
        "meal": next((one for one in offers if one.kind == "meal"), None),
        "take": next((one for one in offers if one.kind == "take"), None),
        "most_takes": booking.MOST_TAKES,
        "money": frame.money,
        "wish": wish,
        "quote": None,
        "near": False,
        "via": outings.key_in(visit.query.get("via", "")),
    }
    if chosen is not None and wish is not None:
        context |= await _chosen_context(visit, found, chosen, wish)
    return await visit.render("tourism/place.html", context, status=status)


async def _said(visit: Visit, found: Place) -> dict[str, Any]:
    """What guests said, the newest first, some at a time."""
    start = number_in(visit.query.get("said", ""), least=0, most=9999, default=0) * SAID
    rows = await Review.filter(place_id=found.id).order_by("-id").offset(start).limit(SAID + 1)
    return {"reviews": rows[:SAID], "more_said": start // SAID + 1 if len(rows) > SAID else 0}


async def _chosen_context(visit: Visit, found: Place, chosen: Offer, wish: Wish) -> dict[str, Any]:
    on = ground(visit)
    asked = wish.asked
    since = day_in(visit.query.get("from", "")) or asked.first
    today = moments.today()
    since = min(max(since, today), today + timedelta(days=booking.AHEAD))
    why = await booking.why_not(found, chosen, wish, on)
    taken = await rooms.free_units(chosen, booking.days_of(chosen, asked), wish.slot) if not why else []
    quote = await booking.quoted(found, chosen, asked, on) if not why else None
    crowd = await rooms.crowd(found.id, asked.first) if found.capacity else 0
    return {
        "weeks": await showing.weeks(chosen, on.calendar, since, asked.first, asked.last),
        "since": since,
        "earlier": max(today, since - timedelta(days=28)) if since > today else None,
        "later": since + timedelta(days=28),
        "why": WHY.get(why, ""),
        "free": len(taken) >= asked.units if not why else False,
        "quote": quote,
        "lines": summed(quote.lines) if quote else [],
        "nights": (asked.last - asked.first).days,
        "steps": canceling.steps(found.policy, asked.first) if quote and quote.now_fen else [],
        "crowd": crowd,
        "near": bool(found.capacity) and rooms.near(crowd, found.capacity),
    }


def summed(lines: tuple[pricing.Line, ...]) -> list[tuple[str, int, int]]:
    """What, how many times, together: for the bar at the foot of the page."""
    found: dict[str, list[int]] = {}
    for one in lines:
        row = found.setdefault(one.what, [0, 0])
        row[0] += one.count
        row[1] += one.sum_fen
    return [(what, count, fen) for what, (count, fen) in found.items()]


def _chosen(visit: Visit, offers: list[Offer]) -> Offer | None:
    asked = visit.query.get("offer", "")
    return next((one for one in offers if one.key == asked), offers[0] if offers else None)


def wish_in(visit: Visit, offer: Offer, place: Place) -> Wish:
    """What the address of the page asks for, within what makes sense: tomorrow, one unit, two people, if it says nothing."""
    given = visit.query.get
    first = day_in(given("in", "")) or moments.today() + timedelta(days=1)
    last = day_in(given("out", "")) or first + timedelta(days=offer.least)
    if last <= first:
        last = first + timedelta(days=offer.least)
    most = offer.count * offer.holds
    usual = min(2, offer.holds if offer.kind == "room" else most)
    people = number_in(given("people", ""), least=1, most=most, default=usual)
    needed = -(-people // offer.holds)  # a family of four is not asked to know how many rooms that makes
    units = max(needed, number_in(given("units", ""), least=1, most=offer.count, default=1))
    if offer.kind == "seat":
        last, units = first, needed
    meals = people if given("meal", "") and offer.kind == "room" else 0
    slot = number_in(given("slot", ""), least=0, most=max(0, len(offer.slots) - 1), default=0)
    takes = number_in(given("takes", ""), least=0, most=booking.MOST_TAKES, default=0)
    asked = Asked(first=first, last=min(last, _latest(first)), units=units, people=people, meals=meals, takes=takes)
    return Wish(asked=asked, slot=slot if offer.kind == "seat" else 0, name="", phone="")


def _latest(first: date) -> date:
    return first + timedelta(days=pricing.LONGEST)


async def book_form(visit: Visit) -> Response:
    """The quote with all fees and the steps of cancellation, before anything is booked."""
    return await _book_form(visit, Form.blank())


async def _book_form(visit: Visit, form: Form, *, changed: bool = False, status: int = 200) -> Response:
    found, _mine = await _seen_place(visit)
    chosen = _chosen(visit, await _bookable(found))
    if chosen is None:
        raise missing()
    wish = wish_in(visit, chosen, found)
    on = ground(visit)
    why = "own" if found.host_id == visit.me.id else await booking.why_not(found, chosen, wish, on)
    if not why and wish.asked.meals and await booking.meal_of(found) is None:
        why = "meal"
    if not why and wish.asked.takes and await booking.take_of(found) is None:
        why = "take"
    quote = await booking.quoted(found, chosen, wish.asked, on) if not why else None
    context = {
        "place": found,
        "offer": chosen,
        "wish": wish,
        "form": form,
        "why": WHY.get(why, ""),
        "quote": quote,
        "lines": [(one, words.RUNGS[one.rung]) for one in quote.lines] if quote else [],
        "steps": canceling.steps(found.policy, wish.asked.first) if quote and quote.now_fen else [],
        "money": frame.money,
        "changed": changed,
        "nights": (wish.asked.last - wish.asked.first).days,
        "again": f"{home(visit)}/places/{found.key}?{visit.request.url.query}",
        "here": f"{home(visit)}/places/{found.key}/book?{visit.request.url.query}",
        "answer": on.answer_hours,
    }
    return await visit.render("tourism/book.html", context, status=status)


async def _bookable(found: Place) -> list[Offer]:
    rows = await Offer.filter(place_id=found.id, open=True).order_by("id")
    return [one for one in rows if one.kind not in booking.BESIDE]


async def book(visit: Visit) -> Response:
    """Write the booking. Whoever was too late, or saw another price, is shown how it is now."""
    found, _mine = await _seen_place(visit)
    chosen = _chosen(visit, await _bookable(found))
    if chosen is None:
        raise missing()
    form = await visit.form()
    wish = wish_in(visit, chosen, found)
    name = form.text("name", _("谁来"), required=True, max_length=20)
    phone = form.text("phone", _("电话"), required=True, max_length=20).replace(" ", "")
    if phone and not PHONE.fullmatch(phone):
        form.error("phone", _("电话写成 13812345678 这样"))
    note = form.text("note", _("给主人的话"), max_length=100)
    seen = form.integer("seen", _("价钱"), minimum=0, maximum=booking.MOST_FEN)
    if form and await count_try(ASKING, visit.me.id):
        form.error("", _("今天订得太多了，请明天再订，或者打电话给主人"))
    if not form:
        return await _book_form(visit, form, status=422)
    full = replace(wish, name=name, phone=phone, note=note, seen_fen=seen if seen is not None else -1)
    full = replace(full, outing_id=await outings.that_led_here(visit.query.get("via", "")))
    on = ground(visit)

    async def act() -> str:
        done = await booking.book(found.id, chosen.id, full, on, guest_id=visit.me.id)
        return f"{home(visit)}/bookings/{done.key}"

    try:
        return visit.redirect(await form.once(act))
    except Full:
        form.error("", _("刚刚被别人订走了，换一天或者换一间"))
    except Changed:
        return await _book_form(visit, form, changed=True, status=409)
    except NotBookable as no:
        form.error("", WHY[no.why])
    return await _book_form(visit, form, status=409)


async def photo(visit: Visit) -> Response:
    """A photo of a place, for whoever may see the place."""
    found, _mine = await _seen_place(visit)
    if visit.path_params["photo"] not in found.photos:
        raise missing()
    return await send_photo(
        visit, visit.path_params["photo"], "thumb" if visit.query.get("size") == "thumb" else "large"
    )


async def call(visit: Visit) -> Response:
    """The phone of a host, opened for somebody who is signed in; it is written down who asked."""
    found, _mine = await _seen_place(visit)
    await visit.form()
    back = f"{home(visit)}/places/{found.key}"
    if not found.phone or await count_try(CALLING, visit.me.id):
        return visit.redirect(back, toast=_("今天问得太多了，请明天再问"))
    phone = await frame.host_phone(found, visit.me.id)
    return await visit.render("tourism/call.html", {"place": found, "phone": phone})


PAGES = (
    Page(path="/places", view=places, to=EVERYONE, name="places"),
    Page(path="/places/{key}", view=place, to=EVERYONE, name="place"),
    Page(path="/places/{key}/photo/{photo}", view=photo, to=EVERYONE, name="photo"),
    Page(path="/places/{key}/book", view=book_form, to=SIGNED_IN, name="book_form"),
    Page(path="/places/{key}/book", view=book, to=SIGNED_IN, methods=("POST",), name="book"),
    Page(path="/places/{key}/call", view=call, to=SIGNED_IN, methods=("POST",), name="call"),
)
