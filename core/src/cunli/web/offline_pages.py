"""What makes the site an app on the home screen: its manifest, the worker that shows a page without a network, and that page.

The worker keeps static files and the offline page, and nothing that belongs to a person. Its text names the version of the
static files, so that each release makes browsers fetch it anew and drop what they kept. With `offline_page = false` it is one
that drops everything and takes itself away.
"""

from __future__ import annotations

import json
from typing import Final

from starlette.responses import Response

from cunli.web.i18n import _
from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

WORKER: Final = "/sw.js"
OFFLINE: Final = "/offline"
DYE: Final = "#1b4166"  # of the cloth, as in the icon
PAPER: Final = "#f4f1e8"
ICONS: Final = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
)


async def manifest(visit: Visit) -> Response:
    """The app for the home screen. The same for everybody who reads the same language."""
    static = visit.themed.static
    found = {
        "id": "/",
        "name": str(_("村里")),
        "short_name": str(_("村里")),
        "description": str(_("一个村一个圈：通知、动态和办事")),
        "lang": visit.locale.replace("_", "-"),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": DYE,
        "background_color": PAPER,
        "icons": [
            {"src": static.url(f"icons/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/manifest+json")


async def worker(visit: Visit) -> Response:
    """The service worker. Never kept: it is what decides about everything that is."""
    themed = visit.site.default
    name = "offline/worker.js" if visit.settings.offline_page else "offline/worker_gone.js"
    known = {"version": themed.static.hash, "offline": OFFLINE, "below": f"/static/{themed.static.hash}/"}
    text = themed.templates.render(name, known)
    return Response(text, media_type="text/javascript", headers={"cache-control": "no-cache"})


async def offline(visit: Visit) -> Response:
    """What is shown where there is no network. Holds nothing of anybody: it lies in the browser's cache."""
    return await visit.render("offline/offline.html")


PAGES: Final = (
    Page(path="/manifest.webmanifest", view=manifest, to=EVERYONE, scope="county", name="manifest"),
    Page(path=WORKER, view=worker, to=EVERYONE, scope="county", name="worker"),
    Page(path=OFFLINE, view=offline, to=EVERYONE, scope="county", name="offline"),
)
