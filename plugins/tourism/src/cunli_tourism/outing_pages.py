"""Ways through a village and its festivals: the list, the event page that leads to bookings, and the office that writes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from cunli import EVERYONE, Form, Page, Visit
from cunli import gettext as _

from . import figures, frame, moments, outings, showing, words
from .booking import BESIDE
from .frame import home, missing
from .models import Booking, Offer, Outing, Place
from .outings import Halt, OutingForm, TooMany
from .rights import OVERSEE

MOST = 60
FARTHEST = timedelta(days=3 * 366)


async def _outing(visit: Visit) -> Outing:
    """What is not shown, or has no stop that is open, is there for the office only."""
    found = await Outing.get_or_none(key=visit.path_params["key"])
    if found is None or not (found.shown or visit.may(OVERSEE)):
        raise missing()
    return found


async def list_of(visit: Visit) -> Response:
    """What can be gone through here, and what is celebrated when."""
    office = visit.may(OVERSEE)
    found = await Outing.all().order_by("-id").limit(MOST) if office else await outings.coming(MOST)
    return await visit.render("tourism/outings.html", {"rows": found, "office": office, "today": moments.today()})


async def outing(visit: Visit) -> Response:
    """The page of an outing: what it is, when, and its stops with what can be booked for its first day."""
    found = await _outing(visit)
    stops = await outings.halts(found, all_of_them=False)
    day = outings.first_day(found)
    today = moments.today()
    context = {
        "outing": found,
        "stops": [
            (one, _link(visit, one, day, found.key), frame.money(one.offer.fen) if one.offer else "") for one in stops
        ],
        "photo": next((showing.photo_of(one.place, home(visit)) for one in stops if one.place.photos), ""),
        "kinds": words.KINDS,
        "photo_of": lambda place: showing.photo_of(place, home(visit)),
        "days_left": (found.since - today).days if found.since and found.since > today else 0,
        "over": found.until is not None and found.until < today,
        "office": visit.may(OVERSEE),
        "brought": await _brought(found) if visit.may(OVERSEE) else None,
        "money": frame.money,
    }
    return await visit.render("tourism/outing.html", context)


async def _brought(found: Outing) -> figures.Brought:
    return (await figures.brought(Booking.filter(outing_id=found.id))).get(found.id, figures.Brought())


def _link(visit: Visit, one: Halt, day: Any, key: str) -> str:
    """The page of the place, at the day and the offer of the outing, which is carried along to the booking."""
    url = f"{home(visit)}/places/{one.place.key}"
    if one.offer is None:
        return f"{url}?via={key}"
    out = f"&out={day + timedelta(days=one.offer.least)}" if one.offer.kind == "room" else ""
    return f"{url}?offer={one.offer.key}&in={day}{out}&via={key}"


async def write_form(visit: Visit) -> Response:
    return await _form(visit, Form.blank(kind="festival", shown="1"))


async def change_form(visit: Visit) -> Response:
    found = await _outing(visit)
    said = {
        "kind": found.kind,
        "name": found.name,
        "about": found.about,
        "since": found.since or "",
        "until": found.until or "",
    }
    return await _form(visit, Form.blank(**said, **({"shown": "1"} if found.shown else {})), found)


async def _form(visit: Visit, form: Form, found: Outing | None = None, *, status: int = 200) -> Response:
    stops = await outings.halts(found, all_of_them=True) if found else []
    places = await Place.filter(state="open").order_by("name", "id").limit(100) if found else []
    names = {one.id: one.name for one in places}
    offers = await Offer.filter(place_id__in=list(names), open=True).exclude(kind__in=list(BESIDE)) if names else []
    choices = [(f"{one.key}:", one.name) for one in places]
    keys = {one.id: one.key for one in places}
    choices += [(f"{keys[one.place_id]}:{one.key}", f"{names[one.place_id]} · {one.name}") for one in offers]
    context = {
        "form": form,
        "outing": found,
        "stops": stops,
        "choices": sorted(choices, key=lambda one: one[1]),
        "kinds": [("festival", _("节会，有日子")), ("route", _("路线，哪天都能走"))],
    }
    return await visit.render("tourism/outing_form.html", context, status=status)


def _read(form: Form) -> OutingForm:
    kind = form.choice("kind", _("是什么"), ("festival", "route"))
    name = form.text("name", _("叫什么"), required=True, max_length=24)
    about = form.text("about", _("说说它"), max_length=1000, multiline=True)
    since, until = form.date("since", _("哪天起")), form.date("until", _("到哪天"))
    if kind == "festival" and (since is None or until is None):
        form.error("since" if since is None else "until", _("节会要写哪天起、到哪天"))
    elif kind == "festival" and since and until and not since <= until <= moments.today() + FARTHEST:
        form.error("until", _("要在开始那天以后，三年以内"))
    days = (since, until) if kind == "festival" else (None, None)
    return OutingForm(kind=kind, name=name, about=about, since=days[0], until=days[1], shown=form.flag("shown"))


async def write(visit: Visit) -> Response:
    return await _keep(visit, None)


async def change(visit: Visit) -> Response:
    return await _keep(visit, await _outing(visit))


async def _keep(visit: Visit, before: Outing | None) -> Response:
    form = await visit.form()
    given = _read(form)
    if not form:
        return await _form(visit, form, before, status=422)

    async def act() -> str:
        row = await outings.write(given, before, actor=visit.me.id)
        return f"{home(visit)}/outings/{row.key}/edit"

    return visit.redirect(await form.once(act), toast=_("写好了，接着加站"))


async def stop(visit: Visit) -> Response:
    """Add a stop, or take one out."""
    found = await _outing(visit)
    form = await visit.form()
    back = f"{home(visit)}/outings/{found.key}/edit"
    if form.has("drop"):
        number = form.integer("drop", _("哪一站"), minimum=1, maximum=10_000)
        if not form or number is None:
            raise missing()

        async def drop() -> str:
            await outings.drop_stop(found, number, actor=visit.me.id)
            return back

        return visit.redirect(await form.once(drop), toast=_("拿掉了"))
    place_key, _colon, offer_key = form.text("to", _("哪一处"), required=True, max_length=50).partition(":")
    said = form.text("words", _("一句话"), max_length=60)
    place = await Place.get_or_none(key=place_key, state="open") if form else None
    offer = await Offer.get_or_none(key=offer_key, place_id=place.id, open=True) if place and offer_key else None
    if form and (place is None or (offer_key and offer is None)):
        form.error("to", _("请选一处开着的"))
    if not form or place is None:
        return await _form(visit, form, found, status=422)

    async def act() -> str:
        await outings.add_stop(found, place, offer, said, actor=visit.me.id)
        return back

    try:
        return visit.redirect(await form.once(act), toast=_("加好了"))
    except TooMany:
        form.error("to", _("最多 %(n)s 站", n=outings.MOST_STOPS))
    return await _form(visit, form, found, status=422)


PAGES = (
    Page(path="/outings", view=list_of, to=EVERYONE, name="outings"),
    Page(path="/outings/new", view=write_form, to=OVERSEE, name="outing_form"),
    Page(path="/outings/new", view=write, to=OVERSEE, methods=("POST",), name="write_outing"),
    Page(path="/outings/{key}", view=outing, to=EVERYONE, name="outing"),
    Page(path="/outings/{key}/edit", view=change_form, to=OVERSEE, name="change_outing_form"),
    Page(path="/outings/{key}/edit", view=change, to=OVERSEE, methods=("POST",), name="change_outing"),
    Page(path="/outings/{key}/stops", view=stop, to=OVERSEE, methods=("POST",), name="outing_stop"),
)
