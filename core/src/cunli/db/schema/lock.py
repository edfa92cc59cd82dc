"""One migration run at a time, over all processes and machines. Stock Tortoise has no lock: two runs break each other."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from typing import Any, Final

from cunli.db.errors import Busy
from cunli.db.settle import settled

PATIENCE: Final = 600
_POSTGRES_KEY: Final = 0x63756E6C69  # "cunli"


@contextlib.asynccontextmanager
async def alone(client: Any) -> AsyncIterator[None]:
    """Hold the lock of this database; it goes when the process dies. Waits ten minutes for another run."""
    holder = _sqlite(client) if client.capabilities.dialect == "sqlite" else _postgres(client)
    async with holder:
        yield


@contextlib.asynccontextmanager
async def _postgres(client: Any) -> AsyncIterator[None]:
    connection = await client.lanes.acquire(PATIENCE, watched=False)
    try:
        await connection.execute(f"SET statement_timeout = 0; SET lock_timeout = {PATIENCE * 1000}")
        await connection.execute("SELECT pg_advisory_lock($1)", _POSTGRES_KEY, timeout=PATIENCE + 5)
        yield
    finally:
        connection.terminate()  # frees the lock at once, whatever state the session is in
        client.lanes.release(connection)


@contextlib.asynccontextmanager
async def _sqlite(client: Any) -> AsyncIterator[None]:
    def take() -> sqlite3.Connection:
        lock = sqlite3.connect(
            f"{client.filename}.migrating", timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as exc:
            lock.close()
            raise Busy(f"another process has been migrating this database for {PATIENCE} s") from exc
        return lock

    lock = await settled(asyncio.to_thread(take))
    try:
        yield
    finally:
        lock.close()
