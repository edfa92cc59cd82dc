"""Regions for the acts on them: found by code, written down when something happens to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.places.errors import CannotDo
from cunli.places.models import Region, RegionChange, RegionState
from cunli.places.names import is_code, romanise, short_name
from cunli.places.rules import LEVEL_NAMES, LEVELS

VILLAGE: Final = LEVELS["village"]
_COLUMNS: Final = (
    "SELECT r.id, r.code, r.level, r.name, r.short, r.parent_id, r.state, v.id AS village_id, v.name AS village_name,"
    " v.slug, v.state AS village_state FROM core_region r LEFT JOIN core_village v ON v.region_id = r.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow:
    """A region and the village opened on it, if there is one."""

    id: int
    code: str
    level: int
    name: str
    short: str
    parent_id: int | None
    state: str
    village_id: int | None
    village_name: str | None
    slug: str | None
    village_state: str | None

    @property
    def level_name(self) -> str:
        return LEVEL_NAMES[self.level]


async def find_region(code: str, level: str = "") -> RegionRow:
    """The region with this code; `level` decides between several. Raises `CannotDo`."""
    if not is_code(code):
        raise CannotDo("not-a-code", f"“{code[:20]}”不是 12 位数字的代码")
    rows = await db.read(f"{_COLUMNS} WHERE r.code = ? ORDER BY r.level", code)
    found = [RegionRow(**dict(row)) for row in rows if not level or row["level"] == LEVELS.get(level)]
    if not found:
        raise CannotDo("unknown-region", f"没有代码是 {code} 的{level or '地方'}")
    if len(found) > 1:
        levels = "、".join(row.level_name for row in found)
        raise CannotDo("ambiguous-code", f"{code} 在几个级别都有（{levels}），请加 --level")
    return found[0]


async def regions_under(region_id: int | None, level: int | None = None) -> list[RegionRow]:
    """Every active region below one (itself included), or of the whole table, in the order of the codes."""
    condition, values = ("", ()) if level is None else (" AND r.level = ?", (level,))
    if region_id is None:
        rows = await db.read(f"{_COLUMNS} WHERE r.state = 'active'{condition} ORDER BY r.code, r.level", *values)
    else:
        rows = await db.read(
            "WITH RECURSIVE below (id) AS (SELECT id FROM core_region WHERE id = ?"  # noqa: S608 constants
            " UNION ALL SELECT c.id FROM core_region c JOIN below ON c.parent_id = below.id)"
            f" {_COLUMNS} JOIN below ON below.id = r.id WHERE r.state = 'active'{condition} ORDER BY r.code, r.level",
            region_id,
            *values,
        )
    return [RegionRow(**dict(row)) for row in rows]


async def regions_by_id(region_ids: Sequence[int]) -> list[RegionRow]:
    """These regions, in the order of their codes; an id that is none is left out."""
    if not region_ids:
        return []
    rows = await db.read(f"{_COLUMNS} WHERE r.id IN ({db.marks(region_ids)}) ORDER BY r.code", *region_ids)
    return [RegionRow(**dict(row)) for row in rows]


async def write_name(region_id: int, name: str) -> None:
    """Give a region a name, with everything that is derived from it."""
    short = short_name(name)
    pinyin, initials = romanise(short)
    await Region.filter(id=region_id).update(name=name, short=short, pinyin=pinyin, initials=initials)


async def add_region(code: str, name: str, level: int, parent_id: int | None) -> int:
    """A region that no table has brought: one half of a split village."""
    short = short_name(name)
    pinyin, initials = romanise(short)
    row = await Region.create(
        code=code,
        name=name,
        short=short,
        pinyin=pinyin,
        initials=initials,
        level=level,
        parent_id=parent_id,
        state=RegionState.ACTIVE,
    )
    return row.id


async def note_change(region_id: int, kind: str, before: str = "", after: str = "", note: str = "") -> None:
    """Write down what happened to a region; nothing of it is ever changed or deleted."""
    await RegionChange.create(
        region_id=region_id, kind=kind, before=before[:160], after=after[:160], note=note[:200], at=now()
    )


def labels(rows: Sequence[Any]) -> str:
    """Names for a note: 禾坪村、上坝村."""
    return "、".join(row.short for row in rows)
