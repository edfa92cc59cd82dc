"""How the deployment is, in words, with what to do."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli import signs
from cunli.clock import now
from cunli.console.frame import framed
from cunli.jobs import board
from cunli.web.pages import Page
from cunli.web.visit import Visit

READ: Final = "core.health.read"


async def health(visit: Visit) -> Response:
    """Green, amber and red, the worst first."""
    found = await signs.signs(visit.site)
    order = {"wrong": 0, "warning": 1, "ok": 2}
    context = {
        "signs": sorted(found, key=lambda one: order[one.state]),
        "wrong": sum(one.state == "wrong" for one in found),
        "warnings": sum(one.state == "warning" for one in found),
        "workers": await board.working(),
        "at": now(),
    }
    return await framed(visit, "console/health.html", context)


PAGES: Final = (Page(path="/admin/health", view=health, to=READ, scope="county", name="health"),)
