"""Where a plugin is on, as an official goes down the regions that are his or hers: the county, a township, a village."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cunli import db, enabling, spread
from cunli.enabling import Said
from cunli.people.queries import RoleNow
from cunli.places.drill import Crumb
from cunli.places.queries import region_chain
from cunli.places.rules import LEVELS
from cunli.plugin_models import Mode
from cunli.registry import Registry

TOWNSHIP: Final = LEVELS["township"]
VILLAGE: Final = LEVELS["village"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A township below the region being looked at. `on` of its `villages` have the plugin on."""

    id: int
    name: str
    mode: Mode
    villages: int
    on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageSwitch:
    """A village with its switch. `fixed` by a region above it: nobody asks the village."""

    village_id: int
    region_id: int
    name: str
    url: str
    on: bool
    fixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A region of the official's own, what it says of a plugin, and what lies below it."""

    id: int
    name: str
    level: int  # as in `LEVELS`: 3 county, 4 township, 5 village
    mode: Mode
    above: tuple[Said, ...]
    crumbs: tuple[Crumb, ...]
    branches: tuple[Branch, ...]
    villages: tuple[VillageSwitch, ...]

    @property
    def is_village(self) -> bool:
        return self.level == VILLAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The highest region somebody's offices are on."""

    region_id: int
    name: str


async def seat_of(roles: Iterable[RoleNow]) -> Seat | None:
    """Where somebody with these offices sits; None without offices."""
    own = tuple({role.region_id for role in roles})
    if not own:
        return None
    sql = f"SELECT id, short FROM core_region WHERE id IN ({db.marks(own)}) ORDER BY level, id LIMIT 1"  # noqa: S608 marks only
    (row,) = await db.read(sql, *own)
    return Seat(region_id=row["id"], name=row["short"])


async def where(registry: Registry, plugin: str, region_id: int, roles: Iterable[RoleNow]) -> Where | None:
    """The region and what is below it; None if there is no such region."""
    rows = await db.read("SELECT id, name, level FROM core_region WHERE id = ? AND state = 'active'", region_id)
    if not rows:
        return None
    level, chain = rows[0]["level"], await region_chain(region_id)
    said = {one.region_id: one for one in await enabling.said_by(plugin, chain)}
    return Where(
        id=region_id,
        name=rows[0]["name"],
        level=level,
        mode=_mode(said.get(region_id), level),
        above=tuple(one for one in said.values() if one.region_id != region_id and one.mode != Mode.ALLOW),
        crumbs=await _crumbs(chain, roles),
        branches=await _branches(registry, plugin, region_id) if level < TOWNSHIP else (),
        villages=await _villages(registry, plugin, chain, level) if level >= TOWNSHIP else (),
    )


def _mode(said: Said | None, level: int) -> Mode:
    return said.mode if said else Mode.OFF if level == VILLAGE else Mode.ALLOW


async def _crumbs(chain: tuple[int, ...], roles: Iterable[RoleNow]) -> tuple[Crumb, ...]:
    """The way down from the official's own region, without the one being looked at."""
    own = {role.region_id for role in roles}
    top = max((i for i, one in enumerate(chain) if one in own), default=0)
    path = chain[1 : top + 1]
    if not path:
        return ()
    rows = await db.read(
        f"SELECT id, short, level FROM core_region WHERE id IN ({db.marks(path)}) ORDER BY level",  # noqa: S608 marks only
        *path,
    )
    return tuple(Crumb(id=row["id"], name=row["short"], level=row["level"]) for row in rows)


async def _branches(registry: Registry, plugin: str, region_id: int) -> tuple[Branch, ...]:
    """The townships below a county that have open villages, or that say something about the plugin."""
    counts: dict[int, list[int]] = {}
    for group in await spread.alike(registry, {region_id}):
        count = counts.setdefault(group.township_id, [0, 0])
        count[0] += group.villages
        count[1] += group.villages * (plugin in group.on)
    rows = await db.read(
        "SELECT r.id, r.name, s.mode FROM core_region r"
        " LEFT JOIN core_plugin_switch s ON s.region_id = r.id AND s.plugin = ?"
        " WHERE r.level = ? AND r.parent_id = ? AND r.state = 'active' ORDER BY r.code",
        plugin,
        TOWNSHIP,
        region_id,
    )
    return tuple(
        Branch(
            id=row["id"],
            name=row["name"],
            mode=Mode(row["mode"]) if row["mode"] else Mode.ALLOW,
            villages=counts.get(row["id"], [0, 0])[0],
            on=counts.get(row["id"], [0, 0])[1],
        )
        for row in rows
        if row["id"] in counts or row["mode"]
    )


async def _villages(registry: Registry, plugin: str, chain: tuple[int, ...], level: int) -> tuple[VillageSwitch, ...]:
    """The villages of a township, or the one that the region is. What stands above is the same for all of them."""
    above = chain if level == TOWNSHIP else chain[1:]
    fixed = any(one.mode in (Mode.FORBID, Mode.REQUIRE) for one in await enabling.said_by(plugin, above))
    return tuple(
        [
            VillageSwitch(
                village_id=village.id,
                region_id=village.region_id,
                name=village.name,
                url=f"/v/{village.slug}",
                on=plugin in await enabling.enabled_along(registry, village.chain),
                fixed=fixed,
            )
            for village in await enabling.opened_in({chain[0]})
        ]
    )
