"""Everything that can be done in a village: the doors of plugins by column, searched, the ones used last on top."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.web import EVERYONE, Page, Visit, menu
from cunli.web.text import clean


async def services(visit: Visit) -> Response:
    """All doors, however many plugins are on."""
    words = clean(visit.query.get("q", "")[:40])
    context = {
        "words": words,
        "fitting": lambda doors: menu.fitting(doors, words),
        "grouped": menu.grouped,
        "recent": lambda doors: menu.recent(visit, doors),
    }
    return await visit.render("feed/services.html", context)


PAGES: Final = (Page(path="/services", view=services, to=EVERYONE, name="services"),)
