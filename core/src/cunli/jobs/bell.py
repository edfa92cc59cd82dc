"""Telling the other processes that events were written. Says nothing but that: whoever hears it reads the events themselves.

Valkey where there is one, else LISTEN and NOTIFY of PostgreSQL, else SQLite's own number of changes. Where a bell is lost,
the listeners look by themselves after `UNHEARD` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from cunli import db, valkey

CHANNEL: Final = "cunli_live"
UNHEARD: Final = 3.0
GLANCE: Final = 0.25  # SQLite: asking whether another process has committed costs microseconds
AGAIN: Final = 2.0
_log = logging.getLogger("cunli.live")


async def ring() -> None:
    """Let every process look. After the commit; failing is no trouble."""
    if db.engine() != "postgres" or await valkey.publish(CHANNEL, b""):
        return
    try:
        await db.read("SELECT pg_notify(?, '')", CHANNEL)
    except (db.Busy, db.Unreachable) as exc:
        _log.info("a bell was not rung: %s", type(exc).__name__)


class Bell:
    """Calls `heard` whenever another process may have written an event, until it is stopped."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="live bell")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _watch(self) -> None:
        if db.engine() == "sqlite":
            await self._glance()
        while True:
            try:
                await (self._listen() if valkey.state() == "none" else self._hear_valkey())
            except (OSError, db.Busy, db.Unreachable, db.BadUrl) as exc:
                _log.warning("the line for live updates is down (%s); looking every %g s", type(exc).__name__, UNHEARD)
            self._heard()
            await asyncio.sleep(AGAIN)

    async def _glance(self) -> None:
        """SQLite: whether anything was committed, by this process or another."""
        before = None
        while True:
            now = (await db.read(f"SELECT {db.as_of_sql()} AS version"))[0]["version"]
            if now != before:
                before = now
                self._heard()
            await asyncio.sleep(GLANCE)

    async def _hear_valkey(self) -> None:
        """Valkey: what comes, and a look whenever its line was down. While it is down, bells are rung on PostgreSQL."""
        beside = asyncio.create_task(self._listen(), name="live bell beside")
        try:
            async for _message in valkey.messages(CHANNEL):
                self._heard()
        finally:
            beside.cancel()

    async def _listen(self) -> None:
        """PostgreSQL: on a connection of its own, which no statement of a page ever waits for."""
        over = asyncio.Event()

        def ended(_connection: Any) -> None:
            over.set()

        def rung(*_: Any) -> None:
            self._heard()

        connection = await db.connect_apart()
        try:
            connection.add_termination_listener(ended)
            await connection.add_listener(CHANNEL, rung)
            self._heard()
            await over.wait()
        finally:
            connection.terminate()
