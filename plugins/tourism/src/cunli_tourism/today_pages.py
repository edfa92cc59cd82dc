"""The host's day: who comes, who leaves, how many eat; the printed list; vouchers; who stayed; what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _

from . import booking_pages, frame, moments, registering, reviewing, rooms, words
from .booking_pages import rows_of, seen
from .frame import home, missing, place_at
from .models import Booking, Guest, Place, Review
from .moving import NotOpen, do
from .rights import KEEP, OVERSEE
from .settings import KEEP as KEEP_DAYS
from .states import STAYED, State, Who

LIST_DAYS = 14
MOST_PLACES = 40
MOST = 120  # bookings; what is nearest comes first


async def _places(visit: Visit) -> list[Place]:
    """Those that this person keeps; for the office also those whose host has no phone."""
    mine = Place.filter(host_id=visit.me.id).order_by("id").limit(MOST_PLACES)
    others = Place.filter(host_id=None).exclude(state="refused").order_by("-id").limit(MOST_PLACES)
    return [*await mine, *(await others if visit.may(OVERSEE) else [])]


async def today(visit: Visit) -> Response:
    """What is to do today, the most urgent first."""
    places = await _places(visit)
    ids = [one.id for one in places]
    day = moments.today()
    here = Booking.filter(place_id__in=ids)
    asked = here.filter(state="requested").order_by("due_at", "id").limit(MOST)  # however far ahead it is for
    coming = here.filter(state__in=["held", "confirmed", "arrived"], since__lte=day + timedelta(days=60))
    found = [*await asked, *(await coming.order_by("since", "id").limit(MOST))] if ids else []
    rows = await rows_of(found)
    arrive = [one for one in rows if one.booking.state == State.CONFIRMED and one.booking.since <= day]
    inside = [one for one in rows if one.booking.state == State.ARRIVED]
    context = {
        "places": [(one, words.PLACE_STATES[one.state]) for one in places],
        "asked": [one for one in rows if one.booking.state == State.REQUESTED],
        "arrive": arrive,
        "leave": [one for one in inside if one.booking.until <= day],
        "stay": [one for one in inside if one.booking.until > day],
        "soon": [one for one in rows if one.booking.state in (State.HELD, State.CONFIRMED) and one.booking.since > day][
            :10
        ],
        "meals": sum(
            one.booking.meals
            for one in rows
            if one.booking.since == day and one.booking.state in (State.CONFIRMED, State.ARRIVED)
        ),
        "eaters": sum(
            one.booking.people
            for one in rows
            if one.booking.since == day and one.offer.kind == "seat" and one.place.kind == "restaurant"
        ),
        "people": sum(one.booking.people for one in arrive),
        "foreign": await Guest.filter(foreign=True, reported_at=None, booking__place_id__in=ids).count() if ids else 0,
        "crowds": await rooms.crowds(await _crowded(visit, places), day),
        "day": day,
    }
    return await visit.render("tourism/today.html", context)


async def _crowded(visit: Visit, places: list[Place]) -> list[Place]:
    """Where people may be too many: places with a published capacity, of this host, and for the office all of the village."""
    if not visit.may(OVERSEE):
        return places
    return await Place.filter(state="open", capacity__gt=0).order_by("id").limit(MOST_PLACES)


async def check_form(visit: Visit) -> Response:
    return await _check(visit, Form.blank(codes=visit.query.get("code", "")[:8].upper()))


async def _check(visit: Visit, form: Form, done: list[Checked] | None = None, *, status: int = 200) -> Response:
    return await visit.render("tourism/check.html", {"form": form, "done": done or []}, status=status)


async def check(visit: Visit) -> Response:
    """Vouchers by their short codes: one at the door, or those of the printed list when the network is back. Each counts once."""
    form = await visit.form()
    text = form.text("codes", _("短码"), required=True, max_length=400, multiline=True).upper()
    if not form:
        return await _check(visit, form, status=422)
    codes = dict.fromkeys(one for one in text.replace(",", " ").replace("，", " ").split() if len(one) == 8)
    done = [await _arrived(visit, code) for code in codes]
    if not done:
        form.error("codes", _("短码是八位的字母和数字，印在凭证上"))
        return await _check(visit, form, status=422)
    return await _check(visit, Form.blank(), done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a short code turned out to be; with the address of its booking where the guest is let in, for what is left to do."""

    code: str
    what: object
    url: str = ""


async def _arrived(visit: Visit, code: str) -> Checked:
    found = await Booking.get_or_none(code=code)
    place = await Place.get(id=found.place_id) if found else None
    roles = set()
    if place is not None:
        roles = {Who.HOST} if place.host_id == visit.me.id else {Who.OFFICE} if visit.may(OVERSEE) else set()
    if found is None or not roles:
        return Checked(code=code, what=_("没有这个短码"))
    if State(found.state) in STAYED:
        return Checked(code=code, what=_("已经用过了，不能再用"))
    try:
        await do(found.key, "arrive", roles, actor=visit.me.id, url=home(visit))
    except NotOpen:
        return Checked(code=code, what=_("还不能用：%(state)s", state=words.STATES[found.state][0]))
    rest = found.total_fen - found.paid_fen
    what = (
        _("对，请进。%(n)s 人，还要收 %(fen)s 元", n=found.people, fen=frame.money(rest)) if rest > 0 else _("对，请进")
    )
    return Checked(code=code, what=what, url=f"{home(visit)}/bookings/{found.key}")


async def paper(visit: Visit) -> Response:
    """The next days on paper, for the wall of a host whose network fails. Names in clear: printing it is written down."""
    place = await place_at(visit, visit.path_params["key"])
    if place.host_id != visit.me.id and not visit.may(OVERSEE):
        raise missing()
    day = moments.today()
    found = await Booking.filter(
        place_id=place.id,
        state__in=["confirmed", "arrived"],
        since__lte=day + timedelta(days=LIST_DAYS),
        until__gte=day,
    ).order_by("since", "id")
    rows = [
        (one, await booking_pages.opened(one.booking, visit.me.id)) for one in await rows_of(found) if one.booking.name
    ]
    context = {"place": place, "rows": rows, "day": day, "until": day + timedelta(days=LIST_DAYS)}
    return await visit.render("tourism/paper.html", context)


async def register(visit: Visit) -> Response:
    """Write a guest down, as the public security rules want it."""
    it = await seen(visit)
    if (
        Who.GUEST in it.roles
        or State(it.booking.state) not in (State.ARRIVED, State.COMPLETED)
        or it.offer.kind != "room"
    ):
        raise missing()
    form = await visit.form()
    name = form.text("name", _("姓名"), required=True, max_length=40)
    kind = form.choice("kind", _("证件"), words.IDENTITY)
    number = form.text("number", _("证件号"), required=True, min_length=5, max_length=30)
    foreign = form.flag("foreign")
    if not form:
        return await booking_pages.show(visit, it, form, status=422)
    keep = visit.setting(KEEP_DAYS)

    async def act() -> str:
        await registering.write(it.booking, name, kind, number, foreign=foreign, keep_days=keep, actor=visit.me.id)
        return it.url

    return visit.redirect(await form.once(act), toast=_("登记好了"))


async def report(visit: Visit) -> Response:
    """The public security was told of a foreign guest."""
    it = await seen(visit)
    form = await visit.form()
    number = form.integer("guest", _("哪位"), minimum=1, maximum=2_147_483_647)
    found = await Guest.get_or_none(id=number, booking_id=it.booking.id) if number else None
    if Who.GUEST in it.roles or found is None:
        raise missing()

    async def act() -> str:
        await registering.reported(found, actor=visit.me.id)
        return it.url

    return visit.redirect(await form.once(act), toast=_("记下了"))


async def registered(visit: Visit) -> Response:
    """The registration of a booking in clear, to copy into the form of the public security. It is written down."""
    it = await seen(visit)
    await visit.form()
    if Who.GUEST in it.roles:
        raise missing()
    rows = await registering.opened(it.booking, reader=visit.me.id)
    return await visit.render("tourism/registered.html", {"it": it, "rows": rows, "kinds": words.IDENTITY})


async def on_review(visit: Visit) -> Response:
    """The host answers a review, or the office hides its words and says why."""
    place = await place_at(visit, visit.path_params["key"])
    form = await visit.form()
    number = form.integer("review", _("哪一条"), minimum=1, maximum=2_147_483_647)
    found = await Review.get_or_none(id=number, place_id=place.id) if number else None
    what = form.choice("do", _("做什么"), ("answer", "hide"))
    said = form.text("words", _("写什么"), required=True, max_length=200)
    mine = place.host_id == visit.me.id
    if found is None or (what == "answer" and not mine) or (what == "hide" and (mine or not visit.may(OVERSEE))):
        raise missing()
    back = f"{home(visit)}/places/{place.key}"
    if not form:
        return visit.redirect(back, toast=_("要写几个字"))

    async def act() -> str:
        if what == "answer":
            await reviewing.answer(found, said, place, home(visit))
        else:
            await reviewing.hide(found, said, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=_("记下了"))


PAGES = (
    Page(path="/today", view=today, to=KEEP, name="today"),
    Page(path="/check", view=check_form, to=KEEP, name="check_form"),
    Page(path="/check", view=check, to=KEEP, methods=("POST",), name="check"),
    Page(path="/host/{key}/paper", view=paper, to=KEEP, name="paper"),
    Page(path="/bookings/{key}/guests", view=register, to=KEEP, methods=("POST",), name="register"),
    Page(path="/bookings/{key}/guests/reported", view=report, to=KEEP, methods=("POST",), name="report"),
    Page(path="/bookings/{key}/guests/open", view=registered, to=KEEP, methods=("POST",), name="registered"),
    Page(path="/places/{key}/reviews", view=on_review, to=KEEP, methods=("POST",), name="on_review"),
)
