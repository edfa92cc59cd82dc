"""What every page of the console has around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from cunli import db
from cunli.console.where import highest
from cunli.web.visit import Visit


async def framed(visit: Visit, template: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    """Answer with a page of the console; `seat` is the name of the highest region this official sits on."""
    region_id = await highest(visit.me.roles)
    rows = await db.read("SELECT short FROM core_region WHERE id = ?", region_id) if region_id else ()
    return await visit.render(template, {"seat": rows[0]["short"] if rows else "", **context}, status=status)
