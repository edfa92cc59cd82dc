"""Bringing the rows of an export back into the empty tables of the plugin: all of them or none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tortoise.exceptions import BaseORMException

from cunli import db
from cunli.db import migrations
from cunli.removal.borrowed import borrowed, put_back, settle, storage
from cunli.removal.errors import CannotDo
from cunli.removal.export import Progress
from cunli.removal.folder import Manifest, Note, lines_of, read_manifest, verify
from cunli.removal.tables import PAGE, Column, Table, count, lock, tables_of
from cunli.trust.audit import By, audit

Values = dict[str, Any]
Numbered = tuple[int, Values]


async def bring_back(
    plugin: str, folder: Path, *, progress: Progress, by: By = "command", storage_url: str = ""
) -> Manifest:
    """Verify the folder, then write its rows in one unit. Raises `CannotDo` with the file and line; then nothing is written."""
    manifest = read_manifest(folder, plugin)
    tables = tables_of(plugin) if manifest.tables or manifest.migrations else []
    await _refuse_unfit(manifest, plugin, tables, folder)
    lent = [table for table in borrowed(plugin) if table.called in {note.table for note in manifest.borrowed}]
    for table, note in _with_notes([*tables, *lent], manifest):
        for _ in _read(folder, note, table):
            pass  # a line that cannot be read is named before the hash says that something is wrong somewhere
    verify(folder, manifest)
    for table, note in _with_notes(lent, manifest):
        if table.pictures:
            for _, text in lines_of(folder, note):
                await put_back(text, storage(storage_url))
    await db.run_unit(_write_all, manifest, tables, lent, folder, progress, by)
    return manifest


async def _refuse_unfit(manifest: Manifest, plugin: str, tables: Sequence[Table], folder: Path) -> None:
    applied = tuple(await migrations.applied(plugin))
    if applied != manifest.migrations:
        raise CannotDo(
            f"the export was made at {_last(manifest.migrations)} (version {manifest.version}), and the tables are at"
            f" {_last(applied)}: install version {manifest.version} of the plugin, run cunli migrate, import, then upgrade"
        )
    ours, theirs = {table.name for table in tables}, {note.table for note in manifest.tables}
    if ours != theirs:
        raise CannotDo(f"{folder} has other tables than the plugin: {', '.join(sorted(ours ^ theirs))}")
    for table, note in _with_notes(tables, manifest):
        if note.columns != dict(column.written_as for column in table.columns):
            raise CannotDo(f"{folder / note.file} has other columns than the table {table.name}")


def _last(names: Sequence[str]) -> str:
    return names[-1] if names else "no migration"


def _with_notes(tables: Sequence[Table], manifest: Manifest) -> Iterator[tuple[Table, Note]]:
    notes = {note.table: note for note in (*manifest.tables, *manifest.borrowed)}
    return ((table, notes[table.called]) for table in tables)


async def _write_all(
    manifest: Manifest, tables: Sequence[Table], lent: Sequence[Table], folder: Path, progress: Progress, by: By
) -> None:
    await lock(tables)
    for table in (*tables, *lent):
        if rows := await count(table):
            whose = " of the plugin" if table.where else ""
            raise CannotDo(f"{table.name} has {rows} rows{whose} already: an import goes into empty tables only")
    for table, note in _with_notes([*lent, *tables], manifest):
        await _fill(table, note, folder, progress)
        await _count_on(table)
    await settle(manifest.plugin)
    await audit(
        "core.plugin.import", object=("plugin", manifest.plugin), by=by, version=manifest.version, rows=manifest.rows
    )


async def _fill(table: Table, note: Note, folder: Path, progress: Progress) -> None:
    lines = _read(folder, note, table)
    later = {column.name for column in table.later()}
    while page := list(islice(lines, PAGE)):
        await _find_targets(table, page, folder / note.file)
        rows = [[None if name in later else values[name] for name in table.names] for _, values in page]
        try:
            await db.insert_many(table.name, table.names, rows)
        except BaseORMException as exc:
            raise CannotDo(f"{folder / note.file} lines {page[0][0]} to {page[-1][0]}: {exc}") from exc
        progress(table.name, len(page))
    for column in table.later():
        await _point(table, column, _read(folder, note, table))


async def _point(table: Table, column: Column, lines: Iterator[Numbered]) -> None:
    (key,) = table.order
    sql = f'UPDATE "{table.name}" SET "{column.name}" = ? WHERE "{key}" = ?'  # noqa: S608 names from the models
    while page := list(islice(lines, PAGE)):
        if rows := [(values[column.name], values[key]) for _, values in page if values[column.name] is not None]:
            await db.write_many(sql, rows)


def _read(folder: Path, note: Note, table: Table) -> Iterator[Numbered]:
    """Each row of a file, as the database takes it, with its line."""
    for number, text in lines_of(folder, note):
        try:
            told = json.loads(text)
            yield number, dict(_values(told, table))
        except (ValueError, KeyError, TypeError) as exc:
            raise CannotDo(f"{folder / note.file} line {number}: {exc}") from exc


def _values(told: Mapping[str, Any], table: Table) -> Iterable[tuple[str, Any]]:
    for column in table.columns:
        value = told[column.key_name if column.keyed else column.name]
        if value is None and not column.null:
            raise ValueError(f"{column.name} is missing")
        if column.keyed:
            yield column.name, None
            yield column.key_name, None if value is None else str(value)
            continue
        yield column.name, None if value is None else column.kind.read(value)
        if column.outside is not None and value is not None and column.outside.key:
            yield column.key_name, str(told[column.key_name])


async def _find_targets(table: Table, page: Sequence[Numbered], file: Path) -> None:
    """Let every key that points out of the plugin point at the row that has the same stable key in this database."""
    for column in table.columns:
        target = column.outside
        if target is None:
            continue
        name = column.key_name if target.key else column.name
        wanted = sorted({values[name] for _, values in page if values.get(name) is not None})
        known = await _ids(column, wanted) if wanted else {}
        for number, values in page:
            if values.get(name) is None:
                continue
            if (found := known.get(values[name])) is None:
                raise CannotDo(
                    f"{file} line {number}: {column.name} points at {values[name]!r}, which is not in {target.table}"
                )
            values[column.name] = found


async def _ids(column: Column, wanted: Sequence[Any]) -> dict[Any, Any]:
    target = column.outside
    assert target is not None
    key = target.key or f'"{target.column}"'
    sql = f'SELECT "{target.column}" AS id, {key} AS key FROM "{target.table}" WHERE {key} IN ({db.marks(wanted)})'  # noqa: S608 names from the models
    found = {row["key"]: row["id"] for row in await db.read(sql, *wanted)}
    if target.table == "core_village":  # renamed or merged since: whoever has the address now
        sql = f"SELECT slug, village_id FROM core_village_address WHERE slug IN ({db.marks(wanted)})"  # noqa: S608 marks only
        found |= {row["slug"]: row["village_id"] for row in await db.read(sql, *wanted)}
    return found


async def _count_on(table: Table) -> None:
    """PostgreSQL counts on from the greatest number that came back; SQLite does so by itself."""
    if table.counter and db.engine() != "sqlite":
        column = f'"{table.counter}"'
        await db.read(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{table.counter}'), MAX({column}))"  # noqa: S608 names from the models
            f' FROM "{table.name}" HAVING MAX({column}) IS NOT NULL'
        )
