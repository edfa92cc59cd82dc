"""Entries of the past: what a plugin shows of itself in the demo happened on other days. Nothing else is ever dated back.

The feed reads by number, so an entry of the past gets one between those of its neighbours in time: the demo leaves room there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

from cunli import db
from cunli.clock import now

ROOM: Final = 1024  # numbers from one post of the demo to the next

_telling: ContextVar[bool] = ContextVar("cunli_demo_is_told", default=False)


@contextmanager
def demo_is_told() -> Iterator[None]:
    """Inside, entries may be of the past."""
    token = _telling.set(True)
    try:
        yield
    finally:
        _telling.reset(token)


def may_be(moment: datetime) -> bool:
    """Whether an entry may be dated so."""
    return _telling.get() and moment <= now()


async def number_at(moment: datetime) -> int | None:
    """A free number for a post of that moment; None for one that is the latest, or where there is no room."""
    newer = await db.read(
        "SELECT id, created_at FROM core_post WHERE created_at > ? ORDER BY created_at, id LIMIT 1", moment
    )
    if not newer:
        return None
    older = await db.read(
        "SELECT id, created_at FROM core_post WHERE created_at <= ? ORDER BY created_at DESC, id DESC LIMIT 1", moment
    )
    high, share = int(newer[0]["id"]), 0.5
    low = int(older[0]["id"]) if older else max(0, high - ROOM)
    if older:
        begun, ended = db.when(older[0]["created_at"]), db.when(newer[0]["created_at"])
        share = (moment - begun) / (ended - begun)
    wanted = low + 1 + int(share * max(0, high - low - 2))
    rows = await db.read("SELECT id FROM core_post WHERE id > ? AND id < ?", low, high)
    taken = {int(row["id"]) for row in rows}
    free = (number for number in range(low + 1, high) if number not in taken)
    return min(free, key=lambda number: abs(number - wanted), default=None)
