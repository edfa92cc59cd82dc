"""What the plugin commands know: what is installed, what runs, what is wrong, and what the database says of each."""

from __future__ import annotations

import difflib
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from cunli import db, enabling, lifecycle, plugin_values, rooms
from cunli.compliance import profile_now
from cunli.db import migrations
from cunli.deprecation import OUTDATED
from cunli.findings import own_findings
from cunli.inventory import Known
from cunli.own_data.queries import unerased
from cunli.problems import Problem, problem
from cunli.registry import Discovery, discover
from cunli.settings import Settings, SettingsError
from cunli.troubles import troubles
from cunli.trust import keys
from cunli.web.site import load_plugins

UNREADABLE: Final = (OSError, sqlite3.OperationalError, db.Busy, db.Unreachable)


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
    apps = core if waiting else {**core, **known.registry.apps()}
    await db.start(url, apps, synchronous=known.settings.synchronous)
    try:
        on_in = {name: len(await enabling.villages_with(known.registry, name)) for name in known.registry.running}
        return replace(
            known,
            switched=await enabling.switched(),
            on_in=on_in,
            unused=await _unused(known),
            profiles=await profile_now.in_force(),
            unloaded=await _unloaded(known),
            untold=tuple(await lifecycle.untold()),
            outdated=tuple(one.problem for one in await troubles() if one.problem.id == OUTDATED),
            duties=tuple(await _duties(known, ask=not waiting)),
        )
    finally:
        await db.stop()


async def _unused(known: Known) -> tuple[Problem, ...]:
    try:
        keys.use(known.settings)  # without them nobody can see whether a secret still opens
    except SettingsError:
        return ()  # `cunli doctor` says so, and `cunli serve` does not start
    return tuple(await plugin_values.unused(known.registry))


async def _duties(known: Known, *, ask: bool) -> list[Problem]:
    """Who has not erased what it should, and, where their tables are in order, what plugins find wrong with themselves."""
    owed = await unerased(sorted(known.registry.running))
    return [*owed, *await own_findings(known.registry, known.registry.running)] if ask else owed


async def _unloaded(known: Known) -> tuple[str, ...]:
    return tuple(name for name in await migrations.unloaded() if name not in known.registry.running)


def near(name: str, names: Iterable[str]) -> str:
    """A suggestion, or nothing."""
    found = difflib.get_close_matches(name, sorted(names), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(f'“{one}”' for one in found)}?)" if found else ""
