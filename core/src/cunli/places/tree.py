"""The tree in a table: which row stands below which, and what looks odd about it. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cunli.places.rules import LEVEL_NAMES, LEVELS, PREFIX
from cunli.places.table import MOST_FAULTS, BadTable, Fault, RegionTable, code_text, key_of

NO_PARENT: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """`parents[row]` is the row above, `NO_PARENT` for the `roots`: rows of the top level whose parent is not in the file."""

    parents: array[int]
    roots: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that was imported as it stands and that a person should look at. `kind` is stable."""

    kind: str
    code: str
    level: str
    name: str
    text: str


def resolve(table: RegionTable) -> Tree:
    """Find each row's parent: the row of that code on the nearest level above. Raises `BadTable`."""
    top = min(key % 10 for key in table.keys)
    parents, roots, faults = array("q"), [], []
    for row, code in enumerate(table.parent_codes):
        level = table.keys[row] % 10
        above = _above(table, code, level)
        parents.append(above)
        if above != NO_PARENT:
            continue
        if fault := _orphan(table, row, code, is_top=level == top):
            faults.append(fault)
            if len(faults) >= MOST_FAULTS:
                break
        else:
            roots.append(row)
    if faults:
        raise BadTable(faults)
    return Tree(parents=parents, roots=tuple(roots))


def _above(table: RegionTable, code: int, level: int) -> int:
    if code:
        for upper in range(level - 1, 0, -1):
            row = table.row_of.get(code * 10 + upper)
            if row is not None:
                return row
    return NO_PARENT


def _orphan(table: RegionTable, row: int, code: int, *, is_top: bool) -> Fault | None:
    if not code:
        return None if is_top else _fault(table, row, "unknown-parent", "没有写上级的代码")
    own = code == table.keys[row] // 10
    below = [n for n in LEVEL_NAMES if n >= table.level(row) and key_of(code, n) in table.row_of]
    if below and not (own and is_top):
        level = LEVEL_NAMES[below[0]]
        return _fault(
            table, row, "parent-not-above", f"上级 {code:012d} 是 {level}，不在 {table_level(table, row)} 之上"
        )
    if not is_top:
        return _fault(table, row, "unknown-parent", f"表里没有上级 {code:012d}")
    return None


def no_parent_known(table: RegionTable, row: int) -> Fault:
    """A top row below county level must hang somewhere."""
    code = code_text(table.parent_codes[row] * 10)
    text = (
        f"上级 {code} 不在表里，也没有导入过。请先导入它，或把它写进表里"
        if table.parent_codes[row]
        else "没有写上级的代码"
    )
    return _fault(table, row, "unknown-parent", text)


def _fault(table: RegionTable, row: int, code: str, text: str) -> Fault:
    return Fault(line=table.lines[row], column="parent", code=code, text=text)


def table_level(table: RegionTable, row: int) -> str:
    """The level's name."""
    return LEVEL_NAMES[table.level(row)]


def doubts(table: RegionTable, tree: Tree) -> Iterator[Doubt]:
    """What looks odd in the file itself."""
    for row, above in enumerate(tree.parents):
        if above == NO_PARENT:
            continue
        level, upper = table.level(row), table.level(above)
        if level - upper > 1:
            yield doubt(table, row, "level-skipped", f"直接挂在{table.names[above]}下面，中间少了一级")
        if table.code(row)[: PREFIX[upper]] != table.code(above)[: PREFIX[upper]]:
            yield doubt(table, row, "prefix", f"代码的开头和上级{table.names[above]}（{table.code(above)}）对不上")
    yield from _same_names(table, tree)


def _same_names(table: RegionTable, tree: Tree) -> Iterator[Doubt]:
    order = sorted(range(len(table)), key=tree.parents.__getitem__)
    seen: dict[str, int] = {}
    parent = NO_PARENT - 1
    for row in order:
        if tree.parents[row] != parent:
            parent, seen = tree.parents[row], {}
        first = seen.setdefault(table.names[row], row)
        if first != row and table.level(first) == table.level(row):
            yield doubt(table, row, "same-name", f"和 {table.code(first)} 同名，又在同一个上级下面")


def doubt(table: RegionTable, row: int, kind: str, text: str) -> Doubt:
    """A doubt about one row."""
    return Doubt(kind=kind, code=table.code(row), level=table_level(table, row), name=table.names[row], text=text)


COUNTY: Final = LEVELS["county"]
VILLAGE: Final = LEVELS["village"]
