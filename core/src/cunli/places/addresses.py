"""Addresses, names and seats of opened villages: they follow the tree, and old addresses go on leading to the village."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from cunli import db
from cunli.places.names import slug_base, slug_for
from cunli.places.rules import LEVELS

_SEATS: Final = (
    "SELECT v.id, v.township_id, v.county_id, r.id AS region, t.id AS town, t.level AS town_level, c.id AS county"
    " FROM core_village v JOIN core_region r ON r.id = v.region_id LEFT JOIN core_region t ON t.id = r.parent_id"
    " LEFT JOIN core_region c ON c.id = t.parent_id"
)


async def taken_slugs() -> set[str]:
    """Every address that leads somewhere, now or from earlier."""
    rows = await db.read("SELECT slug FROM core_village_address UNION SELECT slug FROM core_village")
    return {row["slug"] for row in rows}


async def keep_address(village_id: int, *slugs: str) -> None:
    """Let these addresses lead to the village from now on."""
    for slug in slugs:
        await db.write(
            "INSERT INTO core_village_address (slug, village_id) VALUES (?, ?)"
            " ON CONFLICT (slug) DO UPDATE SET village_id = excluded.village_id",
            slug,
            village_id,
        )


async def follow_names(region_ids: Sequence[int]) -> int:
    """Villages take the names of their regions, and an address that fits; the old one stays. Returns how many did."""
    changed = 0
    for some in _parts(region_ids):
        rows = await db.read(
            "SELECT v.id, v.slug, v.name, r.short, r.code, t.short AS township FROM core_village v"  # noqa: S608 placeholders and constants only
            " JOIN core_region r ON r.id = v.region_id JOIN core_region t ON t.id = v.township_id"
            f" WHERE v.state <> 'merged' AND v.name <> r.short AND v.region_id IN ({db.marks(some)})",
            *some,
        )
        for row in rows:
            await _rename(row)
        changed += len(rows)
    return changed


async def _rename(row: Any) -> None:
    village_id, slug, short = row["id"], row["slug"], row["short"]
    if slug_base(short) != slug_base(row["name"]):
        own = {
            r["slug"] for r in await db.read("SELECT slug FROM core_village_address WHERE village_id = ?", village_id)
        }
        slug = slug_for(short, row["township"], row["code"], await taken_slugs() - own)
        await keep_address(village_id, row["slug"], slug)
    await db.write("UPDATE core_village SET name = ?, slug = ? WHERE id = ?", short, slug, village_id)


async def follow_the_tree() -> None:
    """Villages sit in the township and the county that are above their region now."""
    for row in await db.read(_SEATS):
        township, county = seat(row)
        if (township, county) != (row["township_id"], row["county_id"]):
            await db.write(
                "UPDATE core_village SET township_id = ?, county_id = ? WHERE id = ?", township, county, row["id"]
            )


def seat(row: Any) -> tuple[int, int]:
    """(township, county) for a row with `region`, `town`, `town_level`, `county`; where a level is missing, the next one above."""
    town = row["town"] or row["region"]
    if row["town"] is None or row["town_level"] != LEVELS["township"]:
        return town, town
    return town, row["county"] or town


def _parts(values: Iterable[int], size: int = 1000) -> Iterable[Sequence[int]]:
    every = list(values)
    return (every[start : start + size] for start in range(0, len(every), size))
