"""Who holds office over a village, and where in the tree it lies: for routing a letter to whoever is to answer it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cunli import db
from cunli.people import roles
from cunli.places import drill
from cunli.places.queries import region_chain
from cunli.places.rules import LEVEL_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Somebody in office over a village. What they are called is public; nothing else about them is told."""

    person_id: int
    """The key for `core.Person`."""
    name: str
    """The name that is shown."""
    office: str
    """The role, as in `Capability(roles=…)`: `village_admin`, `township_admin`, `county_admin`."""
    title: str
    """What they are called in that office, such as 书记; empty where nothing was said."""
    level: str
    """The level of the region they hold it on: `village`, `township`, `county`."""
    region_id: int
    """That region."""
    region: str
    """What that region is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region of the tree."""

    id: int
    """Its id."""
    code: str
    """Its statistical code of 12 digits."""
    level: str
    """`province`, `prefecture`, `county`, `township` or `village`."""
    name: str
    """What it is called."""
    opened: int
    """How many villages are open in it."""


async def officers(offices: Collection[str] = ()) -> list[Officer]:
    """Who holds office over the village in scope, the nearest first; only in these offices, if some are named.

    Raises `NoScope` outside of a village.
    """
    village = db.scoped_village()
    if village is None:
        raise db.NoScope("who holds office over a village was asked across several: ask in one, `.into(village_id)`")
    rows = await db.read("SELECT region_id FROM core_village WHERE id = ?", village)
    chain = await region_chain(rows[0]["region_id"]) if rows else ()
    if not chain:
        return []
    levels = await db.read(f"SELECT id, level FROM core_region WHERE id IN ({db.marks(chain)})", *chain)  # noqa: S608 placeholders only
    level = {row["id"]: row["level"] for row in levels}
    held = [one for one in await roles.offices_on(chain) if not offices or one.kind in offices]
    held.sort(key=lambda one: (chain.index(one.region_id), one.role_id))
    return [
        Officer(
            person_id=one.person_id,
            name=one.display_name,
            office=one.kind,
            title=one.title,
            level=LEVEL_NAMES[level[one.region_id]],
            region_id=one.region_id,
            region=one.region_name,
        )
        for one in held
    ]


async def regions_below(region_id: int | None = None) -> list[Region]:
    """The regions right below one, by their codes; the top of the tree without one."""
    return [_region(one) for one in await drill.children(region_id)]


async def regions_above(region_id: int) -> list[Region]:
    """The way from the top of the tree down to a region, itself included. Empty when there is no such region."""
    chain = await region_chain(region_id)
    if not chain:
        return []
    rows = await db.read(
        "SELECT r.id, r.code, r.level, r.short, v.id AS village_id FROM core_region r"  # noqa: S608 placeholders only
        f" LEFT JOIN core_village v ON v.region_id = r.id AND v.state = 'open' WHERE r.id IN ({db.marks(chain)}) AND r.state = 'active'",
        *chain,
    )
    known = {row["id"]: row for row in rows}
    opened = await drill.opened_in(rows)
    return [
        Region(
            id=i,
            code=known[i]["code"],
            level=LEVEL_NAMES[known[i]["level"]],
            name=known[i]["short"],
            opened=opened.get(i, 0) or int(known[i]["village_id"] is not None),
        )
        for i in reversed(chain)
        if i in known
    ]


def _region(found: drill.RegionNow) -> Region:
    return Region(id=found.id, code=found.code, level=LEVEL_NAMES[found.level], name=found.name, opened=found.opened)
