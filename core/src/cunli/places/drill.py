"""Going down the tree, from the county to the village, with what is opened where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.places.rules import LEVELS
from cunli.places.search import VillageFound, found_in, home_counties
from cunli.places.villages import region_chain

_VILLAGE: Final = LEVELS["village"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionNow:
    """One region in a list. `opened` counts the open villages in it; a village has a `slug` when it is open itself."""

    id: int
    code: str
    level: int
    name: str
    opened: int
    slug: str = ""

    @property
    def is_village(self) -> bool:
        return self.level == _VILLAGE

    @property
    def url(self) -> str:
        return f"/v/{self.slug}" if self.slug else f"/find?region={self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """A region above the one being looked at."""

    id: int
    name: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A region, the way to it, and what is below it."""

    region: RegionNow | None  # None: above everything
    crumbs: tuple[Crumb, ...]
    children: tuple[RegionNow, ...]


async def start() -> int | None:
    """Where the way down begins: the county, where there is only one at hand; else the top of the tree."""
    counties = await home_counties()
    return counties[0] if len(counties) == 1 else None


async def place(region_id: int | None) -> Place | None:
    """A region with its children, or None when there is no such region (any more). None asks for the top."""
    if region_id is None:
        return Place(region=None, crumbs=(), children=tuple(await children(None)))
    rows = await db.read(f"{_REGION} WHERE r.id = ? AND r.state = 'active'", region_id)
    if not rows:
        return None
    crumbs = await _crumbs(region_id)
    below = await children(region_id)
    opened = sum(child.opened for child in below)
    return Place(region=_region(rows[0], opened), crumbs=crumbs, children=tuple(below))


_REGION: Final = (
    "SELECT r.id, r.code, r.level, r.short, v.slug FROM core_region r"
    " LEFT JOIN core_village v ON v.region_id = r.id AND v.state = 'open'"
)


async def children(region_id: int | None) -> list[RegionNow]:
    """The regions right below one, or the top of the tree."""
    above, values = ("r.parent_id = ?", (region_id,)) if region_id else ("r.parent_id IS NULL", ())
    rows = await db.read(f"{_REGION} WHERE {above} AND r.state = 'active' ORDER BY r.code", *values)
    opened = await opened_in(rows)
    return [_region(row, opened.get(row["id"], 0)) for row in rows]


def _region(row: Any, opened: int) -> RegionNow:
    slug = row["slug"] or ""
    return RegionNow(
        id=row["id"], code=row["code"], level=row["level"], name=row["short"], opened=opened or bool(slug), slug=slug
    )


async def opened_in(rows: list[Any]) -> dict[int, int]:
    """How many villages are open in each of these regions."""
    counts: dict[int, int] = {}
    if min((row["level"] for row in rows), default=_VILLAGE) == _VILLAGE:
        return counts
    seats = await db.read(
        "SELECT township_id, county_id, COUNT(*) AS n FROM core_village WHERE state = 'open'"
        " GROUP BY township_id, county_id"
    )
    for seat in seats:
        for region_id in {seat["township_id"], *await region_chain(seat["county_id"])}:
            counts[region_id] = counts.get(region_id, 0) + seat["n"]
    return counts


async def _crumbs(region_id: int) -> tuple[Crumb, ...]:
    """The way from the top to a region, itself included."""
    chain = await region_chain(region_id)
    rows = await db.read(f"SELECT id, short, level FROM core_region WHERE id IN ({db.marks(chain)})", *chain)  # noqa: S608 placeholders and constants only
    known = {row["id"]: row for row in rows}
    return tuple(Crumb(id=i, name=known[i]["short"], level=known[i]["level"]) for i in reversed(chain))


async def villages_in(region_id: int | None, limit: int = 400) -> list[VillageFound]:
    """The open villages of a township or a county (None: all), those with most verified people first."""
    within, values = (" AND (v.township_id = ? OR v.county_id = ?)", (region_id, region_id)) if region_id else ("", ())
    order = " ORDER BY v.verified_count DESC, r.code LIMIT ?"
    return [found_in(row) for row in await db.read(_OPEN + within + order, *values, limit)]


_OPEN: Final = (
    "SELECT v.region_id, r.code, v.name, t.short AS township_name, c.short AS county_name, v.slug, v.verified_count,"
    " v.cloth, v.dye FROM core_village v JOIN core_region r ON r.id = v.region_id"
    " JOIN core_region t ON t.id = v.township_id JOIN core_region c ON c.id = v.county_id WHERE v.state = 'open'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many villages are open in this deployment, and how many people are verified in them."""

    opened: int
    verified: int


async def totals() -> Totals:
    """The sums for the front page."""
    rows = await db.read(
        "SELECT COUNT(*) AS opened, COALESCE(SUM(verified_count), 0) AS verified FROM core_village WHERE state = 'open'"
    )
    return Totals(opened=rows[0]["opened"], verified=int(rows[0]["verified"]))
