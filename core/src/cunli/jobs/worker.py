"""The worker: spreads events, fires the schedule, claims jobs and runs them, until it is told to stop. It never dies of a job."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import random
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import cunli
from cunli import db
from cunli import plugin_values as values
from cunli.compliance.deciding import Allowed
from cunli.compliance.kinds import nothing_sensitive
from cunli.dispatch import Dispatch, Outcome, TooSlow
from cunli.jobs import board, queue
from cunli.jobs.outbox import EnabledIn, Mailing
from cunli.jobs.queue import Claim
from cunli.jobs.rules import back_off, error_text
from cunli.jobs.schedule import Timetable
from cunli.jobs.tasks import CORE, OwnedTask, TaskContext, TaskTable

POLL: Final = 1.0
BEAT: Final = 30_000  # ms
TROUBLE: Final = 5.0
_log = logging.getLogger("cunli.jobs")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a worker works: jobs at a time, how long a claim holds (ms), and how often it looks when nothing wakes it (s)."""

    at_once: int = 4
    lease: int = queue.LEASE
    poll: float = POLL


class Worker:
    """One claimer and runner of jobs. Several may run, in one process or many."""

    def __init__(
        self,
        table: TaskTable,
        mailing: Mailing,
        timetable: Timetable,
        dispatch: Dispatch,
        *,
        enabled_in: EnabledIn,
        allowed: Callable[[int | None], Awaitable[Allowed]] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._table = table
        self._mailing = mailing
        self._timetable = timetable
        self._dispatch = dispatch
        self._enabled_in = enabled_in
        self._allowed_at = allowed
        self._pace = pace or Pace()
        self._wake = queue.listen()
        self._stopping = False
        self._over = asyncio.Event()
        self._held: dict[asyncio.Task[None], Claim] = {}
        self._afterwards: set[asyncio.Task[None]] = set()
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}:{next(_numbers)}"
        self._since = queue.moment()
        self._told = self._since

    async def run(self) -> None:
        """Work until `stop()`. Trouble with the database is waited out."""
        heart = asyncio.create_task(self._beat())
        prepared = False
        while not self._stopping:
            self._wake.clear()
            try:
                if not prepared:
                    await self._timetable.prepare()
                    prepared = True
                busy = await self._turn()
            except Exception as exc:  # noqa: BLE001 the worker outlives whatever the database does
                _log.error(
                    "the worker could not look for jobs: %s; it tries again in %g s", type(exc).__name__, TROUBLE
                )
                await self._rest(TROUBLE)
            else:
                if not busy:
                    await self._rest(self._pace.poll * random.uniform(0.75, 1.25))  # noqa: S311
        await self._over.wait()
        await heart

    async def stop(self, grace: float) -> int:
        """Claim nothing more and wait for what runs; returns how many jobs are left to their lease."""
        self._stopping = True
        self._wake.set()
        clock = asyncio.get_running_loop().time
        ends = clock() + grace
        while (still := {*self._held, *self._afterwards}) and (left := ends - clock()) > 0:
            await asyncio.wait(still, timeout=left)
        self._over.set()
        queue.stop_listening(self._wake)
        return len(still)

    async def _rest(self, seconds: float) -> None:
        if not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):  # around an event of this process only
                    await self._wake.wait()

    async def _turn(self) -> bool:
        """One look around; whether there may be more to do at once."""
        spread = await self._mailing.spread()
        await self._timetable.fire()
        free = self._pace.at_once - len(self._held)
        claims = await queue.claim(self._table.names(), free, lease=self._pace.lease)
        for claim in claims:
            if self._stopping:
                await queue.give_back(claim)
                continue
            task = asyncio.create_task(self._carry_out(claim), name=f"job {claim.task}")
            self._held[task] = claim
            task.add_done_callback(self._let_go)
        return bool(spread) or (bool(claims) and len(self._held) < self._pace.at_once)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._held.pop(task, None)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # its lease will end, and the job will run again
            _log.error("a job ended and this could not be written down: %s", type(error).__name__)

    async def _beat(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.lease / 3000):  # around an event of this process only
                    await self._over.wait()
            if self._held:
                try:
                    await queue.keep(list(self._held.values()), lease=self._pace.lease)
                except Exception as exc:  # noqa: BLE001 a missed beat is made up for by the next
                    _log.warning("the leases of running jobs could not be extended: %s", type(exc).__name__)
            await self._say()
        if self._told != self._since:
            with contextlib.suppress(Exception):  # whoever looks sees the row grow old
                await board.gone(self._name)

    async def _say(self) -> None:
        """Every half minute: that this worker is there, and how much it has in hand."""
        if self._over.is_set() or queue.moment() - self._told < BEAT:
            return
        self._told = queue.moment()
        try:
            await board.beat(self._name, cunli.__version__, self._since, len(self._held))
        except Exception as exc:  # noqa: BLE001 a missed beat is made up for by the next
            _log.warning("the worker could not say that it works: %s", type(exc).__name__)

    # -- one job -----------------------------------------------------------------------------------------------------

    async def _carry_out(self, claim: Claim) -> None:
        owned = self._table.get(claim.task)
        assert owned is not None, "only known tasks are claimed"
        if claim.attempt > owned.task.attempts:
            await queue.bury(claim, queue.WORKER_DIED)
            _log.error("job %d (%s) is dead: %s", claim.id, claim.task, queue.WORKER_DIED)
        elif not await self._is_on(owned, claim):
            await queue.finish(claim)
        else:
            outcome = await self._run(owned, claim)
            await self._write_down(owned, claim, outcome)

    async def _is_on(self, owned: OwnedTask, claim: Claim) -> bool:
        """A plugin that was switched off since does not run there, nor what the county's profile does not allow."""
        if owned.plugin == CORE:
            return True
        if owned.plugin not in await self._enabled_in(claim.village_id):
            return False
        if owned.task.sensitive is None:
            return True
        return self._allowed_at is not None and (await self._allowed_at(claim.village_id)).to(
            owned.plugin, owned.task.sensitive
        )

    async def _run(self, owned: OwnedTask, claim: Claim) -> Outcome:
        ctx = TaskContext(
            task=claim.task,
            payload=claim.payload,
            village_id=claim.village_id,
            attempt=claim.attempt,
            key=f"job-{claim.id}",
            setting=await values.values_in(claim.village_id),
            allows=await self._allowed_at(claim.village_id) if self._allowed_at is not None else nothing_sensitive,
        )

        async def work() -> None:
            with db.scope(claim.village_id) if claim.village_id is not None else contextlib.nullcontext():
                await owned.task.run(ctx)

        return await self._dispatch.perform(owned.plugin, claim.task, work, deadline=owned.task.timeout)

    async def _write_down(self, owned: OwnedTask, claim: Claim, outcome: Outcome) -> None:
        if outcome.error is None:
            await queue.finish(claim)
            return
        slow = isinstance(outcome.error, TooSlow)
        error = f"took longer than {owned.task.timeout:g} s" if slow else error_text(outcome.error)
        if claim.attempt >= owned.task.attempts:
            await queue.bury(claim, error)
            _log.error("job %d (%s) is dead after %d attempts: %s", claim.id, claim.task, claim.attempt, error)
        else:
            pause = back_off(claim.attempt, random.random)
            await queue.put_back(claim, pause, error)
            _log.warning(
                "job %d (%s) failed and is tried again in %d s: %s", claim.id, claim.task, pause // 1000, error
            )
        if outcome.late is not None:
            afterwards = asyncio.create_task(self._ended_late(claim, outcome.late))
            self._afterwards.add(afterwards)
            afterwards.add_done_callback(self._afterwards.discard)

    async def _ended_late(self, claim: Claim, late: asyncio.Task[None]) -> None:
        """An attempt that was given up and ends well after all counts, if the next one has not begun."""
        await asyncio.wait({late})
        if not late.cancelled() and late.exception() is None:
            await queue.finish(claim)
