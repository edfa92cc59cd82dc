"""`planted.py FAULT serve …` is `cunli serve …` with one guard switched off: what a check must be seen to catch."""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import obstore
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.types import Message, Receive
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cunli import db
from cunli.cli import main
from cunli.db import postgres, postgres_pulse, sqlite, sqlite_threads, units
from cunli.feed import actions
from cunli.media.storage import Storage
from cunli.web import door, ending, forms, gate, receipts, server

_late: set[asyncio.Task[Any]] = set()


def answered_before_the_commit() -> None:
    """A form is answered at once, and carried out a moment later."""

    async def later(key: str | None, act: Callable[[], Awaitable[str]]) -> str:
        async def carry_out() -> None:
            await asyncio.sleep(0.2)
            await receipts.carry_out_once(key, act)

        task = asyncio.ensure_future(carry_out())
        _late.add(task)
        task.add_done_callback(_late.discard)
        return "/v/heping/?c=x"

    forms.carry_out_once = later  # type: ignore[attr-defined]


def counted_after_the_commit() -> None:
    """A post is one unit, and the village's number of posts another one, a moment later."""
    count = actions.count_posts

    async def later(village_id: int, by: int) -> None:
        async def move() -> None:
            await asyncio.sleep(0.2)
            await db.run_unit(count, village_id, by)

        db.after_commit(move)

    actions.count_posts = later


def without_receipts() -> None:
    """A form that is sent again is carried out again."""

    async def each_time(key: str | None, act: Callable[[], Awaitable[str]]) -> str:
        return await receipts.carry_out_once(None, act)

    forms.carry_out_once = each_time  # type: ignore[attr-defined]


def a_full_disk_is_any_failure() -> None:
    """Nobody looks why something could not be written."""
    door._storage_full = lambda exc: None


def photos_are_put_without_tidying() -> None:
    """A storage that fails in the middle keeps what it has."""

    async def put(self: Storage, key: str, pictures: dict[tuple[str, str], bytes]) -> None:
        for (size, kind), data in pictures.items():
            await obstore.put_async(self._store, f"{key[:2]}/{key}/{size}.{kind}", data)

    Storage.put = put  # type: ignore[method-assign]


def logs_complain_aloud() -> None:
    """A line that cannot be written is an error of whoever wrote it."""

    def complain(self: logging.Handler, record: logging.LogRecord) -> None:
        raise

    logging.Handler.handleError = complain  # type: ignore[method-assign]


def nobody_gives_up() -> None:
    """Whoever waits for the database waits on."""
    postgres_pulse.SLOW = 3600.0  # type: ignore[misc]
    postgres.ACQUIRE_PATIENCE = postgres.READ_ACQUIRE_PATIENCE = postgres.READ_PATIENCE = 3600.0  # type: ignore[misc]
    sqlite.PATIENCE = units.RETRY_WITHIN = 3600.0  # type: ignore[misc]


def cut_off_is_any_failure() -> None:
    """Nobody asks why a connection ended."""
    postgres.GONE = ()  # type: ignore[misc, assignment]


def no_grace() -> None:
    """Told to stop, the server stops."""
    server.GRACE_SECONDS = 0


def patient_writers() -> None:
    """No fault: whoever waits for a locked file waits for as long as a test may need. On PostgreSQL the address says so."""
    sqlite.connect = functools.partial(sqlite_threads.connect, busy_timeout=60.0)  # type: ignore[attr-defined]


def patient_readers() -> None:
    """No fault: those who hold every connection hold it until the others have been told."""
    postgres.READ_PATIENCE = 60.0  # type: ignore[misc]


def deaf_streams() -> None:
    """Nobody tells open streams that the server stops."""
    ending.begin = lambda: None


def without_deadlines() -> None:
    """uvicorn's own protocol waits for whoever sends, and for whoever reads."""
    server.PatientProtocol = HttpToolsProtocol  # type: ignore[assignment, misc]


def any_length() -> None:
    """Bodies are taken as long as they come."""

    async def whatever(budget: object, receive: Receive) -> Message:
        return await receive()

    async def whole(self: Request, **_: object) -> FormData:
        await self.body()
        return FormData()

    gate._limited = whatever
    Request.form = whole  # type: ignore[method-assign, assignment]


FAULTS: dict[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        answered_before_the_commit,
        counted_after_the_commit,
        without_receipts,
        a_full_disk_is_any_failure,
        photos_are_put_without_tidying,
        logs_complain_aloud,
        nobody_gives_up,
        cut_off_is_any_failure,
        no_grace,
        patient_writers,
        patient_readers,
        deaf_streams,
        without_deadlines,
        any_length,
    )
}

if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)]()
    main()
