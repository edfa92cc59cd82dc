"""The county's invitation: every place that is open, by kind, village and day; and the same for search engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response
from tortoise.expressions import Q
from tortoise.functions import Count

from cunli import EVERYONE, Page, Reach, Visit, reach

from . import moments, outings, showing, words
from .booking import AHEAD
from .frame import day_in, home, page_in
from .models import Offer, Place, Taken

MOST = 24
MAPPED = 5000  # addresses in the map for search engines


async def invite(visit: Visit) -> Response:
    """Come and see us: what is open in every village of the county."""
    everywhere = await _everywhere(visit)
    asked = {name: visit.query.get(name, "").strip()[:30] for name in ("q", "kind", "village", "day")}
    start, day = page_in(visit) * MOST, _bookable(asked["day"])
    reached = _of_village(everywhere, asked["village"])
    with reached.rows():
        rows = await _places(asked).order_by("-stars_count", "-id").offset(start).limit(MOST + 1)
        full = await _full(rows[:MOST], day) if day else set()
        festivals = await outings.coming(3) if not start else []
    names = {one.id: one.name for one in everywhere.villages}
    urls = {one.id: f"{one.url}/tourism" for one in everywhere.villages}
    context = {
        "cards": [
            (card, place.id in full)
            for card, place in zip(showing.cards(rows[:MOST], urls, names, day), rows, strict=False)
        ],
        "asked": asked,
        "here": _here(visit),
        "map": f"{home(visit)}/sitemap.xml" if visit.village else f"{_here(visit).removesuffix('/visit')}/sitemap.xml",
        "county": visit.here.county_name if visit.village else visit.county.name if visit.county else "",
        "outings": [(one, f"{urls[one.village_id]}/outings/{one.key}", names[one.village_id]) for one in festivals],
        "kinds": [(key, label, icon) for key, (label, _art, icon) in words.KINDS.items()],
        "villages": [(one.url.rsplit("/", 1)[-1], one.name) for one in everywhere.villages],
        "next": start // MOST + 1 if len(rows) > MOST else 0,
        "today": moments.today(),
        "first": start == 0,
    }
    return await visit.render("tourism/invite.html", context)


async def _everywhere(visit: Visit) -> Reach:
    """The villages of the county: that of the village, that of the address, or the only one of the site."""
    found = await reach()
    if visit.village:
        return found.below(visit.here.county_id)
    return found.below(visit.county.id) if visit.county else found


def _here(visit: Visit) -> str:
    if visit.village:
        return f"{home(visit)}/visit"
    return f"/tourism/visit/{visit.county.code}" if visit.county else "/tourism/visit"


def _of_village(everywhere: Reach, slug: str) -> Reach:
    chosen = tuple(one for one in everywhere.villages if one.url.rsplit("/", 1)[-1] == slug)
    return Reach(chosen) if chosen else everywhere


def _places(asked: dict[str, str]) -> Any:
    rows = Place.filter(state="open")
    if asked["kind"] in words.KINDS:
        rows = rows.filter(kind=asked["kind"])
    return rows.filter(told(asked["q"])) if asked["q"] else rows


def told(words_: str) -> Q:
    """Places of which somebody says this: in their name, what the host tells, what is included, where it is, or what kind it is."""
    names = ("name", "called", "story", "included", "address")
    kinds = [kind for kind, (label, _art, _icon) in words.KINDS.items() if words_ in str(label)]
    found = [Q(**{f"{one}__contains": words_}) for one in names]
    return Q(*found, *([Q(kind__in=kinds)] if kinds else []), join_type="OR")


def _bookable(text: str) -> date | None:
    """The day that somebody asks for, if it can be booked."""
    day = day_in(text)
    return day if day and moments.today() <= day <= moments.today() + timedelta(days=AHEAD) else None


async def _full(places: list[Place], day: date) -> set[int]:
    """Which of these have no room and no seat left on that day: two questions, for one page of places."""
    ids = [one.id for one in places]
    offers = await Offer.filter(place_id__in=ids, open=True, kind__in=["room", "seat"]) if ids else []
    taken = Taken.filter(offer_id__in=[one.id for one in offers], day=day).annotate(n=Count("id")) if offers else None
    rows = await taken.group_by("offer_id").values("offer_id", "n") if taken else []
    gone = {one["offer_id"]: one["n"] for one in rows}
    free = {one.place_id for one in offers if gone.get(one.id, 0) < one.count * max(1, len(one.slots))}
    return {one.place_id for one in offers} - free


async def sitemap(visit: Visit) -> Response:
    """The addresses of all that is open, for search engines. UTF-8 needs no declaration in XML."""
    everywhere = await _everywhere(visit)
    urls = {one.id: f"{one.url}/tourism" for one in everywhere.villages}
    with everywhere.rows():
        rows = await Place.filter(state="open").order_by("id").limit(MAPPED).values("key", "village_id")
        shown = await outings.coming(MAPPED)
    base = visit.absolute("")
    found = [f"{base}{_here(visit)}", *(f"{base}{urls[one['village_id']]}/places/{one['key']}" for one in rows)]
    found += [f"{base}{urls[one.village_id]}/outings/{one.key}" for one in shown]
    lines = "".join(f"<url><loc>{escape(one)}</loc></url>" for one in found)
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{lines}</urlset>'
    return Response(body, media_type="application/xml")


PAGES = (
    Page(path="/visit", view=invite, to=EVERYONE, name="invite"),
    Page(path="/visit", view=invite, to=EVERYONE, scope="county", name="county_invite"),
    Page(path="/visit/{county}", view=invite, to=EVERYONE, scope="county", name="invite_of_county"),
    Page(path="/sitemap.xml", view=sitemap, to=EVERYONE, scope="county", name="county_sitemap"),
    Page(path="/visit/{county}/sitemap.xml", view=sitemap, to=EVERYONE, scope="county", name="sitemap_of_county"),
    Page(path="/sitemap.xml", view=sitemap, to=EVERYONE, name="sitemap"),
)
