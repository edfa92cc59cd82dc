"""From differences to a report: names instead of ids, and what a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cunli import db
from cunli.places.compare import NEW, Differences
from cunli.places.names import short_name
from cunli.places.report import Change, ImportReport
from cunli.places.rules import LEVEL_NAMES
from cunli.places.table import RegionTable, code_text
from cunli.places.tree import NO_PARENT, Doubt, Tree, doubt, doubts, table_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A row of the table whose parent is another one now."""

    row: int
    before: str
    after: str


async def moves_in(table: RegionTable, tree: Tree, found: Differences) -> list[Move]:
    """The moves with the names of the parents."""
    outer = {found.kept_parents[row] for row in found.moved} | set(found.outer_parents.values())
    names = {row["id"]: _label(row["code"], row["name"]) for row in await _regions(sorted(outer - {0}))}
    moves = []
    for row in found.moved:
        above = tree.parents[row]
        after = _label(table.code(above), table.names[above]) if above != NO_PARENT else names[found.outer_parents[row]]
        moves.append(Move(row=row, before=names.get(found.kept_parents[row], ""), after=after))
    return moves


def _label(code: str, name: str) -> str:
    return f"{name}（{code}）"


async def _regions(ids: Sequence[int]) -> list[Any]:
    rows: list[Any] = []
    for start in range(0, len(ids), 1000):
        some = ids[start : start + 1000]
        rows += await db.read(f"SELECT id, code, name FROM core_region WHERE id IN ({db.marks(some)})", *some)  # noqa: S608 placeholders and constants only
    return rows


async def reported(table: RegionTable, tree: Tree, found: Differences, moves: Sequence[Move]) -> ImportReport:
    """What the import does, and everything that looks odd."""
    report = ImportReport(rows=len(table))
    for row, known in enumerate(found.ids):
        if known == NEW:
            report.added.add(_change(table, row))
    for row, old in found.renamed.items():
        report.renamed.add(_change(table, row, before=old, after=table.names[row]))
    for move in moves:
        report.moved.add(_change(table, move.row, before=move.before, after=move.after))
    for row in found.returned:
        report.returned.add(_change(table, row))
    for gone in found.vanished:
        report.vanished.add(Change(code=code_text(gone.key), level=LEVEL_NAMES[gone.key % 10], name=gone.name))
    for odd in doubts(table, tree):
        report.doubtful.add(odd)
    for row in found.merged:
        report.doubtful.add(doubt(table, row, "merged-before", "已经并到别的地方，表里却还有。没有改动"))
    for odd in await _opened_but_gone(table, found):
        report.doubtful.add(odd)
    return report


def _change(table: RegionTable, row: int, before: str = "", after: str = "") -> Change:
    return Change(
        code=table.code(row), level=table_level(table, row), name=table.names[row], before=before, after=after
    )


async def _opened_but_gone(table: RegionTable, found: Differences) -> list[Doubt]:
    """Open villages that the new table does not know: they go on, and somebody has to say where they went."""
    if not found.vanished:
        return []
    opened = {row["region_id"] for row in await db.read("SELECT region_id FROM core_village WHERE state = 'open'")}
    gone = [one for one in found.vanished if one.id in opened]
    if not gone:
        return []
    new: dict[str, list[int]] = {}
    for row, known in enumerate(found.ids):
        if known == NEW:
            new.setdefault(short_name(table.names[row]), []).append(row)
    return [_gone(table, one.key, one.name, new.get(short_name(one.name), [])) for one in gone]


def _gone(table: RegionTable, key: int, name: str, same_name: list[int]) -> Doubt:
    code, level = code_text(key), LEVEL_NAMES[key % 10]
    likely = [table.code(row) for row in same_name if table.keys[row] % 10 == key % 10]
    hint = (
        f"新代码可能是 {likely[0]}: cunli regions merge {code} --into {likely[0]}"
        if len(likely) == 1
        else f"如果并到了别的村: cunli regions merge {code} --into 新村代码"
    )
    text = f"村已经开通，新表里没有了。村照常使用。{hint}"
    return Doubt(kind="opened-but-gone", code=code, level=level, name=name, text=text)
