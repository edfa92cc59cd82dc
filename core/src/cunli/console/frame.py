"""What every page of the console has around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from cunli.console.where import seat_of
from cunli.web.visit import Visit


async def framed(visit: Visit, template: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    """Answer with a page of the console; `seat` is the name of the highest region this official sits on."""
    seat = await seat_of(visit.me.roles)
    return await visit.render(template, {"seat": seat.name if seat else "", **context}, status=status)
