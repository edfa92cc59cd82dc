"""个人信息保护影响评估: the template with the facts of this site, to be printed, filled in by hand, signed and kept."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.clock import today
from cunli.compliance.impact import KEPT_YEARS, impact
from cunli.console.frame import framed
from cunli.console.ground import ground_of
from cunli.web.pages import Page
from cunli.web.visit import Visit

READ: Final = "core.profile.set"
HOME: Final = "/admin/impact"


async def show(visit: Visit) -> Response:
    """The template, as of today."""
    ground = await ground_of(visit, READ)
    context: dict[str, Any] = {
        "impact": impact(visit.settings, visit.site.registry),
        "today": today(),
        "until": today().replace(year=today().year + KEPT_YEARS, day=min(today().day, 28)),
    }
    return await framed(visit, "console/impact.html", context, ground=ground)


PAGES: Final = (Page(path=HOME, view=show, to=READ, scope="county", name="impact"),)
