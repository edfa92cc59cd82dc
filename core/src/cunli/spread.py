"""How far plugins are spread: counts for officials, made in the database, so that a page costs as much with five villages as with five hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cunli import db, enabling
from cunli.plugin_models import Mode
from cunli.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Open villages of one township that have switched on the same plugins: how many, and which are on there in the end."""

    township_id: int
    villages: int
    on: frozenset[str]


_ALIKE: Final = """
SELECT township_id, switched, COUNT(*) AS villages FROM (
  SELECT v.id, v.township_id, COALESCE(:names, '') AS switched FROM core_village v
  LEFT JOIN core_plugin_switch s ON s.region_id = v.region_id AND s.mode = 'on'
  WHERE v.state = 'open' GROUP BY v.id, v.township_id
) village GROUP BY township_id, switched ORDER BY township_id, switched
"""
_NAMES: Final = {"sqlite": "group_concat(s.plugin, ' ')", "postgres": "string_agg(s.plugin, ' ' ORDER BY s.plugin)"}
_OWN: Final = 0  # stands for the region of whichever village it is


async def alike(registry: Registry, below: Collection[int]) -> list[Alike]:
    """The open villages below these regions (themselves included) by township and by what they switched on."""
    above = await enabling.townships_above()
    mine = await enabling.look()
    found = []
    for row in await db.read(_ALIKE.replace(":names", _NAMES[db.engine()])):
        up = above.get(row["township_id"], ())
        if set(below).isdisjoint(up):
            continue
        modes = {**mine.modes, _OWN: dict.fromkeys(row["switched"].split(), Mode.ON)}
        on = enabling.decided_along(registry, (_OWN, *up), modes, mine)
        found.append(Alike(township_id=row["township_id"], villages=row["villages"], on=on))
    return found


async def in_use(registry: Registry, below: Collection[int]) -> dict[str, int]:
    """In how many open villages below these regions each running plugin is on. A village's own region counts as one too."""
    counts: Counter[str] = Counter()
    townships = await _not_villages(below)
    for group in await alike(registry, townships):
        for name in group.on:
            counts[name] += group.villages
    for village in await enabling.opened_in(set(below) - townships):
        if townships.isdisjoint(village.chain):
            counts.update(await enabling.enabled_along(registry, village.chain))
    return dict(counts)


async def _not_villages(region_ids: Collection[int]) -> set[int]:
    ids = list(region_ids)
    if not ids:
        return set()
    rows = await db.read(f"SELECT region_id FROM core_village WHERE region_id IN ({db.marks(ids)})", *ids)  # noqa: S608 marks only
    return set(ids) - {row["region_id"] for row in rows}
