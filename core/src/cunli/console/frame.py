"""What every page of the console has around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from cunli.console.where import seat_of
from cunli.web.visit import Visit


async def framed(
    visit: Visit, template: str, context: Mapping[str, Any], *, status: int = 200, block: str | None = None
) -> Response:
    """Answer with a page of the console, or htmx with a block of it; `seat` names the highest region of this official."""
    seat = await seat_of(visit.me.roles)
    return await visit.render(template, {"seat": seat.name if seat else "", **context}, status=status, block=block)
