"""The public record: what was decided, by which rule, when and how fast. Nobody's name and nobody's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from cunli.places.search import home_counties
from cunli.reviewing import queue, rules
from cunli.web import EVERYONE, Page, Visit
from cunli.web.errors import NotFound
from cunli.web.i18n import _

PAGE: Final = 50


async def of_village(visit: Visit) -> Response:
    """What was decided in a village."""
    return await _show(
        visit, "id", visit.here.id, f"{visit.here.url}/moderation?", "reviewing/log.html", visit.here.name
    )


async def of_county(visit: Visit) -> Response:
    """What was decided in a county or a township; without a region, in the first county at hand."""
    asked = visit.query.get("region", "")
    counties = [one for each in await home_counties() if (one := await queue.region_of(each)) is not None]
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    region = await queue.region_of(number) if asked else next(iter(counties), None)
    if region is None:
        raise NotFound
    url = f"/moderation?region={region.id}&"
    others = [(f"/moderation?region={one.id}", one.name, one.id == region.id) for one in counties]
    return await _show(visit, region.column, region.id, url, "reviewing/county_log.html", region.name, others)


async def _show(
    visit: Visit,
    column: str,
    region_id: int,
    url: str,
    template: str,
    place: str,
    counties: Sequence[tuple[str, str, bool]] = (),
) -> Response:
    text = visit.query.get("start", "")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    rows = await queue.decided(column, region_id, most=PAGE + 1, start=start)
    context = {
        "rows": rows[:PAGE],
        "older_url": f"{url}start={start + PAGE}" if len(rows) > PAGE else "",
        "times": await queue.times_of(column, region_id),
        "place": place,
        "counties": counties,
        "kinds": rules.KINDS,
        "rules": rules.RULES,
        "said": rules.SAID,
        "things": {"post": _("动态"), "comment": _("评论")},
    }
    return await visit.render(template, context)


PAGES: Final = (
    Page(path="/moderation", view=of_village, to=EVERYONE, name="moderation-log"),
    Page(path="/moderation", view=of_county, to=EVERYONE, scope="county", name="moderation-county"),
)
