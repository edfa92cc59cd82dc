"""The tables of one plugin, as its models declare them: columns, order, and what their keys point at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from tortoise import Tortoise
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.models import Model

from cunli import db
from cunli.removal.errors import CannotDo
from cunli.removal.values import Kind, kind_of

PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The table a key points at. `key` is an expression that names its rows in whatever database, or empty."""

    table: str
    column: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `outside` is set when it points at a table of somebody else, `inside` when at one of the plugin's own."""

    name: str
    kind: Kind
    null: bool = False
    outside: Target | None = None
    inside: str = ""
    keyed: bool = False  # only the key of what it points at is written, never the number

    @property
    def written_as(self) -> tuple[str, str]:
        """Name and kind in the file."""
        return (self.key_name, "text") if self.keyed else (self.name, self.kind.name)

    @property
    def key_name(self) -> str:
        return f"{self.name}.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. Rows are ordered by the columns in `order`; `counter` is the column that numbers itself, or empty."""

    name: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    counter: str = ""
    label: str = ""  # of its file, where several are of one table
    where: str = ""  # which rows of it, with `values`; all without
    values: tuple[Any, ...] = ()
    pictures: bool = False  # each row has its photo or file with it

    @property
    def called(self) -> str:
        return self.label or self.name

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def file(self) -> str:
        return f"{self.called}.jsonl"

    def later(self) -> list[Column]:
        """Keys that point into the table itself: filled in when all rows are there."""
        return [column for column in self.columns if column.inside == self.name and column.null]


def tables_of(plugin: str) -> list[Table]:
    """The plugin's tables, those pointed at before those that point. The database must be started with the plugin."""
    apps: Any = Tortoise.apps or {}
    models = [model for label, found in apps.items() if label == plugin for model in found.values()]
    own = {model._meta.db_table for model in models}
    tables = [table_of(model, own) for model in models]
    tables += [pairs for model in models for pairs in _pairs(model, own)]
    return _ordered(tables)


def _ordered(tables: Iterable[Table]) -> list[Table]:
    known = {table.name: table for table in sorted(tables, key=lambda one: one.name)}
    graph = {
        name: {column.inside for column in table.columns if column.inside not in ("", name)}
        for name, table in known.items()
    }
    try:
        return [known[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as exc:
        raise CannotDo(f"the tables {' → '.join(exc.args[1])} point at each other in a circle") from exc


def table_of(model: type[Model], own: set[str]) -> Table:
    """The table of a model, among those that are its plugin's `own`."""
    meta = model._meta
    targets = {
        relation.source_field: relation
        for name in meta.fk_fields | meta.o2o_fields
        if isinstance(relation := meta.fields_map[name], ForeignKeyFieldInstance)
    }
    columns = []
    for name, column in meta.fields_db_projection.items():
        field = meta.fields_map[name]
        if (kind := kind_of(field)) is None:
            raise CannotDo(f"{meta.db_table}.{column} is a {type(field).__name__}, which cannot be exported")
        target = _target(targets.get(name) or targets.get(column))
        inside = target.table if target and target.table in own else ""
        columns.append(
            Column(name=column, kind=kind, null=field.null, outside=None if inside else target, inside=inside)
        )
    counter = meta.db_pk_column if meta.pk.generated else ""
    return Table(name=meta.db_table, columns=tuple(columns), order=(meta.db_pk_column,), counter=counter)


def _pairs(model: type[Model], own: set[str]) -> Iterator[Table]:
    for name in sorted(model._meta.m2m_fields):
        relation = model._meta.fields_map[name]
        if not isinstance(relation, ManyToManyFieldInstance) or relation._generated:
            continue
        sides = {relation.backward_key: model, relation.forward_key: relation.related_model}
        columns = []
        for column, side in sides.items():
            kind = kind_of(side._meta.pk)
            assert kind is not None, "keys are numbers, text or UUIDs"
            target = _target_of(side)
            inside = target.table if target.table in own else ""
            columns.append(Column(name=column, kind=kind, outside=None if inside else target, inside=inside))
        yield Table(name=relation.through, columns=tuple(columns), order=tuple(sides))


def _target(relation: Any) -> Target | None:
    return None if relation is None else _target_of(relation.related_model)


def _target_of(model: type[Model]) -> Target:
    meta = model._meta
    keys = {"core_village": "slug", "core_region": "level || ':' || code"}
    key = keys.get(meta.db_table, "")
    if not key and "key" in meta.fields_map and meta.fields_map["key"].unique:
        key = meta.fields_db_projection["key"]
    return Target(table=meta.db_table, column=meta.db_pk_column, key=key)


async def count(table: Table) -> int:
    """How many rows it has."""
    where = f" WHERE {table.where}" if table.where else ""
    rows = await db.read(f'SELECT COUNT(*) AS n FROM "{table.name}"{where}', *table.values)  # noqa: S608 names from the models
    return int(rows[0]["n"])


async def lock(tables: Sequence[Table]) -> None:
    """Nobody else reads or writes these tables until the unit is over. SQLite has one writer anyway."""
    if tables and db.engine() != "sqlite":
        names = ", ".join(f'"{table.name}"' for table in tables)
        await db.write(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


async def pages(table: Table) -> Any:
    """The rows in their order, a page at a time."""
    quoted = ", ".join(f'"{name}"' for name in dict.fromkeys((*table.names, *table.order)))
    text = {column.name for column in table.columns if column.kind.name == "text"}
    # text sorts by its bytes on both, whatever language PostgreSQL was set up with
    order = [f'"{name}"' + (' COLLATE "C"' if name in text and db.engine() != "sqlite" else "") for name in table.order]
    last: list[Any] = []
    while True:
        wanted = [f"({table.where})"] if table.where else []
        wanted += [f"({', '.join(order)}) > ({db.marks(table.order)})"] if last else []
        where = f"WHERE {' AND '.join(wanted)} " if wanted else ""
        sql = f'SELECT {quoted} FROM "{table.name}" {where}ORDER BY {", ".join(order)} LIMIT {PAGE}'  # noqa: S608 names from the models
        rows = await db.read(sql, *table.values, *last)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        last = [rows[-1][name] for name in table.order]
