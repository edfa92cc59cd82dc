"""Changing a SQLite table by building it anew, the way https://www.sqlite.org/lang_altertable.html#otheralter tells.

Stock Tortoise forgets the indexes, the triggers, the unique constraints and the next AUTOINCREMENT number of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise.exceptions import OperationalError
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db.errors import MigrationRefused
from cunli.db.sqlite_threads import statements

if TYPE_CHECKING:
    from cunli.db.schema.editors import SqliteEditor

Fields = list[tuple[Any, Any]]


async def remake(editor: SqliteEditor, target: type[Model], altered: Fields) -> None:
    """Give `target`'s table the shape of `target`, keeping rows, indexes, triggers and the counter."""
    table = target._meta.db_table
    client = editor.client
    _, kept = await client.execute_query(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        [table],
    )
    present = await _columns(client, table)
    lost = present - set(target._meta.db_fields) - {_column(old) for old, _ in altered}
    gone = {row["name"] for row in kept if row["type"] == "index" and lost & await _indexed(client, row["name"])}
    counter = await _counter(client, table)
    create = next(iter(statements(editor._get_model_sql_data(target).table_sql)))
    # With this pragma the last rename leaves views, triggers and other tables alone: they already name `table`.
    await client.execute_query("PRAGMA legacy_alter_table=ON")
    await client.execute_query(create.replace(f'CREATE TABLE "{table}"', f'CREATE TABLE "new__{table}"', 1))
    sources = _sources(editor, target, altered, present)
    columns = ", ".join(f'"{column}"' for column in sources)
    copy = f'INSERT INTO "new__{table}" ({columns}) SELECT {", ".join(sources.values())} FROM "{table}"'  # noqa: S608
    await client.execute_query(copy)
    await client.execute_query(f'DROP TABLE "{table}"')
    await client.execute_query(f'ALTER TABLE "new__{table}" RENAME TO "{table}"')
    await client.execute_query("PRAGMA legacy_alter_table=OFF")
    await _restore(editor, target, altered, [row for row in kept if row["name"] not in gone])
    if counter is not None:
        await client.execute_query("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", [counter, table])


def _sources(editor: SqliteEditor, target: type[Model], altered: Fields, present: set[str]) -> dict[str, str]:
    """For each column of the new table, the expression over the old one that fills it."""
    before = {_column(new): _column(old) for old, new in altered}
    sources = {}
    for column in target._meta.db_fields:
        old = before.get(column, column)
        if old not in present:
            continue  # new columns take their default
        sources[column] = f'"{old}"'
        fill = next(
            (
                _fill(editor, target, new)
                for past, new in altered
                if _column(new) == column and past.null and not new.null
            ),
            None,
        )
        if fill is not None:
            sources[column] = f'COALESCE("{old}", {fill})'
    return sources


def _fill(editor: SqliteEditor, target: type[Model], field: Any) -> str | None:
    """What stands in for NULL in a column that no longer allows it; without one, rows with NULL stop the migration."""
    if field.has_db_default():
        if hasattr(field.db_default, "get_sql"):
            return f"({field.db_default.get_sql(dialect='sqlite')})"
        return editor._escape_default_value(field.to_db_value(field.db_default, target))
    if field.default is None or callable(field.default):
        return None
    return editor._escape_default_value(field.to_db_value(field.default, target))


async def _restore(editor: SqliteEditor, target: type[Model], altered: Fields, kept: Any) -> None:
    dropped = {
        editor._generate_index_name("idx", target, [_column(old)])
        for old, new in altered
        if old.index and not new.index
    }
    for row in kept:
        if row["name"] in dropped:
            continue
        try:
            await editor.client.execute_query(row["sql"])
        except OperationalError as exc:
            raise MigrationRefused(
                f"{row['type']} {row['name']} does not fit the new {target._meta.db_table}: {exc}"
            ) from exc
    for old, new in altered:
        if new.index and not old.index and not new.pk:
            await editor.add_index(target, Index(fields=(_column(new),)))


def _column(field: Any) -> str:
    column: str = field.source_field or field.model_field_name
    return column


async def _columns(client: Any, table: str) -> set[str]:
    _, rows = await client.execute_query(f'PRAGMA table_info("{table}")')
    return {row["name"] for row in rows}


async def _indexed(client: Any, index: str) -> set[str]:
    _, rows = await client.execute_query(f'PRAGMA index_info("{index}")')
    return {row["name"] for row in rows}


async def _counter(client: Any, table: str) -> int | None:
    _, known = await client.execute_query("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
    if not known:
        return None
    _, rows = await client.execute_query("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
    return int(rows[0]["seq"]) if rows else None
