"""What search engines are told: which addresses are no pages for them, and where the lists of those are that want to be found."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

ONES_OWN: Final = ("/admin", "/me", "/inbox", "/sign-in", "/i", "/look")  # nothing to be found, or one for each person
SITEMAP: Final = "/sitemap.xml"


async def robots(visit: Visit) -> Response:
    """The same for everybody. A plugin whose county page is `/sitemap.xml` is named with it."""
    lines = ["User-agent: *", *(f"Disallow: {path}{end}" for path in ONES_OWN for end in ("$", "/"))]  # not /media
    for plugin, page in visit.site.pages:
        if page.path == SITEMAP and page.scope == "county" and page.to == EVERYONE:
            lines.append(f"Sitemap: {visit.absolute(f'/{plugin}{page.path}' if plugin else page.path)}")
    return Response("\n".join([*lines, ""]), media_type="text/plain; charset=utf-8")


PAGES: Final = (Page(path="/robots.txt", view=robots, to=EVERYONE, scope="county", name="robots"),)
