"""Asking the parts of the house about a person: rooms of the core and plugins alike, each on its own, none passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cunli import db
from cunli.duties import NONE
from cunli.health import PluginError
from cunli.hooks import RULES
from cunli.jobs.rules import error_text
from cunli.own_data.parts import CORE, CorePart, core_parts, plain
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept, Read
from cunli.trips import Check

if TYPE_CHECKING:
    from cunli.plugin import Text
    from cunli.registry import Registry

T = TypeVar("T")
WHY: Final = "a person's own data lies in all their villages"


class PartFailed(Exception):
    """A part did not answer. The text says why, without anybody's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One who holds data about people: a room, named `core.…`, or a plugin. `about` says what it is for."""

    id: str
    label: Text
    about: Text = ""


def parts(registry: Registry) -> list[Part]:
    """All of them: the rooms, then the plugins that say they keep something about people, wherever they are on."""
    found = [Part(id=one.id, label=one.label) for one in core_parts()]
    for name, plugin in registry.plugins.items():
        if plugin.manifest.personal_data != NONE:
            found.append(Part(id=name, label=plugin.manifest.label, about=plugin.manifest.summary))
    return found


async def export_of(registry: Registry, part: str, ctx: DataContext) -> Sequence[ExportFile]:
    """What a part hands over, checked: every row can be written as JSON. Raises `PartFailed`."""
    if (room := _room(part)) is not None:
        return await _of_the_core(registry, part, "export", lambda: room.export(ctx), _files)
    return await _of_a_plugin(registry, part, "export_data", ctx, _files)


async def erasure_by(registry: Registry, part: str, ctx: DataContext) -> ErasureReport:
    """Have a part erase. Raises `PartFailed`."""
    if (room := _room(part)) is not None:
        return await _of_the_core(registry, part, "erase", lambda: room.erase(ctx), _report)
    return await _of_a_plugin(registry, part, "erase_data", ctx, _report)


async def content_of(registry: Registry, part: str, read: Read) -> bytes | None:
    """The bytes of one file, read when its turn has come. Raises `PartFailed`."""
    owner = "core" if part.startswith(CORE) else part
    found: list[object] = []

    async def work() -> None:
        with db.unscoped(WHY):
            found.append(await read())

    await _performed(registry, owner, "export_data", work)
    if found[0] is not None and not isinstance(found[0], bytes):
        raise PartFailed(f"read() gave a {type(found[0]).__name__} instead of bytes")
    return found[0]


def _room(part: str) -> CorePart | None:
    return next((one for one in core_parts() if one.id == part), None)


async def _of_the_core(
    registry: Registry, part: str, what: str, ask: Callable[[], Awaitable[object]], check: Check[T]
) -> T:
    found: list[T] = []

    async def work() -> None:
        found.append(check(await ask()))

    await _performed(registry, "core", f"{part}.{what}", work)
    return found[0]


async def _performed(registry: Registry, owner: str, name: str, work: Callable[[], Awaitable[None]]) -> None:
    outcome = await registry.dispatch.perform(owner, name, work, deadline=RULES["export_data"].deadline)
    if outcome.error is not None:
        raise PartFailed("it took too long" if outcome.late is not None else error_text(outcome.error))


async def _of_a_plugin(registry: Registry, plugin: str, hook: str, ctx: DataContext, check: Check[T]) -> T:
    only = frozenset({plugin})
    try:
        with db.unscoped(WHY):
            answers = await registry.dispatch.collect(hook, ctx, only, check=check, deadline=RULES[hook].deadline)
    except PluginError:
        answers = []  # raised in development, where it is counted too
    if answers:
        return answers[0].value
    tally = registry.dispatch.health.tallies.get((plugin, hook))
    raise PartFailed(tally.last.text if tally is not None and tally.last is not None else f"{hook}() gave no answer")


def _files(value: Any) -> tuple[ExportFile, ...]:
    files = tuple(value)
    for one in files:
        if not isinstance(one, ExportFile):
            raise TypeError(f"export_data() gives ExportFiles, not a {type(one).__name__}")
    twice = [name for name, n in Counter(one.name for one in files).items() if n > 1]
    if twice:
        raise ValueError(f"two files are called {twice[0]}")
    return tuple(replace(one, rows=tuple(_row(row) for row in one.rows)) for one in files)


def _row(row: object) -> Mapping[str, object]:
    if not isinstance(row, Mapping):
        raise TypeError(f"a row is a mapping, not a {type(row).__name__}")
    plain(row)
    return dict(row)


def _report(value: object) -> ErasureReport:
    if not isinstance(value, ErasureReport):
        raise TypeError("erase_data() gives an ErasureReport")
    if not all(isinstance(name, str) and isinstance(n, int) for name, n in value.erased.items()):
        raise TypeError("`erased` counts by name")
    if not all(isinstance(one, Kept) for one in value.kept):
        raise TypeError("`kept` holds Kept")
    return value
