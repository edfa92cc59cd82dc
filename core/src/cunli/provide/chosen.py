"""The providers that the settings name, found once for each process; and how a foreign call is waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final, TypeVar

from cunli import db
from cunli.provide.kinds import HOLIDAYS, MAP_TILES, METRICS, PAYMENT, ProviderKind
from cunli.settings import Settings, SettingsError

T = TypeVar("T")
HERE: Final = (PAYMENT, MAP_TILES, HOLIDAYS, METRICS)  # the others are kept by their rooms
PATIENCE: Final = 10.0
STRETCH = 1.0  # of every patience: more where plugins are tested, on machines under load (`cunli.testing.bench`)
_log = logging.getLogger("cunli.providers")


class ProviderSlow(Exception):
    """A provider did not answer in time. What it was doing goes on, so ask it later how that ended."""


@dataclass(slots=True)
class _Process:
    chosen: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: set[asyncio.Task[Any]] = field(default_factory=set)


_process = _Process()


def use(settings: Settings) -> None:
    """Take the providers of the settings into use; once at start. Raises `SettingsError` for one that cannot be had."""
    _process.chosen = {kind.id: named(kind, settings) for kind in HERE}


def provide_through(kind: ProviderKind[T], **providers: T) -> None:
    """Use these from now on: for tests, and for programs that assemble the site themselves."""
    _process.chosen[kind.id] = dict(providers)


def providers_of(kind: ProviderKind[T]) -> Mapping[str, T]:
    """The providers of a kind that the county chose, by name, in the order of the settings."""
    return _process.chosen.get(kind.id, {})


def provider_of(kind: ProviderKind[T]) -> T:
    """The provider of a kind that the county chose. Raises `LookupError` where the site was not assembled."""
    found = providers_of(kind)
    if not found:
        raise LookupError(f"no provider of {kind.id}: call cunli.provide.chosen.use(settings) at start")
    return next(iter(found.values()))


def names_in(kind: ProviderKind[Any], settings: Settings) -> tuple[str, ...]:
    """What the settings name for a kind; for storage the scheme of its address."""
    value = getattr(settings, kind.setting)
    if kind.many:
        return tuple(value)
    if kind.optional and not value:
        return ()
    return (str(value).partition("://")[0] if not kind.group else str(value),)


def installed(kind: ProviderKind[Any]) -> dict[str, str]:
    """The names that may be chosen, each with the distribution that brings it."""
    found = dict.fromkeys(kind.boxed, "cunli")
    for entry in entry_points(group=kind.group) if kind.group else ():
        found.setdefault(entry.name, entry.dist.name if entry.dist is not None else "?")
    return found


def named(kind: ProviderKind[T], settings: Settings) -> dict[str, T]:
    """The providers of one kind. Raises `SettingsError` that names what is installed, or why one cannot be used."""
    return {name: _made(kind, name, settings) for name in names_in(kind, settings)}


def _made(kind: ProviderKind[T], name: str, settings: Settings) -> T:
    called = f"{kind.one or kind.setting} “{name}”"
    origin = (
        "cunli" if name in kind.boxed else installed(kind).get(name)
    )  # what lies on the disk is asked last: it is slow
    if origin is None:
        names = ", ".join(sorted(installed(kind)))
        raise SettingsError([f"{called} is not installed; known are: {names}"])
    try:
        made = _factory(kind, name)(settings)
    except SettingsError:
        raise
    except Exception as exc:  # a provider is foreign code and may raise anything
        raise SettingsError([f"{called} from {origin} cannot be used: {exc}"]) from exc
    if lacks := [each for each in _asked_of(kind) if not hasattr(made, each)]:
        raise SettingsError([f"{called} from {origin} has no {', '.join(lacks)}: see {kind.protocol}"])
    provider: T = made
    return provider


def _factory(kind: ProviderKind[Any], name: str) -> Any:
    if name in kind.factories:
        return loaded(kind.factories[name])
    return next(entry for entry in entry_points(group=kind.group) if entry.name == name).load()


def loaded(where: str) -> Any:
    """What stands at `module:Name`."""
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def _asked_of(kind: ProviderKind[Any]) -> list[str]:
    return [name for name, value in vars(loaded(kind.protocol)).items() if not name.startswith("_") and callable(value)]


def usable(kind: ProviderKind[Any], settings: Settings) -> str:
    """Why the chosen ones cannot be used; empty when they can. What is chosen by an address is tried out elsewhere."""
    try:
        if kind.group:
            named(kind, settings)
    except SettingsError as exc:
        return "; ".join(exc.problems)
    return ""


async def patiently(work: Coroutine[Any, Any, T], *, seconds: float = PATIENCE) -> T:
    """Wait for a provider, but not longer. Raises `ProviderSlow`, and whatever the provider raises.

    The call is never cancelled: it may be in the middle of something, money for example, or use the database. Not inside
    a unit: nobody's row waits for a stranger's server.
    """
    try:
        db.refuse_in_unit("a provider")
    except db.InsideUnit:
        work.close()
        raise
    seconds *= STRETCH
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            _process.left.add(task)
            task.add_done_callback(_ended_late)
    if not task.done():
        raise ProviderSlow(f"no answer within {seconds:g} s")
    return task.result()


def _ended_late(task: asyncio.Task[Any]) -> None:
    _process.left.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("a provider that was no longer waited for failed: %s", type(error).__name__)
