"""The county's front page, and finding one's village: by its name, or down the tree."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.places import queries
from cunli.places.queries import Moved, Place, VillageNow
from cunli.web.pages import EVERYONE, Page
from cunli.web.text import clean
from cunli.web.visit import Visit

SHOWN_AT_HOME: Final = 24
MOST_FOUND: Final = 20
MOST: Final = 2**31 - 1


async def home(visit: Visit) -> Response:
    """The county's front page; whoever has a home village goes straight there."""
    if visit.person is not None and visit.person.home_village_url:
        return visit.redirect(visit.person.home_village_url + "/")
    start = await queries.start()
    top = await queries.place(start)
    context: dict[str, Any] = {
        "place": top,
        "opened": await queries.villages_in(start, SHOWN_AT_HOME),
        "totals": await queries.totals(),
    }
    return await visit.render("places/home.html", context)


async def find(visit: Visit) -> Response:
    """Search by name (`q`), or go down the tree (`region`); a chosen village leads to its application."""
    chosen = visit.query.get("village", "")
    if chosen and (url := await _application(chosen)):
        return visit.redirect(url)
    words = clean(visit.query.get("q", "")[:200])[:40]
    found = await queries.search_villages(words, MOST_FOUND) if words else []
    place = None if words else await _place(visit.query.get("region", ""))
    context: dict[str, Any] = {
        "words": words,
        "found": found,
        "opened": [village for village in found if village.opened],
        "unopened": [village for village in found if not village.opened],
        "place": place,
        "wider": place is not None and await _is_wider(place),
        "unchosen": bool(chosen),
    }
    return await visit.render("places/find.html", context, block="hits")


async def _is_wider(place: Place) -> bool:
    """Whether there is more to choose from than the one county at hand."""
    start = await queries.start()
    return bool(place.crumbs) and place.crumbs[0].id != start


async def _application(address: str) -> str:
    match await queries.find_by_address(address):
        case VillageNow() as village:
            return f"{village.url}/join"
        case Moved(slug):
            return f"/v/{slug}/join"
        case _:
            return ""


async def _place(region: str) -> Place | None:
    """The region somebody asked for, else where the way down begins. `all` asks for the top of the tree."""
    if region.isascii() and region.isdigit() and int(region[:12]) <= MOST:
        return await queries.place(int(region))
    return await queries.place(None if region == "all" else await queries.start())


PAGES: Final = (
    Page(path="/", view=home, to=EVERYONE, scope="county", name="home"),
    Page(path="/find", view=find, to=EVERYONE, scope="county", name="find"),
)
