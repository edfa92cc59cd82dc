"""Writing a plugin's rows into a folder, inside the unit that holds its tables still."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cunli import db
from cunli.removal.errors import CannotDo
from cunli.removal.folder import Manifest, Note, Writing
from cunli.removal.tables import Column, Table, count, pages
from cunli.removal.values import line

Progress = Callable[[str, int], object]


async def export(about: Manifest, tables: Sequence[Table], writing: Writing, progress: Progress) -> Manifest:
    """Write every table and publish the folder; `progress` hears of each page. Raises `CannotDo` when a count differs."""
    notes = [await _write(table, writing, progress) for table in tables]
    manifest = replace(about, tables=tuple(sorted(notes, key=lambda note: note.table)))
    writing.publish(manifest)
    return manifest


async def _write(table: Table, writing: Writing, progress: Progress) -> Note:
    columns = {column.name: column.kind.name for column in table.columns}
    with writing.table(Note(table=table.name, file=table.file, columns=columns)) as file:
        async for rows in pages(table):
            named = {column.name: await keys_of(column, rows) for column in table.columns if _has_key(column)}
            file.write(_lines(table, rows, named))
            progress(table.name, len(rows))
        note = file.close()
    if note.rows != (there := await count(table)):
        raise CannotDo(f"{table.name} has {there} rows, and {note.rows} were written: nothing was removed; try again")
    return note


def _has_key(column: Column) -> bool:
    return column.outside is not None and bool(column.outside.key)


def _lines(table: Table, rows: Sequence[Any], named: Mapping[str, Mapping[Any, str]]) -> list[bytes]:
    found = []
    for row in rows:
        values: dict[str, Any] = {}
        for column in table.columns:
            raw = row[column.name]
            values[column.name] = None if raw is None else column.kind.write(raw)
            if column.name in named and raw is not None:
                values[column.key_name] = named[column.name].get(raw)
        found.append(line(values))
    return found


async def keys_of(column: Column, rows: Sequence[Any]) -> dict[Any, str]:
    """By id, the stable keys of the rows that a column points at."""
    target = column.outside
    assert target is not None
    ids = sorted({row[column.name] for row in rows if row[column.name] is not None})
    if not ids:
        return {}
    found = await db.read(
        f'SELECT "{target.column}" AS id, {target.key} AS key FROM "{target.table}"'  # noqa: S608 names from the models
        f' WHERE "{target.column}" IN ({db.marks(ids)})',
        *ids,
    )
    return {row["id"]: row["key"] for row in found}
