"""What a part of the house is, as far as a person's data goes. Rooms declare theirs in `<room>/own_data.py`, plugins by their hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import Any, Final

from cunli import db
from cunli.plugin_data import DataContext, ErasureReport, ExportFile
from cunli.web.i18n import LazyText

CORE: Final = "core."


@dataclass(frozen=True, slots=True, kw_only=True)
class CorePart:
    """What one room of the core holds about a person.

    `covers` are the columns that point at people and are handed over, `left_out` those that are not, with the reason:
    a test holds both against the tables.
    """

    name: str
    label: LazyText
    export: Callable[[DataContext], Awaitable[Sequence[ExportFile]]]
    erase: Callable[[DataContext], Awaitable[ErasureReport]]
    covers: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{CORE}{self.name}"


def core_parts() -> list[CorePart]:
    """The parts of the core's rooms, in the order in which they erase."""
    from cunli import rooms

    return [import_module(module).PART for module in rooms.HELD]


async def rows_of(
    sql: str, *args: object, moments: Sequence[str] = (), switches: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Rows as mappings that look the same on both databases: moments as moments, switches as yes and no."""
    found = [dict(zip(row.keys(), tuple(row), strict=True)) for row in await db.read(sql, *args)]
    for row in found:
        row.update({name: db.when(row[name]) for name in moments})
        row.update({name: bool(row[name]) for name in switches})
    return found


def plain(value: object) -> object:
    """A value as JSON has it. Raises `TypeError` for one that it has not."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(inside) for name, inside in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inside) for inside in value]
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
