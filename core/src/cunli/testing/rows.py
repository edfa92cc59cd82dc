"""Every row of a site's database, looked at from outside the site: what a request changed, and how to put it back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import asyncpg

Row = tuple[tuple[str, Any], ...]
Tables = dict[str, list[Row]]
Counters = dict[str, int | None]
Marks = dict[str, object]
NOTED = "core_search_due"
_TABLES = (
    "SELECT t.name, t.sql LIKE 'CREATE VIRTUAL%' AS made FROM sqlite_master t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
    " AND NOT EXISTS (SELECT 1 FROM sqlite_master v WHERE v.sql LIKE 'CREATE VIRTUAL%' AND t.name LIKE v.name || '_%')"
    " ORDER BY t.name"
)  # without the tables that a virtual one keeps its rows in


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one table: rows that are no longer there, and rows that were not. A changed row is in both."""

    gone: tuple[Row, ...]
    new: tuple[Row, ...]


class _Reader(Protocol):
    async def marks(self) -> Marks: ...
    async def rows(self, table: str) -> list[Row]: ...
    async def rewrite(self, tables: Mapping[str, Sequence[Row]]) -> None: ...
    async def counters(self) -> Counters: ...
    async def count_from(self, counters: Counters) -> None: ...
    async def close(self) -> None: ...


class Rows:
    """A picture of the database, on a connection of its own.

    rows = await Rows.of(site.settings.database_url)
    ...
    assert await rows.changes() == {}
    await rows.put_back()
    """

    def __init__(self, reader: _Reader, only: Callable[[str], bool] = bool) -> None:
        self._reader, self._only = reader, only
        self.tables: Tables = {}
        self._marks: Marks = {}
        self._counters: Counters = {}

    @classmethod
    async def of(cls, url: str, only: Callable[[str], bool] = bool) -> Self:
        """The rows as they are now; of the tables that `only` says yes to, which is all of them by itself."""
        rows = cls(_Sqlite(url) if url.startswith("sqlite") else await _Postgres.watching(url), only)
        await rows.take()
        return rows

    async def take(self) -> None:
        """Compare with what is there now, from now on."""
        self._marks = {table: mark for table, mark in (await self._reader.marks()).items() if self._only(table)}
        self.tables = {table: await self._reader.rows(table) for table in self._marks}
        self._counters = await self._reader.counters()

    async def touched(self) -> list[str]:
        """Tables that somebody may have written to. Costs next to nothing."""
        marks = await self._reader.marks()
        return [table for table, mark in marks.items() if self._only(table) and self._marks.get(table) != mark]

    async def changes(self, *, but: Sequence[str] = ()) -> dict[str, Change]:
        """The tables that differ from the picture. `but` names tables, or `table.column`, that do not count."""
        columns = {tuple(name.split(".")) for name in but if "." in name}
        found: dict[str, Change] = {}
        for table in await self.touched():
            now = await self._reader.rows(table)
            change = _difference(self.tables.get(table, []), now, {c for t, c in columns if t == table})
            if table not in but and (change.gone or change.new):
                found[table] = change
        return found

    async def put_back(self) -> None:
        """Make the database what it was: the next row gets the number that it would have got."""
        if touched := await self.touched():
            now = {table: await self._reader.rows(table) for table in touched}
            differing = [table for table in touched if now[table] != self.tables[table] and table != NOTED]
            # last and always: putting back the others makes their triggers note things
            await self._reader.rewrite(
                {table: self.tables[table] for table in [*differing, NOTED] if table in self.tables}
            )
            await self._reader.count_from(self._counters)
            self._marks = await self._reader.marks()

    async def close(self) -> None:
        await self._reader.close()


def _difference(before: Sequence[Row], after: Sequence[Row], without: set[str]) -> Change:
    if before == after:
        return Change(gone=(), new=())

    def counted(rows: Sequence[Row]) -> Counter[Row]:
        return Counter(tuple(pair for pair in row if pair[0] not in without) for row in rows)

    old, new = counted(before), counted(after)
    return Change(gone=tuple((old - new).elements()), new=tuple((new - old).elements()))


class _Sqlite:
    def __init__(self, url: str) -> None:
        self._db = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=60)
        self._db.execute("PRAGMA synchronous=OFF")
        self._virtual: set[str] = set()

    async def marks(self) -> Marks:
        version = self._db.execute("PRAGMA data_version").fetchone()[0]  # of the whole file
        found = self._db.execute(_TABLES).fetchall()
        self._virtual = {name for name, made in found if made}
        return {name: version for name, _ in found}

    async def rows(self, table: str) -> list[Row]:
        columns = "rowid, *" if table in self._virtual else "*"
        cursor = self._db.execute(f'SELECT {columns} FROM "{table}" ORDER BY rowid')  # noqa: S608 names from the catalogue
        names = [column[0] for column in cursor.description]
        return [tuple(zip(names, row, strict=True)) for row in cursor]

    async def rewrite(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        guards = self._db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:  # append-only tables are put back too
            self._db.execute(f'DROP TRIGGER "{name}"')
        for table, rows in tables.items():
            self._db.execute(f'DELETE FROM "{table}"')  # noqa: S608 names from the catalogue
            if rows:
                names = ", ".join(f'"{name}"' for name, _ in rows[0])
                marks = ", ".join("?" * len(rows[0]))
                self._db.executemany(
                    f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # noqa: S608 names from the catalogue
                    [[value for _, value in row] for row in rows],
                )
        for _, guard in guards:
            self._db.execute(guard)
        self._db.execute("COMMIT")

    async def counters(self) -> Counters:
        return dict(self._db.execute("SELECT name, seq FROM sqlite_sequence"))

    async def count_from(self, counters: Counters) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM sqlite_sequence")
        self._db.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", list(counters.items()))
        self._db.execute("COMMIT")

    async def close(self) -> None:
        await asyncio.sleep(0)
        self._db.close()


_WATCH = """
DROP SCHEMA IF EXISTS watch CASCADE; CREATE SCHEMA watch;
CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN PERFORM nextval('watch.' || quote_ident(TG_TABLE_NAME)); RETURN NULL; END$$;
DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
  EXECUTE format('CREATE SEQUENCE watch.%I', t);
  EXECUTE format('CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON public.%I EXECUTE FUNCTION watch.note()', t);
END LOOP; END $$;
"""


class _Postgres:
    """Every table notes in a sequence that a statement wrote to it; `close` takes the triggers away again."""

    def __init__(self, connection: Any) -> None:
        self._db = connection

    @classmethod
    async def watching(cls, url: str) -> _Postgres:
        connection = await asyncpg.connect(url.split("?")[0])
        await connection.execute(_WATCH)
        await connection.execute("SET session_replication_role = replica")  # neither foreign keys nor triggers
        return cls(connection)

    async def marks(self) -> Marks:
        query = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'watch' ORDER BY sequencename"
        return {row["sequencename"]: row["last_value"] for row in await self._db.fetch(query)}

    async def rows(self, table: str) -> list[Row]:
        rows = await self._db.fetch(f'SELECT t.* FROM "{table}" t ORDER BY t::text')  # noqa: S608 names from the catalogue
        return [tuple(row.items()) for row in rows]

    async def rewrite(self, tables: Mapping[str, Sequence[Row]]) -> None:
        async with self._db.transaction():
            for table, rows in tables.items():
                await self._db.execute(f'DELETE FROM "{table}"')  # noqa: S608 names from the catalogue
                if rows:
                    columns = [name for name, _ in rows[0]]
                    records = [[value for _, value in row] for row in rows]
                    await self._insert(table, columns, records)

    async def _insert(self, table: str, columns: list[str], records: list[list[Any]]) -> None:
        if table not in ("core_post_words", "core_comment_words"):
            await self._db.copy_records_to_table(table, columns=columns, records=records)
            return
        marks = ", ".join(f"${at}" for at in range(1, len(columns) + 1))  # tsvectors cannot be copied in
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 names from the catalogue
        await self._db.executemany(sql, records)

    async def counters(self) -> Counters:
        rows = await self._db.fetch("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        return {row["sequencename"]: row["last_value"] for row in rows}

    async def count_from(self, counters: Counters) -> None:
        for name, last in (await self.counters()).items():
            if last != counters.get(name):
                before = counters.get(name)
                await self._db.execute(
                    "SELECT setval($1::text::regclass, $2, $3)", f'"{name}"', before or 1, before is not None
                )

    async def close(self) -> None:
        await self._db.execute("DROP SCHEMA watch CASCADE")
        await self._db.close()
