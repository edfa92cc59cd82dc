"""Writing a plugin's rows into a folder, inside the unit that holds its tables still."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cunli import db
from cunli.media.storage import Storage
from cunli.removal.borrowed import pictures_of, storage
from cunli.removal.errors import CannotDo
from cunli.removal.folder import Manifest, Note, Writing
from cunli.removal.tables import Column, Table, count, pages
from cunli.removal.values import line

Progress = Callable[[str, int], object]


async def export(
    about: Manifest,
    tables: Sequence[Table],
    lent: Sequence[Table],
    writing: Writing,
    progress: Progress,
    *,
    storage_url: str,
) -> Manifest:
    """Write every table, and what the core keeps for the plugin (`lent`), and publish the folder; `progress` hears of each page.

    Raises `CannotDo` when a count differs.
    """
    kept = storage(storage_url)
    notes = [await _write(table, writing, progress, kept) for table in tables]
    others = [await _write(table, writing, progress, kept) for table in lent]
    manifest = replace(about, tables=_sorted(notes), borrowed=_sorted(note for note in others if note.rows))
    writing.publish(manifest)
    return manifest


def _sorted(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: note.table))


async def _write(table: Table, writing: Writing, progress: Progress, kept: Storage) -> Note:
    columns = dict(column.written_as for column in table.columns)
    with writing.table(Note(table=table.called, file=table.file, columns=columns)) as file:
        async for rows in pages(table):
            named = {column.name: await keys_of(column, rows) for column in table.columns if _has_key(column)}
            if not table.pictures:
                file.write(_lines(table, rows, named, {}))
            for row in rows if table.pictures else ():  # one at a time: a file may be as large as five hundred rows
                file.write(_lines(table, [row], named, {row["key"]: await pictures_of(row["key"], kept)}))
            progress(table.name, len(rows))
        note = file.close()
    if not note.rows and table.where:
        writing.drop(note)
    if note.rows != (there := await count(table)):
        raise CannotDo(f"{table.name} has {there} rows, and {note.rows} were written: nothing was removed; try again")
    return note


def _has_key(column: Column) -> bool:
    return column.outside is not None and bool(column.outside.key)


def _lines(
    table: Table, rows: Sequence[Any], named: Mapping[str, Mapping[Any, str]], photos: Mapping[str, Mapping[str, str]]
) -> list[bytes]:
    found = []
    for row in rows:
        values: dict[str, Any] = {}
        for column in table.columns:
            raw = row[column.name]
            if not column.keyed:
                values[column.name] = None if raw is None else column.kind.write(raw)
            if column.name in named and (raw is not None or column.keyed):
                values[column.key_name] = None if raw is None else named[column.name].get(raw)
        if photos:
            values["pictures"] = photos[row["key"]]
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
