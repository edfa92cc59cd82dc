"""What is different between a table and the regions we have. Reads the database, writes nothing."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cunli import db
from cunli.places.models import RegionState
from cunli.places.table import BadTable, RegionTable, code_text, key_of
from cunli.places.tree import COUNTY, NO_PARENT, VILLAGE, Tree, no_parent_known

CODES_AT_ONCE: Final = 2000
PARENTS_AT_ONCE: Final = 500
NEW: Final = 0

_COLUMNS: Final = "SELECT id, code, level, name, parent_id, state FROM core_region WHERE "


@dataclass(slots=True)
class Gone:
    """A region below the file's roots that the file does not mention."""

    id: int
    key: int
    name: str


@dataclass(slots=True)
class Differences:
    """For each row of the table the region it stands for (`NEW`: none yet), and what has changed."""

    ids: array[int]
    kept_parents: array[int]  # the parent in the database; 0: none
    outer_parents: dict[int, int] = field(default_factory=dict)  # roots of the table → region above them
    renamed: dict[int, str] = field(default_factory=dict)  # row → earlier name
    moved: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)
    vanished: list[Gone] = field(default_factory=list)

    def parent_of(self, row: int, tree: Tree) -> int:
        """The id of the region above a row; 0 for none, or for one that has no id yet."""
        above = tree.parents[row]
        if above != NO_PARENT:
            return self.ids[above]
        return self.outer_parents.get(row, self.kept_parents[row])


async def compare(table: RegionTable, tree: Tree) -> Differences:
    """Find what the table would change. Raises `BadTable` when its top rows cannot be hung anywhere."""
    nothing = array("q", bytes(8 * len(table)))
    found = Differences(ids=nothing, kept_parents=array("q", nothing))
    found.outer_parents = await _outer_parents(table, tree)
    if not await db.read("SELECT 1 FROM core_region LIMIT 1"):
        return found
    roots = [table.code(row) for row in tree.roots]
    above = [row["id"] async for row in _by_code(roots) if _note(table, found, row) is not None]
    await _look_below(table, found, above)
    missing = sorted({table.code(row) for row, known in enumerate(found.ids) if known == NEW})
    elsewhere = [row["id"] async for row in _by_code(missing) if _note(table, found, row) is not None]
    await _look_below(table, found, elsewhere)
    for row, known in enumerate(found.ids):
        if known != NEW and _stands_elsewhere(found, tree, row):
            found.moved.append(row)
    _leave_merged_alone(found)
    return found


async def _look_below(table: RegionTable, found: Differences, ids: Sequence[int]) -> None:
    known = {gone.id for gone in found.vanished}
    async for row in _below(ids):
        if _note(table, found, row) is None and row["state"] == RegionState.ACTIVE and row["id"] not in known:
            known.add(row["id"])
            found.vanished.append(Gone(id=row["id"], key=key_of(row["code"], row["level"]), name=row["name"]))


def _stands_elsewhere(found: Differences, tree: Tree, row: int) -> bool:
    above = tree.parents[row]
    is_new = above != NO_PARENT and found.ids[above] == NEW
    return is_new or found.parent_of(row, tree) != found.kept_parents[row]


def _note(table: RegionTable, found: Differences, row: Any) -> int | None:
    """Remember which region a row of the table is; None when the table does not mention this region."""
    here = table.row_of.get(key_of(row["code"], row["level"]))
    if here is None or found.ids[here] != NEW:
        return here
    found.ids[here] = row["id"]
    found.kept_parents[here] = row["parent_id"] or 0
    if row["state"] == RegionState.MERGED:
        found.merged.append(here)
    elif row["state"] == RegionState.VANISHED:
        found.returned.append(here)
    if row["name"] != table.names[here]:
        found.renamed[here] = row["name"]
    return here


def _leave_merged_alone(found: Differences) -> None:
    merged = set(found.merged)
    if merged:
        found.moved = [row for row in found.moved if row not in merged]
        found.renamed = {row: name for row, name in found.renamed.items() if row not in merged}


async def _outer_parents(table: RegionTable, tree: Tree) -> dict[int, int]:
    """The regions above the table's top rows: the parent's code on the nearest level above."""
    codes = sorted({code_text(table.parent_codes[row] * 10) for row in tree.roots if table.parent_codes[row]})
    known: dict[str, list[tuple[int, int]]] = {}
    async for row in _by_code(codes):
        if row["state"] != RegionState.MERGED:
            known.setdefault(row["code"], []).append((row["level"], row["id"]))
    outer, faults = {}, []
    for row in tree.roots:
        level = table.level(row)
        upper = [pair for pair in known.get(code_text(table.parent_codes[row] * 10), ()) if pair[0] < level]
        if upper:
            outer[row] = max(upper)[1]
        elif level > COUNTY:
            faults.append(no_parent_known(table, row))
    if faults:
        raise BadTable(faults)
    return outer


async def _by_code(codes: Sequence[str]) -> AsyncIterator[Any]:
    for some in _parts(codes, CODES_AT_ONCE):
        for row in await db.read(f"{_COLUMNS} code IN ({db.marks(some)})", *some):
            yield row


async def _below(ids: Sequence[int]) -> AsyncIterator[Any]:
    """Every region below these, level by level."""
    while ids:
        next_level: list[int] = []
        for some in _parts(ids, PARENTS_AT_ONCE):
            for row in await db.read(f"{_COLUMNS} parent_id IN ({db.marks(some)})", *some):
                if row["level"] != VILLAGE:
                    next_level.append(row["id"])
                yield row
        ids = next_level


def _parts(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
