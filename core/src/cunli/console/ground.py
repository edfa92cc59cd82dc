"""The ground of a console page: one region of the official's own, or one below it. Nobody is shown anybody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.places import queries as places
from cunli.places.queries import Crumb
from cunli.places.rules import LEVELS
from cunli.web.errors import NotFound
from cunli.web.visit import Visit

_COLUMNS: Final = {LEVELS["county"]: "county_id", LEVELS["township"]: "township_id", LEVELS["village"]: "region_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A region, the way down to it from the visitor's own, and the other regions the visitor looks after.

    `chain` is the region and every region above it, nearest first; `level` is 3 county, 4 township, 5 village.
    """

    id: int
    code: str
    level: int
    name: str
    short: str
    chain: tuple[int, ...]
    crumbs: tuple[Crumb, ...]  # from the own region to the one right above this
    seats: tuple[Crumb, ...]  # every region of the visitor's own, the highest first

    @property
    def seat(self) -> str:
        """The name at the head of the side: of the own region that this one stands in."""
        return self.crumbs[0].name if self.crumbs else self.short

    @property
    def is_own(self) -> bool:
        return not self.crumbs

    @property
    def query(self) -> str:
        """What an address needs to come back here: nothing for the first of the own regions."""
        return "" if self.seats and self.seats[0].id == self.id else f"region={self.id}"

    @property
    def column(self) -> str:
        """The column of `core_village` that holds this region's id: `county_id`, `township_id` or `region_id`."""
        return _COLUMNS[self.level]


async def ground_of(visit: Visit, capability: str, asked: str | None = None) -> Ground:
    """The region in `?region=`, else the highest of the visitor's own over which they hold `capability`.

    Somebody else's region, one above a county, one that is gone and one that never was all raise `NotFound`.
    """
    text = visit.query.get("region", "") if asked is None else asked
    own = {role.region_id for role in visit.me.roles if _lets(visit, role.kind, capability)}
    chain = await places.region_chain(_number(text)) if text else ()
    if not own or (text and not _owns(own, chain)):
        raise NotFound
    rows = await db.read(_REGIONS.format(db.marks([*own, *chain])), *own, *chain)
    known = {row["id"]: row for row in rows}
    stand = (row for row in rows if row["id"] in own and row["state"] == "active" and row["level"] in _COLUMNS)
    seats = tuple(_crumb(row) for row in sorted(stand, key=lambda row: (row["level"], row["code"])))
    if not text:
        if not seats:
            raise NotFound
        chain = await places.region_chain(seats[0].id)
    here: Any = known[chain[0]]
    if here["level"] not in _COLUMNS or here["state"] != "active":
        raise NotFound
    top = max((i for i, one in enumerate(chain) if one in own), default=0)
    return Ground(
        id=here["id"],
        code=here["code"],
        level=here["level"],
        name=here["name"],
        short=here["short"],
        chain=chain,
        crumbs=tuple(_crumb(known[one]) for one in reversed(chain[1 : top + 1])),
        seats=seats,
    )


async def county_ground(visit: Visit, capability: str, asked: str | None = None) -> Ground:
    """The same for what a county has one of: of a region below a county of the visitor's own, that county. `NotFound` without one."""
    ground = await ground_of(visit, capability, asked)
    if ground.level == LEVELS["county"]:
        return ground
    county = next((one for one in ground.crumbs if one.level == LEVELS["county"]), None)
    if county is None:
        raise NotFound
    return await ground_of(visit, capability, str(county.id))


_REGIONS: Final = "SELECT id, code, level, name, short, state FROM core_region WHERE id IN ({})"


def _owns(own: set[int], chain: tuple[int, ...]) -> bool:
    return bool(own & set(chain))


def _lets(visit: Visit, kind: str, capability: str) -> bool:
    rule = visit.site.capabilities.get(capability)
    return rule is not None and kind in rule.roles and visit.me.state == "active"


def _crumb(row: Any) -> Crumb:
    return Crumb(id=row["id"], name=row["short"], level=row["level"])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
