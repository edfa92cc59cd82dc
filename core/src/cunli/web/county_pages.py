"""Pages of plugins for one county of several: which county an address means, and the choice where it names none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse, Response

from cunli import db, enabling

if TYPE_CHECKING:
    from cunli.registry import Registry
    from cunli.web.visit import Visit

PARAMETER: Final = "county"
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """A county with open villages. In addresses stand the first six digits of its code, such as 430724."""

    id: int
    code: str
    name: str


async def counties() -> list[County]:
    """Those of this site, by their codes."""
    rows = await db.read(
        "SELECT id, code, short FROM core_region WHERE id IN (SELECT county_id FROM core_village WHERE state = 'open') ORDER BY code"
    )
    return [County(id=row["id"], code=row["code"][:_DIGITS], name=row["short"]) for row in rows]


async def named(code: str) -> County | None:
    """The county that stands in an address."""
    return next((one for one in await counties() if one.code == code), None)


async def chosen(visit: Visit, registry: Registry, plugin: str, path: str) -> Response | None:
    """On a site of several counties: the choice among those whose profile lets the plugin run. None where there is one county."""
    known = await counties()
    if len(known) < 2:
        return None
    open_ = [one for one in known if plugin in await enabling.permitted_along(registry, (one.id,))]
    lines = [(f"{path}/{one.code}", one.name) for one in open_]
    if len(lines) == 1:
        return RedirectResponse(lines[0][0], 303)
    label = registry.plugins[plugin].manifest.label
    return await visit.render("places/counties.html", {"lines": lines, "label": label}) if lines else None
