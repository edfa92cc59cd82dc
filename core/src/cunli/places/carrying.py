"""Carrying rows from one village (or region) to another, whatever tables there are: the core's and every plugin's.

Works on the tables as the models declare them; knows no room but its own by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.models import Model

from cunli import db
from cunli.db import Fold, Prefix, Stay, migrations
from cunli.places.errors import CannotDo
from cunli.places.models import Region, RegionChange, Village, VillageAddress

# Merging writes these itself.
_OWN: Final = (Region, RegionChange, Village, VillageAddress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Two rows that became one."""

    table: str
    stayed: Any
    gone: Any
    stayed_as: Any
    gone_as: Any


@dataclass(slots=True)
class Carried:
    """What was carried: rows per table, and rows that became one."""

    rows: dict[str, int] = field(default_factory=dict)
    folded: list[Folded] = field(default_factory=list)
    renamed: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, count: int) -> None:
        if count:
            self.rows[table] = self.rows.get(table, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A column of one table that points at another."""

    model: type[Model]
    column: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return self.model._meta.db_pk_column


def links_to(target: type[Model]) -> Iterator[Link]:
    """Every column, in every installed app, that points at `target`."""
    for model in every_model():
        for name in sorted(model._meta.fk_fields | model._meta.o2o_fields):
            relation = model._meta.fields_map[name]
            if isinstance(relation, ForeignKeyFieldInstance) and relation.related_model is target:
                yield Link(model=model, column=relation.source_field or f"{name}_id")


def every_model() -> list[type[Model]]:
    """The models of the core and of all plugins, always in the same order."""
    apps: Any = Tortoise.apps or {}
    models = [model for app in apps.values() for model in app.values()]
    return sorted(models, key=lambda model: (model.__module__, model.__name__))


async def refuse_what_would_stay_behind() -> None:
    """Raise `CannotDo` when the database has tables of plugins that do not run here: their rows could not be carried along."""
    if names := await migrations.unloaded():
        listed = "、".join(names)
        raise CannotDo(
            "plugin-not-loaded",
            f"数据库里还有插件 {listed} 的表，这个插件现在没有运行，它的资料搬不过去。两条路：装上它，写进设置的 plugins，"
            f"再办；或者不要它了，先彻底移除: cunli plugin remove {names[0]}",
        )


async def carry(target: type[Model], old: int, new: int, called: str) -> Carried:
    """Let every row that points at `old` point at `new`. `called` goes in front of names that clash.

    Raises `CannotDo` when two rows clash and their table has no rule for it; the unit must then not commit.
    """
    carried = Carried()
    for link in links_to(target):
        if link.model not in _OWN and not isinstance(rule_of(link.model), Stay):
            await _carry_link(link, old, new, called, carried)
    for pairs in pairs_with(target):
        await _carry_pairs(pairs, old, new, carried)
    return carried


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """A table behind a many-to-many field."""

    table: str
    column: str
    other: str


def pairs_with(target: type[Model]) -> Iterator[Pairs]:
    """Every many-to-many table with `target` on one of its sides."""
    for model in every_model():
        for name in sorted(model._meta.m2m_fields):
            relation = model._meta.fields_map[name]
            if not isinstance(relation, ManyToManyFieldInstance) or relation._generated:
                continue
            if relation.related_model is target:
                yield Pairs(table=relation.through, column=relation.forward_key, other=relation.backward_key)
            if model is target:
                yield Pairs(table=relation.through, column=relation.backward_key, other=relation.forward_key)


async def _carry_pairs(pairs: Pairs, old: Any, new: Any, carried: Carried) -> None:
    table, column, other = pairs.table, pairs.column, pairs.other
    await db.write(
        f'DELETE FROM "{table}" WHERE {column} = ? AND {other} IN'  # noqa: S608 names from the models
        f' (SELECT {other} FROM "{table}" WHERE {column} = ?)',
        old,
        new,
    )
    carried.add(table, await db.write(f'UPDATE "{table}" SET {column} = ? WHERE {column} = ?', new, old))  # noqa: S608


def rule_of(model: type[Model]) -> db.OnMerge | None:
    """What a model says about merging."""
    rule: db.OnMerge | None = getattr(model, "on_merge", None)
    return rule


async def _carry_link(link: Link, old: Any, new: Any, called: str, carried: Carried) -> None:
    for columns in _unique_with(link):
        pairs = await _clashes(link, columns, old, new)
        if pairs:
            await _settle(link, columns, pairs, called, carried)
    sql = f"UPDATE {link.table} SET {link.column} = ? WHERE {link.column} = ?"  # noqa: S608 names from the models
    try:
        carried.add(link.table, await db.write(sql, new, old))
    except IntegrityError as exc:
        raise _undecided(link, ()) from exc


def _unique_with(link: Link) -> Iterator[tuple[str, ...]]:
    """The other columns of each unique key that contains the link."""
    meta = link.model._meta
    for together in meta.unique_together:
        columns = [_column(link.model, name) for name in together]
        if link.column in columns:
            yield tuple(column for column in columns if column != link.column)
    name = next(n for n in meta.fk_fields | meta.o2o_fields if _column(link.model, n) == link.column)
    if meta.fields_map[name].unique:
        yield ()


def _column(model: type[Model], name: str) -> str:
    relation = model._meta.fields_map[name]
    if isinstance(relation, ForeignKeyFieldInstance):
        return relation.source_field or f"{name}_id"
    return model._meta.fields_db_projection[name]


async def _clashes(link: Link, columns: Sequence[str], old: Any, new: Any) -> list[tuple[Any, Any]]:
    same = "".join(f" AND o.{column} = n.{column}" for column in columns)
    rows = await db.read(
        f"SELECT o.{link.key} AS old, n.{link.key} AS new FROM {link.table} o JOIN {link.table} n"  # noqa: S608 names from the models
        f" ON n.{link.column} = ?{same} WHERE o.{link.column} = ? ORDER BY o.{link.key}",
        new,
        old,
    )
    return [(row["old"], row["new"]) for row in rows]


async def _settle(
    link: Link, columns: Sequence[str], pairs: list[tuple[Any, Any]], called: str, carried: Carried
) -> None:
    match rule_of(link.model):
        case Prefix(column=column) if column in columns:
            for old, new in pairs:
                await _prefix(link, column, old, new, called)
            carried.renamed[link.table] = carried.renamed.get(link.table, 0) + len(pairs)
        case Fold() as fold:
            for old, new in pairs:
                await _fold(link, fold, old, new, called, carried)
        case _:
            raise _undecided(link, columns)


def _undecided(link: Link, columns: Sequence[str]) -> CannotDo:
    names = "、".join(columns) or link.column
    text = f"两个村在表 {link.table} 里有相同的 {names}，这个表没有说并村时怎么办。什么也没有改；请找装这个插件的人"
    return CannotDo("merge-clash", text)


async def _prefix(link: Link, column: str, old: Any, new: Any, called: str) -> None:
    """Put the old village's name in front, shortened to fit, and a number behind where even that is taken."""
    most = getattr(link.model._meta.fields_map[column], "max_length", None) or 200
    rows = await db.read(
        f"SELECT {link.key} AS id, {column} AS name FROM {link.table} WHERE {link.column} IN"  # noqa: S608 names from the models
        f" (SELECT {link.column} FROM {link.table} WHERE {link.key} IN (?, ?))",
        old,
        new,
    )
    taken = {row["name"] for row in rows}
    name = next(row["name"] for row in rows if row["id"] == old)
    fresh = _fitting(called, name, "", most)
    number = 2
    while fresh in taken:
        fresh = _fitting(called, name, f"-{number}", most)
        number += 1
    await db.write(f"UPDATE {link.table} SET {column} = ? WHERE {link.key} = ?", fresh, old)  # noqa: S608


def _fitting(called: str, name: str, number: str, most: int) -> str:
    room = most - len(number)
    return f"{called[: max(1, room - len(name))]}{name}"[:room] + number


async def _fold(link: Link, fold: Fold, old: Any, new: Any, called: str, carried: Carried) -> None:
    """Make one row of two: what points at the weaker one points at the stronger one, then the weaker one goes."""
    wanted = ", ".join(dict.fromkeys((link.key, fold.column, *fold.join, *fold.fill)))
    sql = f"SELECT {wanted} FROM {link.table} WHERE {link.key} IN (?, ?)"  # noqa: S608 names from the models
    rows = {row[link.key]: dict(row) for row in await db.read(sql, old, new)}
    if len(rows) < 2:
        return  # an earlier clash has already made one of them
    stays, goes = sorted((new, old), key=lambda key: _strength(fold, rows[key][fold.column]), reverse=True)
    for pointing in links_to(link.model):
        await _carry_link(pointing, goes, stays, called, carried)
    for pairs in pairs_with(link.model):
        await _carry_pairs(pairs, goes, stays, carried)
    for column, value in _kept_of_both(fold, rows[stays], rows[goes]).items():
        await db.write(f"UPDATE {link.table} SET {column} = ? WHERE {link.key} = ?", value, stays)  # noqa: S608
    await db.write(f"DELETE FROM {link.table} WHERE {link.key} = ?", goes)  # noqa: S608
    carried.folded.append(
        Folded(
            table=link.table,
            stayed=stays,
            gone=goes,
            stayed_as=rows[stays][fold.column],
            gone_as=rows[goes][fold.column],
        )
    )


def _strength(fold: Fold, value: Any) -> Any:
    if not fold.order:
        return value
    return -fold.order.index(value) if value in fold.order else -len(fold.order)


def _kept_of_both(fold: Fold, stays: dict[str, Any], goes: dict[str, Any]) -> dict[str, Any]:
    both = {column: "\n".join(filter(None, (stays[column], goes[column]))) for column in fold.join}
    filled = {column: goes[column] for column in fold.fill if not stays[column] and goes[column]}
    return {column: value for column, value in (both | filled).items() if value != stays[column]}
