"""What the plugin commands know: what is installed, what runs, what is wrong, and what the database says of each."""

from __future__ import annotations

import difflib
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from cunli import db, enabling, lifecycle, plugin_values, rooms
from cunli.db import migrations
from cunli.enabling import Switched
from cunli.problems import Problem, problem
from cunli.registry import Discovery, Installed, Registry, discover
from cunli.settings import Settings, SettingsError
from cunli.trust import keys
from cunli.web.site import load_plugins

State = Literal["running", "off", "refused", "missing", "held back"]
UNREADABLE: Final = (OSError, sqlite3.OperationalError, db.Busy, db.Unreachable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that can be said of the plugins of this deployment.

    `switched` and `on_in` are missing when the database cannot be read; what else it knows then is empty. `unloaded` have
    tables in it and do not run; `untold` could not be told that a village has switched them off.
    """

    settings: Settings
    found: Discovery
    registry: Registry
    problems: tuple[Problem, ...]
    switched: Mapping[str, Switched] | None = None
    on_in: Mapping[str, int] | None = None
    waiting: tuple[str, ...] = ()
    unused: tuple[Problem, ...] = ()  # values that are stored for settings and count nowhere
    unloaded: tuple[str, ...] = ()
    untold: tuple[lifecycle.Untold, ...] = ()
    unreadable: str = ""

    def ids(self) -> list[str]:
        """Every plugin that is installed, in the settings, or in the database."""
        installed = {one.id for one in self.found.described}
        return sorted({*installed, *self.settings.plugins, *(self.switched or {}), *self.unloaded})

    def installed(self, name: str) -> Installed | None:
        """How the package of a plugin describes it; the first of several that claim the name."""
        return next((one for one in self.found.described if one.id == name), None)

    def state(self, name: str) -> State:
        if name in self.registry.running:
            return "running"
        if self.installed(name) is None:
            return "missing"
        if any(p.plugin == name for p in self.problems):
            return "refused"
        return "held back" if name in self.settings.plugins and self.settings.safe else "off"

    def findings(self) -> list[Problem]:
        """Everything that is wrong: with plugins themselves, with their tables, with what was switched on."""
        found = [*self.problems, *self._waiting(), *self.unused]
        for name, said in (self.switched or {}).items():
            if (said.on or said.required) and self.state(name) in ("off", "missing"):
                found.append(problem("plugins.W105", name, villages=said.on, regions=said.required))
        found += [problem("plugins.W107", name) for name in self.unloaded if not self.settings.safe]
        found += [_untold(one) for one in self.untold]
        return sorted(found, key=lambda one: (one.plugin, one.id))

    def _waiting(self) -> Iterable[Problem]:
        for name in self.registry.apps():
            own = [m for m in self.waiting if m.partition(".")[0] == name]
            if own:
                yield problem("plugins.E030", name, count=len(own), names=", ".join(own))


async def look(settings: Settings) -> Known:
    """Load the plugins of the settings, and no others, and read the database as far as it can be read."""
    logging.getLogger("cunli.plugins").setLevel(logging.CRITICAL)  # the command says the same in its own words
    found = discover()
    registry = load_plugins(settings)
    unseen = _not_installed(settings, found) if settings.safe else ()
    problems = tuple(dict.fromkeys((*found.problems, *registry.problems, *unseen)))
    known = Known(settings=settings, found=found, registry=registry, problems=problems)
    try:
        return await _with_database(known)
    except UNREADABLE as exc:
        said = f"the database does not answer ({exc}): start it, or correct database_url"
    except db.BadUrl as exc:
        said = str(exc)
    return replace(known, unreadable=said)


def _not_installed(settings: Settings, found: Discovery) -> Iterable[Problem]:
    """What loading would say of names in the settings that nothing is behind; safe mode loads nothing."""
    installed = {one.id for one in found.described}
    for name in settings.plugins:
        if name not in installed:
            yield problem("plugins.E003", name, installed=", ".join(sorted(installed)) or "none")


async def _with_database(known: Known) -> Known:
    url, core = known.settings.database_url, {"core": rooms.APP}
    waiting = await migrations.pending(url, {**core, **known.registry.apps()})
    known = replace(known, waiting=tuple(waiting))
    if any(m.startswith("core.") for m in waiting):
        return replace(known, unreadable="the database is not up to date: run cunli migrate")
    await db.start(url, core, synchronous=known.settings.synchronous)
    try:
        on_in = {name: len(await enabling.villages_with(known.registry, name)) for name in known.registry.running}
        return replace(
            known,
            switched=await enabling.switched(),
            on_in=on_in,
            unused=await _unused(known),
            unloaded=await _unloaded(known),
            untold=tuple(await lifecycle.untold()),
        )
    finally:
        await db.stop()


async def _unused(known: Known) -> tuple[Problem, ...]:
    try:
        keys.use(known.settings)  # without them nobody can see whether a secret still opens
    except SettingsError:
        return ()  # `cunli doctor` says so, and `cunli serve` does not start
    return tuple(await plugin_values.unused(known.registry))


async def _unloaded(known: Known) -> tuple[str, ...]:
    return tuple(name for name in await migrations.unloaded() if name not in known.registry.running)


def _untold(one: lifecycle.Untold) -> Problem:
    way_out = f"cunli worker --retry {one.job_id}" if one.dead else "wait, it is tried again by itself"
    facts = {"village": one.village, "attempts": one.attempts, "error": one.error, "way_out": way_out}
    return problem("plugins.W108", one.plugin, **facts)


def near(name: str, names: Iterable[str]) -> str:
    """A suggestion, or nothing."""
    found = difflib.get_close_matches(name, sorted(names), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(f'“{one}”' for one in found)}?)" if found else ""
