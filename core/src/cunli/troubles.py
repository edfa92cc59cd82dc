"""What goes wrong in the hooks of plugins, kept in the database: for the console, and so that every process lets them rest.

Written soon after it happened, by nobody's request, and at most every few seconds: a plugin that fails on every page
must not make every page a write.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cunli import db, deprecation, enabling
from cunli.clock import now
from cunli.health import Health, Trouble
from cunli.problems import Problem, as_json, stored
from cunli.trust.audit import audit

PACE: Final = 5.0
UNWRITABLE: Final = (db.Busy, db.Full, db.Unreachable, OSError, sqlite3.OperationalError)
_log = logging.getLogger("cunli.plugins")


@dataclass(slots=True)
class _Kept:
    trouble: Trouble
    count: int
    until: datetime | None


class TroubleBook:
    """Keeps the troubles of one process until they are written. Belongs to the running loop; `stop` writes the rest."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._loop = asyncio.get_running_loop()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._writing: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        health.told = self.note
        deprecation.told = self._outdated
        for found in deprecation.findings():  # while plugins were loaded nobody was there to write it down
            self._outdated(dict(found.facts)["what"], found)

    def _outdated(self, what: str, found: Problem) -> None:
        self.note(Trouble(hook=what, problem=found))

    def note(self, trouble: Trouble) -> None:
        """Keep one; may be called from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is going
            self._loop.call_soon_threadsafe(self._keep, trouble, context=Context())

    def _keep(self, trouble: Trouble) -> None:
        key = (trouble.problem.plugin, trouble.hook)
        before = self._kept.get(key)
        until = now() + timedelta(seconds=trouble.rest) if trouble.rest else before.until if before else None
        if before is not None and before.until is not None and not trouble.rest:
            trouble = before.trouble  # what put it to rest says more than what came after
        self._kept[key] = _Kept(trouble, before.count + 1 if before else 1, until)
        if self._writing is None or self._writing.done():
            self._writing = self._loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        while self._kept:
            taken, self._kept = self._kept, {}
            try:
                await _written(taken)
            except UNWRITABLE as exc:
                _log.warning("troubles of plugins could not be written: %s", type(exc).__name__)
            else:
                self._health.shared.update(pair for pair, kept in taken.items() if kept.until)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), PACE)

    async def stop(self) -> None:
        """Write what is left and take no more."""
        self._over.set()
        self._health.told = _deaf
        deprecation.told = None
        if self._writing is not None:
            await self._writing


def _deaf(_: Trouble) -> None:
    """After the end."""


@db.unit
async def _written(taken: Mapping[tuple[str, str], _Kept]) -> None:
    for (plugin, hook), kept in sorted(taken.items()):
        found = kept.trouble.problem
        await db.write(
            "INSERT INTO core_plugin_trouble (plugin, hook, problem, facts, count, first_at, last_at, until)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (plugin, hook) DO UPDATE SET problem = excluded.problem,"
            " facts = excluded.facts, count = core_plugin_trouble.count + excluded.count,"
            " last_at = excluded.last_at, until = COALESCE(excluded.until, core_plugin_trouble.until)",
            plugin,
            hook[:80],
            found.id,
            as_json(found),
            kept.count,
            now(),
            now(),
            kept.until,
        )
    if any(kept.until for kept in taken.values()):
        await enabling.changed()


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleNow:
    """One trouble as the console shows it. `until`: the hook is not asked before that."""

    plugin: str
    hook: str
    problem: Problem
    count: int
    first_at: datetime
    last_at: datetime
    until: datetime | None


async def troubles(plugin: str = "") -> list[TroubleNow]:
    """All troubles, or those of one plugin, the latest first."""
    rows = await db.read(
        "SELECT plugin, hook, problem, facts, count, first_at, last_at, until FROM core_plugin_trouble"
        " WHERE ? = '' OR plugin = ? ORDER BY last_at DESC, hook",
        plugin,
        plugin,
    )
    return [_trouble(row) for row in rows]


def _trouble(row: Any) -> TroubleNow:
    until = db.when(row["until"])
    return TroubleNow(
        plugin=row["plugin"],
        hook=row["hook"],
        problem=stored(row["problem"], row["plugin"], row["facts"]),
        count=row["count"],
        first_at=db.when(row["first_at"]),
        last_at=db.when(row["last_at"]),
        until=until if until is not None and until > now() else None,
    )


@db.unit
async def try_again(plugin: str, *, actor: int | None = None, region: int | None = None) -> None:
    """Forget a plugin's troubles, so that every process asks it again within a second. Without troubles it does nothing."""
    if not await db.write("DELETE FROM core_plugin_trouble WHERE plugin = ?", plugin):
        return
    await audit("core.plugin.retry", actor=actor, region=region, object=("plugin", plugin))
    await enabling.changed()
