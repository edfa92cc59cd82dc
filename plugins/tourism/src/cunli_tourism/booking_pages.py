"""One booking, for its guest, its host and the office; the guest's list; the voucher, the review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from cunli import (
    SIGNED_IN,
    Form,
    Limit,
    Page,
    Visit,
    count_try,
    reach,
    reveal,
    unit,
)
from cunli import gettext as _

from . import canceling, frame, moments, registering, rehousing, reviewing, words
from .complaining import AGAINST
from .frame import home, missing
from .models import GUEST_NAME, GUEST_PHONE, Booking, Complaint, Offer, Place, Refund, Step, Taken
from .moving import TAKING, Lacking, NotOpen, days_since, do
from .rights import OVERSEE
from .states import BY_NAME, STAYED, TAKES, State, Who, moves_of

MOST = 50
LOOKING = Limit(name="phone", most=60, seconds=86400)
FLOW = (
    ("requested", _("问主人")),
    ("confirmed", _("订好了")),
    ("arrived", _("到了")),
    ("completed", _("走了")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A booking and what this visitor is to it."""

    booking: Booking
    place: Place
    offer: Offer
    roles: frozenset[Who]
    url: str


async def seen(visit: Visit) -> Seen:
    """The booking of the address, for those whom it concerns. For anybody else it is not there."""
    found = await Booking.get_or_none(key=visit.path_params["key"])
    if found is None or visit.person is None:
        raise missing()
    place = await Place.get(id=found.place_id)
    roles = set()
    if found.guest_id == visit.person.id:
        roles.add(Who.GUEST)
    if place.host_id == visit.person.id:
        roles.add(Who.HOST)
    elif not roles and visit.may(OVERSEE):
        roles.add(Who.OFFICE)
    if not roles:
        raise missing()
    url = f"{home(visit)}/bookings/{found.key}"
    offer = await Offer.get(id=found.offer_id)
    return Seen(booking=found, place=place, offer=offer, roles=frozenset(roles), url=url)


def when(one: Booking, offer: Offer) -> Any:
    """The days of a booking in words."""
    if offer.kind == "room":
        return _(
            "%(first)s 到 %(last)s，%(n)s 晚",
            first=short(one.since),
            last=short(one.until),
            n=(one.until - one.since).days,
        )
    return _(
        "%(day)s %(slot)s", day=short(one.since), slot=offer.slots[one.slot] if one.slot < len(offer.slots) else ""
    )


def short(day: Any) -> str:
    return f"{day.month}月{day.day}日"


async def bookings(visit: Visit) -> Response:
    """What somebody booked, in every village of the county."""
    everywhere = (await reach()).below(visit.here.county_id)
    urls = {one.id: f"{one.url}/tourism" for one in everywhere.villages}
    with everywhere.rows():
        found = await Booking.filter(guest_id=visit.me.id).order_by("-id").limit(MOST)
        rows = await rows_of(found)
    context = {"rows": [(one, f"{urls[one.booking.village_id]}/bookings/{one.booking.key}") for one in rows]}
    return await visit.render("tourism/bookings.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A booking in a list."""

    booking: Booking
    place: Place
    offer: Offer
    when: Any
    state: Any
    hue: str
    icon: str
    total: str


async def rows_of(found: list[Booking]) -> list[Row]:
    """Bookings for a list, of the villages in scope: two questions, however many there are."""
    if not found:
        return []
    places = {one.id: one for one in await Place.filter(id__in={one.place_id for one in found})}
    offers = {one.id: one for one in await Offer.filter(id__in={one.offer_id for one in found})}
    return [
        Row(
            booking=one,
            place=places[one.place_id],
            offer=offers[one.offer_id],
            when=when(one, offers[one.offer_id]),
            state=words.STATES[one.state][0],
            hue=words.STATES[one.state][1],
            icon=words.STATES[one.state][2],
            total=frame.money(one.total_fen),
        )
        for one in found
    ]


async def booking(visit: Visit) -> Response:
    return await show(visit, await seen(visit), Form.blank())


async def show(visit: Visit, it: Seen, form: Form, *, status: int = 200) -> Response:
    """The page of a booking."""
    one = it.booking
    steps = await Step.filter(booking_id=one.id).order_by("number")
    refunds = await Refund.filter(booking_id=one.id).order_by("id")
    guest = Who.GUEST in it.roles
    moves = [move for move in moves_of(it.roles, State(one.state), one.way, days_since(one)) if move.form]
    back = canceling.read(one.back)
    reads = guest or Who.OFFICE in it.roles  # the host does not
    said = await Complaint.filter(booking_id=one.id).order_by("id") if reads else []
    context = {
        "it": it,
        "booking": one,
        "place": it.place,
        "form": form,
        "guest": guest,
        "state": words.STATES[one.state],
        "next": words.NEXT[one.state] if guest else "",
        "flow": flow(one, steps),
        "when": when(one, it.offer),
        "units": await _units(one),
        "others": [] if guest else [(o.value, o.label) for o in await rehousing.choices(one, it.offer)],
        "moves": moves,
        "first": moves[0].name if moves and moves[0].name in ("accept", "agree", "arrive", "finish") else "",
        "lines": one.lines,
        "money": frame.money,
        "steps": [(words.HAPPENED[step.move], step.at, step.words) for step in reversed(steps)],
        "back": back,
        "back_now": canceling.back(back, moments.now(), one.paid_fen),
        "rest": max(0, one.total_fen - one.paid_fen - one.taken_fen),
        "refunds": refunds,
        "to": _to(one, visit.me.id, own=guest),
        "may_call": State(one.state) in TAKES and bool(it.place.phone if guest else one.phone),
        "may_review": guest and one.state == State.COMPLETED,
        "must_pay": guest and one.state == State.HELD and one.way == "online",
        "complaints": said,
        "office": Who.OFFICE in it.roles,
        "may_complain": guest and one.state in AGAINST and not any(c.state == "open" for c in said),
        "voucher": one.state in (State.CONFIRMED, State.ARRIVED),
        "guests": await registering.of(one) if not guest and one.state in STAYED else [],
        "identity": list(words.IDENTITY.items()),
        "identities": words.IDENTITY,
        "may_register": not guest and one.state in STAYED and one.state != State.REVIEWED and it.offer.kind == "room",
    }
    return await visit.render("tourism/booking.html", context, status=status)


async def _units(one: Booking) -> list[int]:
    return sorted({taken.unit for taken in await Taken.filter(booking_id=one.id)})


def flow(one: Booking, steps: list[Step]) -> list[tuple[Any, Any, str]]:
    """The way of a booking in four words, with the day of each."""
    came = {step.after: moments.day(step.at) for step in steps if step.move != "move"}
    if one.state not in (*(name for name, _label in FLOW), "held", "reviewed"):
        return []
    names = [name for name, _label in FLOW if name in came or name != "requested"]
    reached = [name for name in names if name in came]
    return [
        (label, came.get(name), "now" if reached and name == reached[-1] else "done" if name in reached else "")
        for name, label in FLOW
        if name in names
    ]


def _to(one: Booking, reader: int, *, own: bool) -> tuple[str, str]:
    """Name and phone of the guest: their own in clear, masked for everybody else until the host asks."""
    found = []
    for sealed, value in ((GUEST_NAME, one.name), (GUEST_PHONE, one.phone)):
        if not value:
            found.append("")
        elif own:
            found.append(sealed.own(value, one.key, about=reader, reader=reader))
        else:
            found.append(str(sealed.masked(value, one.key)))
    return found[0], found[1]


async def move(visit: Visit) -> Response:
    """Do something to a booking. Whoever was too late is shown it as it is."""
    it = await seen(visit)
    name = visit.path_params["move"]
    if name not in BY_NAME or not BY_NAME[name].form:
        raise missing()
    form = await visit.form()
    said = form.text("words", _("为什么"), required=BY_NAME[name].words, max_length=300)
    taken = form.fen("taken", _("收了多少钱"), minimum=0, maximum=100_000_000, required=False) if name in TAKING else 0
    if not form:
        return await show(visit, it, form, status=422)
    again = ""

    async def act() -> str:
        nonlocal again
        try:
            await do(
                it.booking.key, name, it.roles, actor=visit.me.id, url=home(visit), words=said, taken_fen=taken or 0
            )
        except (NotOpen, Lacking):
            again = "late"
        return it.url

    where = await form.once(act)
    return visit.redirect(where, toast=_("已经变了，现在是这样") if again else words.HAPPENED[name])


async def phone(visit: Visit) -> Response:
    """Name and phone of the other side in clear, as long as there is something to arrange: the host's for the guest, the guest's
    for the host. It is written down."""
    it = await seen(visit)
    await visit.form()
    guest = Who.GUEST in it.roles
    if State(it.booking.state) not in TAKES or not (it.place.phone if guest else it.booking.phone):
        raise missing()
    if await count_try(LOOKING, visit.me.id):
        return visit.redirect(it.url, toast=_("今天问得太多了，请明天再问"))
    name, number = await (_host(it.place, visit.me.id) if guest else opened(it.booking, visit.me.id))
    return await visit.render("tourism/phone.html", {"it": it, "name": name, "phone": number, "guest": guest})


async def _host(place: Place, reader: int) -> tuple[str, str]:
    """What the host is called, and the phone in clear."""
    return place.called, await frame.host_phone(place, reader)


@unit
async def opened(one: Booking, reader: int) -> tuple[str, str]:
    """The guest's name and phone in clear."""
    masked = (GUEST_NAME.masked(one.name, one.key), GUEST_PHONE.masked(one.phone, one.key))
    name, number = await reveal(*masked, actor=reader, village=one.village_id, object=("booking", one.id))
    return name, number


async def voucher(visit: Visit) -> Response:
    """One sheet to show or to print: the code, the way there, the host. It works without a network."""
    it = await seen(visit)
    if it.booking.state not in (State.CONFIRMED, State.ARRIVED) or Who.GUEST not in it.roles:
        raise missing()
    context = {
        "it": it,
        "place": it.place,
        "when": when(it.booking, it.offer),
        "address": visit.absolute(f"{home(visit)}/check?code={it.booking.code}"),
        "rest": frame.money(it.booking.total_fen - it.booking.paid_fen),
        "to": _to(it.booking, visit.me.id, own=True),
        "host": await _host(it.place, visit.me.id) if it.place.phone else ("", ""),
    }
    return await visit.render("tourism/voucher.html", context)


async def review(visit: Visit) -> Response:
    """Somebody who stayed says how it was. Once."""
    it = await seen(visit)
    form = await visit.form()
    stars = form.integer("stars", _("几颗星"), minimum=1, maximum=5)
    said = form.text("words", _("说说怎么样"), max_length=500, multiline=True)
    if Who.GUEST not in it.roles:
        raise missing()
    if not form or stars is None:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await reviewing.write(it.booking, it.offer, stars, said, writer=visit.me.id, url=home(visit))
        return it.url

    try:
        return visit.redirect(await form.once(act), toast=_("写好了"))
    except NotOpen:
        return visit.redirect(it.url, toast=_("已经写过了"))


PAGES = (
    Page(path="/bookings", view=bookings, to=SIGNED_IN, name="bookings"),
    Page(path="/bookings/{key}", view=booking, to=SIGNED_IN, name="booking"),
    Page(path="/bookings/{key}/do/{move}", view=move, to=SIGNED_IN, methods=("POST",), name="move"),
    Page(path="/bookings/{key}/phone", view=phone, to=SIGNED_IN, methods=("POST",), name="phone"),
    Page(path="/bookings/{key}/voucher", view=voucher, to=SIGNED_IN, name="voucher"),
    Page(path="/bookings/{key}/review", view=review, to=SIGNED_IN, methods=("POST",), name="review"),
)
