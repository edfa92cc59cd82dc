"""Pages of the site itself: health, and switching the look without a session."""

from __future__ import annotations

from starlette.responses import JSONResponse, RedirectResponse, Response

from cunli import db
from cunli.web import cookies, i18n
from cunli.web.look import CONTRASTS, MODES, SAVERS, SIZES, THEMES, Look
from cunli.web.pages import EVERYONE, Page
from cunli.web.safe_url import same_site_path
from cunli.web.visit import Visit


async def health(visit: Visit) -> Response:
    """200 when the database answers. Says nothing about versions or settings."""
    await db.read("SELECT 1 AS one")
    return JSONResponse({"ok": True}, headers={"cache-control": "no-store"})


async def look(visit: Visit) -> Response:
    """Switch elder mode, theme, size, contrast or language for this browser: a cookie, nothing on the server."""
    chosen: dict[str, str] = {}
    for key, allowed in (
        ("theme", THEMES),
        ("mode", MODES),
        ("size", SIZES),
        ("contrast", CONTRASTS),
        ("saver", SAVERS),
    ):
        asked = visit.query.get(key)
        chosen[key] = asked if asked is not None and asked in allowed else getattr(visit.look, key)
    if chosen["mode"] != "elder":
        chosen["size"] = ""
    response = RedirectResponse(same_site_path(visit.query.get("next", "/")), 303)
    cookies.put(response, visit.settings, cookies.LOOK, str(Look(**chosen)), max_age=cookies.YEAR)
    if (locale := visit.query.get("locale", "")) in i18n.LOCALES:
        cookies.put(response, visit.settings, cookies.LOCALE, locale, max_age=cookies.YEAR)
    return response


PAGES = (
    Page(path="/healthz", view=health, to=EVERYONE, scope="county", name="health"),
    Page(path="/look", view=look, to=EVERYONE, scope="county", name="look"),
)
