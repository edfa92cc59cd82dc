"""What a host does: places, papers, what can be booked, prices, and days that are kept free."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from cunli import HOLIDAYS, Form, Page, Visit, photo_body_limit, provider_of, take_photos
from cunli import gettext as _

from . import frame, host_forms, keeping, licences, moments, rooms, showing, words
from .booking import BESIDE
from .frame import day_in, home, missing, offer_of, own_place
from .keeping import InUse, TooMany
from .models import Licence, Listing, Offer, Place, Season, Taken
from .rights import KEEP, OVERSEE

MOST_PHOTOS = 6


async def begin_form(visit: Visit) -> Response:
    return await _place_form(visit, Form.blank(kind="homestay", policy="middle", prepay="0", system="gcj02"))


async def _place_form(visit: Visit, form: Form, place: Place | None = None, *, status: int = 200) -> Response:
    context = {
        "form": form,
        "place": place,
        "kinds": [(key, label) for key, (label, _art, _icon) in words.KINDS.items()],
        "facilities": [(key, label) for key, (label, _icon) in words.FACILITIES.items()],
        "policies": [(key, label, about) for key, (label, about) in words.POLICIES.items()],
        "prepays": list(words.PREPAY.items()),
        "systems": list(host_forms.SYSTEMS.items()),
        "may_oversee": visit.may(OVERSEE),
    }
    return await visit.render("tourism/place_form.html", context, status=status)


async def begin(visit: Visit) -> Response:
    """A new place; the village looks at it before anybody can book."""
    form = await visit.form()
    given = host_forms.read_place(form)
    for_other = form.flag("for_other") and visit.may(OVERSEE)
    photos = await take_photos(visit, form, owner_id=visit.me.id, most=MOST_PHOTOS) if form else []
    if not form:
        return await _place_form(visit, form, status=422)
    keys = [one.key for one in photos]

    async def act() -> str:
        host = None if for_other else visit.me.id
        row = await keeping.begin(given, keys, host_id=host, actor=visit.me.id, url=home(visit))
        return f"{home(visit)}/host/{row.key}"

    return visit.redirect(await form.once(act), toast=_("写好了，接着写证件和能订什么，村里核对过就开"))


async def edit_form(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    return await _place_form(visit, Form.blank(**host_forms.said_of(place, visit.me.id)), place)


async def edit(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    form = await visit.form()
    given = host_forms.read_place(form)
    gone = [one for one in form.keys("gone", most=20) if one in place.photos]
    free = MOST_PHOTOS - len(place.photos) + len(gone)
    photos = (
        await take_photos(visit, form, owner_id=visit.me.id, most=max(0, free)) if form and form.files("photos") else []
    )
    if not form:
        return await _place_form(visit, form, place, status=422)
    keys = [one.key for one in photos]

    async def act() -> str:
        await keeping.change(place, given, keys, gone, actor=visit.me.id)
        return f"{home(visit)}/host/{place.key}"

    return visit.redirect(await form.once(act), toast=_("改好了"))


async def desk(visit: Visit) -> Response:
    """One place, for whoever keeps it: its state, its papers, what can be booked."""
    return await _desk(visit, Form.blank())


async def _desk(visit: Visit, form: Form, *, status: int = 200) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    asked = frame.papers(visit)
    offers = await Offer.filter(place_id=place.id).order_by("id")
    meals = any(one.kind == "meal" and one.open for one in offers)
    rows = {one.kind: one for one in await Licence.filter(place_id=place.id)}
    wanted = licences.needed(place.kind, asked, meals=meals)
    context = {
        "place": place,
        "form": form,
        "kind": words.KINDS[place.kind][0],
        "state": words.PLACE_STATES[place.state],
        "papers": [(key, label, rows.get(key), key in wanted) for key, label in words.PAPERS.items()],
        "lacking": [words.PAPERS[one] for one in licences.lacking(wanted, rows.values(), moments.today())],
        "soon": place.valid_until
        if place.valid_until and place.valid_until < moments.today() + timedelta(days=30)
        else None,
        "offers": [(one, words.OFFERS[one.kind][0], frame.money(one.fen)) for one in offers],
    }
    return await visit.render("tourism/host_place.html", context, status=status)


async def papers(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    form = await visit.form()
    given = host_forms.read_papers(form)
    if not form:
        return await _desk(visit, form, status=422)

    async def act() -> str:
        await keeping.papers(place, given, frame.papers(visit), actor=visit.me.id, url=home(visit))
        return f"{home(visit)}/host/{place.key}"

    return visit.redirect(await form.once(act), toast=_("证件记下了"))


async def offer_form(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    blank = Form.blank(kind="room" if place.kind in ("homestay", "camp") else "seat", count="1", holds="2", least="1")
    return await _offer_form(visit, place, blank)


async def _offer_form(
    visit: Visit, place: Place, form: Form, offer: Offer | None = None, *, status: int = 200
) -> Response:
    kinds = [(key, label, about) for key, (label, about) in words.OFFERS.items()]
    context = {"place": place, "form": form, "offer": offer, "kinds": kinds}
    return await visit.render("tourism/offer_form.html", context, status=status)


async def add_offer(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    return await _keep_offer(visit, place, None)


async def change_offer_form(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    offer = await offer_of(place, visit.path_params["offer"])
    return await _offer_form(visit, place, Form.blank(**host_forms.offer_said(offer, frame.money)), offer)


async def change_offer(visit: Visit) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    return await _keep_offer(visit, place, await offer_of(place, visit.path_params["offer"]))


async def _keep_offer(visit: Visit, place: Place, before: Offer | None) -> Response:
    form = await visit.form()
    given = host_forms.read_offer(form)
    if not form:
        return await _offer_form(visit, place, form, before, status=422)

    async def act() -> str:
        row = await keeping.offer(place, given, before, frame.papers(visit), actor=visit.me.id)
        return f"{home(visit)}/host/{place.key}/offers/{row.key}/days"

    try:
        return visit.redirect(await form.once(act), toast=_("写好了，看看价钱对不对"))
    except TooMany:
        form.error("count", _("民宿一共不超过 14 间房"))
    except InUse:
        form.error("count", _("后面有人订了，等他们走了再减少，或者先不改场次"))
    return await _offer_form(visit, place, form, before, status=422)


async def days(visit: Visit) -> Response:
    """Five weeks of an offer: what a day costs, what is free, one tap to keep a day for oneself; the seasons."""
    return await days_of(visit, Form.blank())


async def days_of(visit: Visit, form: Form, *, status: int = 200) -> Response:
    place = await own_place(visit, visit.path_params["key"])
    offer = await offer_of(place, visit.path_params["offer"])
    today = moments.today()
    since = min(max(day_in(visit.query.get("from", "")) or today, today), today + timedelta(days=366))
    weeks = await showing.weeks(offer, provider_of(HOLIDAYS), since, None, None) if offer.kind not in BESIDE else []
    start = weeks[0][0].day if weeks else since
    mine = Taken.filter(offer_id=offer.id, booking_id=None, day__gte=start, day__lt=start + timedelta(days=35))
    elsewhere = await Listing.filter(offer_id=offer.id).order_by("id")
    context = {
        "place": place,
        "offer": offer,
        "form": form,
        "weeks": weeks,
        "kept": set(await mine.filter(listing_id=None).values_list("day", flat=True)),
        "away": set(await mine.exclude(listing_id=None).values_list("day", flat=True)),
        "elsewhere": elsewhere,
        "clashes": sum(len(one.clashes) for one in elsewhere),
        "since": since,
        "later": since + timedelta(days=28),
        "earlier": max(today, since - timedelta(days=28)) if since > today else None,
        "seasons": await Season.filter(offer_id=offer.id).order_by("id"),
        "money": frame.money,
    }
    return await visit.render("tourism/days.html", context, status=status)


async def block(visit: Visit) -> Response:
    """One tap: what is free on a day is kept, or given free again."""
    place = await own_place(visit, visit.path_params["key"])
    offer = await offer_of(place, visit.path_params["offer"])
    form = await visit.form()
    day = form.date("day", _("哪天"), required=True)
    what = form.choice("do", _("做什么"), ("block", "unblock"))
    back = f"{home(visit)}/host/{place.key}/offers/{offer.key}/days?from={visit.query.get('from', '')[:10]}"
    if not form or day is None or offer.kind in BESIDE:
        return visit.redirect(back, toast=_("请再点一次"))

    async def act() -> str:
        for slot in range(max(1, len(offer.slots))):
            if what == "block":
                await rooms.block(place, offer, day, slot)
            else:
                await rooms.unblock(offer, day, slot)
        return back

    return visit.redirect(await form.once(act), toast=_("留着自己用") if what == "block" else _("放出来了"))


async def season(visit: Visit) -> Response:
    """Add a season, or take one away."""
    place = await own_place(visit, visit.path_params["key"])
    offer = await offer_of(place, visit.path_params["offer"])
    form = await visit.form()
    back = f"{home(visit)}/host/{place.key}/offers/{offer.key}/days"
    if form.has("drop"):
        number = form.integer("drop", _("哪个时节"), minimum=1, maximum=2_147_483_647)
        if not form or number is None:
            raise missing()

        async def drop() -> str:
            await keeping.drop_season(offer, number, actor=visit.me.id)
            return back

        return visit.redirect(await form.once(drop), toast=_("拿掉了，订好的还是原价"))
    given = host_forms.read_season(form)
    if given is None:
        return await days_of(visit, form, status=422)

    async def act() -> str:
        await keeping.season(offer, given, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=_("时节的价钱写好了"))


PAGES = (
    Page(path="/host/new", view=begin_form, to=KEEP, name="begin_form"),
    Page(
        path="/host/new",
        view=begin,
        to=KEEP,
        methods=("POST",),
        name="begin",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
    Page(path="/host/{key}", view=desk, to=KEEP, name="host_place"),
    Page(path="/host/{key}/edit", view=edit_form, to=KEEP, name="edit_form"),
    Page(
        path="/host/{key}/edit",
        view=edit,
        to=KEEP,
        methods=("POST",),
        name="edit",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
    Page(path="/host/{key}/papers", view=papers, to=KEEP, methods=("POST",), name="papers"),
    Page(path="/host/{key}/offers", view=offer_form, to=KEEP, name="offer_form"),
    Page(path="/host/{key}/offers", view=add_offer, to=KEEP, methods=("POST",), name="add_offer"),
    Page(path="/host/{key}/offers/{offer}", view=change_offer_form, to=KEEP, name="change_offer_form"),
    Page(path="/host/{key}/offers/{offer}", view=change_offer, to=KEEP, methods=("POST",), name="change_offer"),
    Page(path="/host/{key}/offers/{offer}/days", view=days, to=KEEP, name="days"),
    Page(path="/host/{key}/offers/{offer}/block", view=block, to=KEEP, methods=("POST",), name="block"),
    Page(path="/host/{key}/offers/{offer}/seasons", view=season, to=KEEP, methods=("POST",), name="season"),
)
