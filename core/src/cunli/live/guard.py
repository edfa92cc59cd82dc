"""Whoever loses a session, an account, an office or a village loses the open streams within seconds, not at the next click."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.live.hub import Hub, Listener

EVERY: Final = 2.0
CHUNK: Final = 500
_log = logging.getLogger("cunli.live")
Stamp = tuple[Any, ...]


async def stamps(session_ids: Collection[int]) -> dict[int, Stamp]:
    """For each session that is still good, all that sight hangs on: memberships and offices. Three questions for five hundred."""
    found: dict[int, Stamp] = {}
    ids = sorted(session_ids)
    for start in range(0, len(ids), CHUNK):
        found |= await _stamps(ids[start : start + CHUNK])
    return found


async def _stamps(ids: list[int]) -> dict[int, Stamp]:
    marks = db.marks(ids)
    rows = await db.read(
        "SELECT s.id, s.person_id, s.expires_at FROM core_session s JOIN core_person p ON p.id = s.person_id"  # noqa: S608 marks only
        f" WHERE s.id IN ({marks}) AND s.revoked_at IS NULL AND p.state = 'active'",
        *ids,
    )
    good = {row["id"]: row["person_id"] for row in rows if db.when(row["expires_at"]) > now()}
    if not good:
        return {}
    people = sorted(set(good.values()))
    marks = db.marks(people)
    standing: defaultdict[int, list[Any]] = defaultdict(list)
    for sql in (
        f"SELECT person_id, village_id, state FROM core_membership WHERE person_id IN ({marks}) ORDER BY id",  # noqa: S608 marks only
        f"SELECT person_id, region_id, kind FROM core_role WHERE person_id IN ({marks}) AND revoked_at IS NULL ORDER BY id",  # noqa: S608 marks only
    ):
        for row in await db.read(sql, *people):
            standing[row["person_id"]].append((row[1], row[2]))
    return {session: (person, *standing[person]) for session, person in good.items()}


class Guard:
    """Looks at all sessions that listen, every two seconds, and ends the streams of those that are not what they were."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._watched: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, listener: Listener) -> None:
        """Look after this one too."""
        self._watched.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="live guard")

    def forget(self, listener: Listener) -> None:
        """It has left."""
        self._watched.discard(listener)

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self._watched:
                await self.look()

    async def look(self) -> None:
        """End what is not good any more. When that cannot be found out, everything ends: nobody listens unguarded."""
        try:
            good = await stamps({listener.session_id for listener in self._watched})
        except (db.Busy, db.Unreachable) as exc:
            _log.warning("sessions could not be looked at (%s): all live streams end", type(exc).__name__)
            good = {}
        for listener in list(self._watched):
            if good.get(listener.session_id) != listener.stamp:
                listener.end()
                self._hub.leave(listener)
                self.forget(listener)
