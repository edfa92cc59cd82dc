"""Starting and stopping the database of this process."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from cunli.db import postgres, reads, units
from cunli.db.config import CONNECTION, Apps, Synchronous, redacted, tortoise_config
from cunli.db.errors import BadUrl, NotStarted

DRAIN_PATIENCE: Final = 30.0
_log = logging.getLogger("cunli.db")


@dataclass(slots=True)
class _Process:
    context: Any = None


_process = _Process()


async def start(url: str, apps: Apps, *, synchronous: Synchronous = "FULL") -> None:
    """Connect this process to its database. Fails at once when the database cannot be reached."""
    if _process.context is not None:
        raise NotStarted("the database is already started: call db.stop() first")
    EXECUTOR_CACHE.clear()  # Tortoise keeps SQL by table name alone, also that of another engine or of an old migration
    context = TortoiseContext()
    # Left at once, so that everybody finds the connection the same way: through the fallback, in whatever task.
    with context:
        await context.init(tortoise_config(url, apps, synchronous=synchronous), _enable_global_fallback=True)
    _process.context = context
    try:
        client = get_connection(CONNECTION)
        await client.execute_query("SELECT 1")
        reads.open_for(client)
    except BaseException:
        await stop()
        raise
    _log.info("database %s", redacted(url))


async def stop(*, patience: float = DRAIN_PATIENCE) -> None:
    """Wait for running units and what follows them, then disconnect. Harmless when nothing was started."""
    context, _process.context = _process.context, None
    if context is None:
        return
    if left := await units.drained(patience):
        _log.error("%d units were still running after %g s; they are rolled back", left, patience)
    reads.close()
    await context.close_connections()


def started() -> bool:
    """Whether `start()` has been called and `stop()` has not."""
    return _process.context is not None


async def connect_apart() -> Any:
    """A connection to PostgreSQL of its own, for listening: no statement of a page waits for it, and it is the caller's to end.

    Not through a proxy that lends connections for single transactions: nothing is heard there. Raises `Unreachable`.
    """
    client = get_connection(CONNECTION)
    if not isinstance(client, postgres.Client):
        raise BadUrl("only PostgreSQL tells its listeners; on SQLite look at `as_of_sql()`")
    return await client.connect()
