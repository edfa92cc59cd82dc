"""The county's invitation: every place that is open, by kind, village and day; and the same for search engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response
from tortoise.functions import Count

from cunli import EVERYONE, Page, Reach, Visit, reach

from . import moments, outings, showing, words
from .frame import day_in, home, page_in
from .models import Place, Taken

MOST = 24
MAPPED = 5000  # addresses in the map for search engines


async def invite(visit: Visit) -> Response:
    """Come and see us: what is open in every village of the county."""
    everywhere = await _everywhere(visit)
    asked = {name: visit.query.get(name, "").strip()[:30] for name in ("q", "kind", "village", "day")}
    start = page_in(visit) * MOST
    reached = _of_village(everywhere, asked["village"])
    with reached.rows():
        rows = await _places(asked).order_by("-stars_count", "-id").offset(start).limit(MOST + 1)
        full = await _full(rows[:MOST], day_in(asked["day"]))
        festivals = await outings.coming(3) if not start else []
    names = {one.id: one.name for one in everywhere.villages}
    urls = {one.id: f"{one.url}/tourism" for one in everywhere.villages}
    context = {
        "cards": [
            (card, place.id in full) for card, place in zip(showing.cards(rows[:MOST], urls, names), rows, strict=False)
        ],
        "asked": asked,
        "here": _here(visit),
        "county": visit.county.name if visit.county else "",
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
    if asked["q"]:
        rows = rows.filter(name__contains=asked["q"])
    return rows


async def _full(places: list[Place], day: date | None) -> set[int]:
    """Which of these have no room left on the night of that day: two questions, for one page of places."""
    if day is None or not moments.today() <= day <= moments.today() + timedelta(days=366) or not places:
        return set()
    rows = {one.id: one.rooms for one in places if one.rooms}
    taken = (
        await Taken.filter(place_id__in=list(rows), day=day, offer__kind="room")
        .annotate(n=Count("id"))
        .group_by("place_id")
        .values("place_id", "n")
        if rows
        else []
    )
    return {one["place_id"] for one in taken if one["n"] >= rows[one["place_id"]]}


async def sitemap(visit: Visit) -> Response:
    """The addresses of all that is open, for search engines. UTF-8 needs no declaration in XML."""
    everywhere = await _everywhere(visit)
    urls = {one.id: f"{one.url}/tourism" for one in everywhere.villages}
    with everywhere.rows():
        rows = await Place.filter(state="open").order_by("id").limit(MAPPED).values("key", "village_id")
    base = visit.settings.base_url
    found = [f"{base}{_here(visit)}", *(f"{base}{urls[one['village_id']]}/places/{one['key']}" for one in rows)]
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
