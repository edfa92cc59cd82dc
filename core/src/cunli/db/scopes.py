"""Which village is meant. A village table cannot be read or written before somebody has said so."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import BulkCreateQuery, BulkUpdateQuery, DeleteQuery, QuerySet, RawSQLQuery, UpdateQuery

from cunli.db.belonging import OnMerge
from cunli.db.errors import NoScope, WrongVillage

# Every module that may write `unscoped(`; a test compares this list with the source.
MAY_LOOK_ACROSS: Final[frozenset[str]] = frozenset({"cunli.own_data.asking", "cunli.findings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    village: int | None
    reason: str = ""
    villages: frozenset[int] | None = None  # only these are seen, and none is written


_scope: ContextVar[_Scope | None] = ContextVar("cunli_village_scope", default=None)


@contextlib.contextmanager
def scope(village_id: int) -> Iterator[None]:
    """Everything inside concerns this village: queries see only its rows, new rows belong to it."""
    if not isinstance(village_id, int) or isinstance(village_id, bool):
        raise TypeError(f"a village scope is the id of a village, not {village_id!r}")
    token = _scope.set(_Scope(village=village_id))
    try:
        yield
    finally:
        _scope.reset(token)


@contextlib.contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Look across villages, for a reason worth reading. Only modules in `MAY_LOOK_ACROSS` may write this."""
    if not reason.strip():
        raise ValueError("db.unscoped() needs a reason: say why this looks across villages")
    token = _scope.set(_Scope(village=None, reason=reason))
    try:
        yield
    finally:
        _scope.reset(token)


@contextlib.contextmanager
def across(village_ids: Collection[int]) -> Iterator[None]:
    """See the rows of these villages together. Writing is refused: what is written belongs to one village."""
    token = _scope.set(_Scope(village=None, villages=frozenset(village_ids)))
    try:
        yield
    finally:
        _scope.reset(token)


def scoped_village() -> int | None:
    """The village in scope; None when looking across several or all. Raises `NoScope` when nobody said which."""
    return _demanded("village data").village


def _demanded(what: str) -> _Scope:
    found = _scope.get()
    if found is None:
        raise NoScope(
            f"{what} was used without a village. Pages of a village, hooks, tasks and events have one; a page or task of the"
            " county says which: `with (await cunli.reach()).into(village_id):`, a test `with site.inside():`, and the core"
            " `with db.scope(village_id):`"
        )
    return found


def _for_writing(what: str) -> _Scope:
    found = _demanded(what)
    if found.villages is not None:
        raise WrongVillage(
            f"{what} was about to change while several villages are looked at: write with `.into(village_id)`"
        )
    return found


def _check(model: type[Model], rows: Iterable[Any], *, adopt: bool) -> None:
    village = _for_writing(model.__name__).village
    for row in rows:
        if village is None:
            continue
        theirs = getattr(row, "village_id", None)  # absent when the row was read with .only()
        if theirs is None and adopt:
            row.village_id = theirs = village
        if theirs != village:
            raise WrongVillage(
                f"{model.__name__} of village {theirs} was about to change while village {village} is in scope"
            )
        _check_keys(model, row, village)


def _check_keys(model: type[Model], row: Any, village: int) -> None:
    """A row may not point at another village's row; keys given as bare numbers are the caller's to check."""
    for name in model._meta.fk_fields | model._meta.o2o_fields:
        other = row.__dict__.get(f"_{name}")
        if isinstance(other, VillageModel) and other.village_id != village:
            raise WrongVillage(
                f"{model.__name__}.{name} was about to point from village {village} to {other.village_id}"
            )


def _check_values(model: type[Model], values: dict[str, Any]) -> None:
    village = _for_writing(model.__name__).village
    if village is None:
        return
    if "village" in values and values["village"].pk != village:
        raise WrongVillage(f"{model.__name__} was about to move from village {village} to {values['village'].pk}")
    if "village_id" in values and values["village_id"] != village:
        raise WrongVillage(f"{model.__name__} was about to move from village {village} to {values['village_id']}")


class VillageQuerySet(QuerySet[Any]):
    """A query that already carries its village; bulk writes and updates cannot leave it."""

    __slots__ = ()

    def update(self, **kwargs: Any) -> UpdateQuery:
        _check_values(self.model, kwargs)
        return super().update(**kwargs)

    def delete(self) -> DeleteQuery:
        _for_writing(self.model.__name__)
        return super().delete()

    def bulk_create(self, objects: Iterable[Any], *args: Any, **kwargs: Any) -> BulkCreateQuery[Any]:
        rows = list(objects)
        _check(self.model, rows, adopt=True)
        return super().bulk_create(rows, *args, **kwargs)

    def bulk_update(self, objects: Iterable[Any], *args: Any, **kwargs: Any) -> BulkUpdateQuery[Any]:
        rows = list(objects)
        _check(self.model, rows, adopt=False)
        return super().bulk_update(rows, *args, **kwargs)

    def raw(self, sql: str) -> RawSQLQuery:
        raise NoScope(
            f"{self.model.__name__}.raw() knows no village: use db.read() with the village in the SQL ({sql[:40]}…)"
        )


class VillageManager(Manager):
    """Gives queries that are limited to the village in scope."""

    def get_queryset(self) -> QuerySet[Any]:
        seen = _demanded(self._model.__name__)
        rows: QuerySet[Any] = VillageQuerySet(self._model)
        if seen.villages is not None:
            return rows.filter(village_id__in=sorted(seen.villages))
        return rows if seen.village is None else rows.filter(village_id=seen.village)


class VillageModel(Model):
    """A table whose rows belong to a village. The subclass declares the key:

        village = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)

    Queries without a scope raise `NoScope`; writing another village's row raises `WrongVillage`.
    A new row without a village gets the one in scope. `on_merge`, `follows` and `photo_columns` say what becomes of the
    rows when villages are merged or split: see `cunli.db.belonging`.
    """

    village_id: int
    on_merge: ClassVar[OnMerge | None] = None
    follows: ClassVar[tuple[str, ...]] = ()
    photo_columns: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls._meta.abstract:
            if "village" not in cls._meta.fk_fields:
                raise TypeError(f"{cls.__name__} is a VillageModel without a `village` key")
            if strange := [one for one in (*cls.follows, *cls.photo_columns) if one not in cls._meta.fields_map]:
                raise TypeError(
                    f"{cls.__name__} has no field {', '.join(strange)}, which its `follows` or `photo_columns` name"
                )
            cls._meta.manager = VillageManager()

    async def save(self, *args: Any, **kwargs: Any) -> None:
        _check(type(self), [self], adopt=not self._saved_in_db)
        await super().save(*args, **kwargs)

    async def delete(self, using_db: BaseDBAsyncClient | None = None) -> None:
        _check(type(self), [self], adopt=False)
        await super().delete(using_db)

    async def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        _check(type(self), [self], adopt=False)
        await super().refresh_from_db(*args, **kwargs)

    @classmethod
    async def get_or_create(cls, *args: Any, **kwargs: Any) -> tuple[Self, bool]:
        _check_values(cls, kwargs)
        return await super().get_or_create(*args, **kwargs)

    @classmethod
    async def update_or_create(cls, *args: Any, **kwargs: Any) -> tuple[Self, bool]:
        _check_values(cls, kwargs)
        return await super().update_or_create(*args, **kwargs)
