"""What every page of the console has around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from cunli.console.ground import Ground
from cunli.console.navigation import doors
from cunli.console.where import seat_of
from cunli.web.visit import Visit


async def framed(
    visit: Visit,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    block: str | None = None,
    ground: Ground | None = None,
) -> Response:
    """Answer with a page of the console, or htmx with a block of it.

    `seat` names the official's region above the page's ground, or the highest one where a page has no ground.
    """
    if ground is not None:
        seat = ground.seat
    else:
        highest = await seat_of(visit.me.roles)
        seat = highest.name if highest else ""
    around = {"seat": seat, "ground": ground, "doors": doors(visit)}
    return await visit.render(template, {**around, **context}, status=status, block=block)
