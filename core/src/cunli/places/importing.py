"""Importing a table of regions: all of it in one unit, or nothing. What is opened on the regions follows along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.places import queries
from cunli.places.addresses import follow_names, follow_the_tree
from cunli.places.compare import NEW, Differences, compare
from cunli.places.models import RegionState
from cunli.places.names import romanise, short_name
from cunli.places.report import ImportReport
from cunli.places.reporting import Move, moves_in, reported
from cunli.places.table import RegionTable
from cunli.places.tree import Tree, resolve
from cunli.trust import audit

ROWS_AT_ONCE: Final = 5000
Progress = Callable[[int], object]

_COLUMNS: Final = ("id", "code", "level", "name", "short", "pinyin", "initials", "parent_id", "state")
_RENAME: Final = "UPDATE core_region SET name = ?, short = ?, pinyin = ?, initials = ? WHERE id = ?"
_MOVE: Final = "UPDATE core_region SET parent_id = ? WHERE id = ?"
_STATE: Final = "UPDATE core_region SET state = ? WHERE id = ?"
_CHANGE: Final = "INSERT INTO core_region_change (region_id, kind, before, after, note, at) VALUES (?, ?, ?, ?, '', ?)"


async def preview_import(table: RegionTable) -> ImportReport:
    """What importing the table would do. Writes nothing; raises `BadTable` like the import itself."""
    tree = resolve(table)
    found = await compare(table, tree)
    return await reported(table, tree, found, await moves_in(table, tree, found))


@db.unit
async def import_regions(table: RegionTable, progress: Progress = lambda _rows: None) -> ImportReport:
    """Make the regions as the table has them. The same table again changes nothing, not even the audit trail."""
    tree = resolve(table)
    await _alone()
    found = await compare(table, tree)
    moves = await moves_in(table, tree, found)
    report = await reported(table, tree, found, moves)
    if report.changes:
        await _add(table, tree, found, progress)
        await _change(table, tree, found)
        await _remember(table, found, moves)
        await follow_names([found.ids[row] for row in found.renamed])
        if found.moved:
            await follow_the_tree()
        top = found.ids[tree.roots[0]]
        await audit("core.regions.import", by="command", region=top, object=("region", top), **report.counts())
        db.after_commit(queries.forget)
    return report


async def _alone() -> None:
    """One import at a time; SQLite has one writer anyway."""
    if db.engine() != "sqlite":
        await db.write("LOCK TABLE core_region IN SHARE ROW EXCLUSIVE MODE")


async def _add(table: RegionTable, tree: Tree, found: Differences, progress: Progress) -> None:
    new = sorted((row for row, known in enumerate(found.ids) if known == NEW), key=table.level)
    if not new:
        return
    first = await _reserve(len(new))
    for number, row in enumerate(new):
        found.ids[row] = first + number
    for start in range(0, len(new), ROWS_AT_ONCE):
        some = new[start : start + ROWS_AT_ONCE]
        rows = [_region(table, row, found.ids[row], found.parent_of(row, tree)) for row in some]
        await db.insert_many("core_region", _COLUMNS, rows)
        progress(len(some))
    if len(new) >= ROWS_AT_ONCE:  # without fresh statistics PostgreSQL reads the nation for every search
        await db.write("ANALYZE core_region")


async def _reserve(count: int) -> int:
    """The first of `count` unused ids in a row."""
    if db.engine() == "sqlite":
        rows = await db.read(
            "SELECT MAX(used) AS used FROM (SELECT MAX(id) AS used FROM core_region"
            " UNION ALL SELECT seq FROM sqlite_sequence WHERE name = 'core_region')"
        )
        return int(rows[0]["used"] or 0) + 1
    sequence = "pg_get_serial_sequence('core_region', 'id')"
    first = int((await db.read(f"SELECT nextval({sequence}) AS id"))[0]["id"])
    await db.read(f"SELECT setval({sequence}, ?)", first + count - 1)
    return first


def _region(table: RegionTable, row: int, id: int, parent: int) -> tuple[Any, ...]:
    name = table.names[row]
    return id, table.code(row), table.level(row), name, *_written(name), parent or None, RegionState.ACTIVE.value


@lru_cache(maxsize=1 << 16)
def _written(name: str) -> tuple[str, str, str]:
    short = short_name(name)
    return short, *romanise(short)


async def _change(table: RegionTable, tree: Tree, found: Differences) -> None:
    await _many(_RENAME, ((table.names[row], *_written(table.names[row]), found.ids[row]) for row in found.renamed))
    await _many(_MOVE, ((found.parent_of(row, tree) or None, found.ids[row]) for row in found.moved))
    await _many(_STATE, ((RegionState.ACTIVE.value, found.ids[row]) for row in found.returned))
    await _many(_STATE, ((RegionState.VANISHED.value, gone.id) for gone in found.vanished))


async def _remember(table: RegionTable, found: Differences, moves: Sequence[Move]) -> None:
    at = now()
    await _many(_CHANGE, ((found.ids[row], "renamed", old, table.names[row], at) for row, old in found.renamed.items()))
    await _many(_CHANGE, ((found.ids[move.row], "moved", move.before, move.after, at) for move in moves))
    await _many(_CHANGE, ((found.ids[row], "returned", "", "", at) for row in found.returned))
    await _many(_CHANGE, ((gone.id, "vanished", gone.name, "", at) for gone in found.vanished))


async def _many(sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), ROWS_AT_ONCE):
        await db.write_many(sql, waiting[start : start + ROWS_AT_ONCE])
