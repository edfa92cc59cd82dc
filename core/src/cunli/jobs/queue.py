"""The queue: rows in the same database as everything else, so that a job stands or falls with the act that asked for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.jobs.models import JobState

LEASE: Final = 30_000
DEDUPE_LENGTH: Final = 160
WORKER_DIED: Final = "the worker died or was cut off while it ran this"

_sleepers: set[asyncio.Event] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job this worker holds. `attempt` is also the proof: once somebody else claimed it, nothing of ours counts."""

    id: int
    task: str
    payload: Mapping[str, Any]
    village_id: int | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that failed for good and waits for a human."""

    id: int
    task: str
    village_id: int | None
    attempts: int
    error: str
    finished_at: int


def moment() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


async def enqueue(
    task: str,
    payload: Mapping[str, Any] | None = None,
    *,
    delay: float = 0,
    dedupe: str | None = None,
    village_id: int | None = None,
) -> bool:
    """Have the task run, not before `delay` seconds from now. Inside a unit it happens only if the unit commits.

    `payload` holds ids and small values, never personal data. `dedupe` names the occasion: while a job with that name
    is in the table (a week after it is done), asking again does nothing. Returns whether a job was added.
    """
    return await db.run_unit(_add, task, payload or {}, moment() + int(delay * 1000), dedupe, village_id)


async def _add(task: str, payload: Mapping[str, Any], run_at: int, dedupe: str | None, village_id: int | None) -> bool:
    if dedupe is not None and len(dedupe) > DEDUPE_LENGTH:
        raise ValueError(f"dedupe of a {task} job is longer than {DEDUPE_LENGTH} characters")
    added = await db.write(
        "INSERT INTO core_job (dedupe, task, village_id, payload, run_at, state, lease_until, attempts, error)"
        " VALUES (?, ?, ?, ?, ?, 'waiting', 0, 0, '') ON CONFLICT (dedupe) DO NOTHING",
        dedupe,
        task,
        village_id,
        json.dumps(payload, ensure_ascii=False, separators=(",", ":")),
        run_at,
    )
    db.after_commit(wake)
    return bool(added)


async def state_of(dedupe: str) -> str:
    """Where the job with this name stands: waiting, running, done or dead; empty when there is none."""
    rows = await db.read("SELECT state FROM core_job WHERE dedupe = ?", dedupe)
    return str(rows[0]["state"]) if rows else ""


async def wake() -> None:
    """Let the workers of this process look at once; those of other processes look every second."""
    for sleeper in _sleepers:
        sleeper.set()


def listen() -> asyncio.Event:
    """An event that is set whenever this process has new work."""
    sleeper = asyncio.Event()
    _sleepers.add(sleeper)
    return sleeper


def stop_listening(sleeper: asyncio.Event) -> None:
    """Forget an event of `listen()`."""
    _sleepers.discard(sleeper)


async def longest_wait() -> float:
    """Seconds since the oldest job that waits was due; 0 when none is."""
    (row,) = await db.read("SELECT MIN(run_at) AS due FROM core_job WHERE state = 'waiting'")
    return max(0.0, (moment() - row["due"]) / 1000) if row["due"] is not None else 0.0


async def claim(tasks: Sequence[str], limit: int, *, lease: int = LEASE) -> list[Claim]:
    """Up to `limit` due jobs of these tasks, oldest first, held until the lease ends. Each is given to one worker only.

    Jobs whose lease ended without a word are due again. Tasks that this process does not know are left to others.
    """
    if limit < 1 or not tasks:
        return []
    due = (
        f"task IN ({db.marks(tasks)})"
        " AND ((state = 'waiting' AND run_at <= ?) OR (state = 'running' AND lease_until <= ?))"
    )
    now = moment()
    if not await db.read(f"SELECT 1 FROM core_job WHERE {due} LIMIT 1", *tasks, now, now):  # noqa: S608 constants only
        return []
    return await db.run_unit(_claim, due, tasks, limit, lease)


async def _claim(due: str, tasks: Sequence[str], limit: int, lease: int) -> list[Claim]:
    now = moment()
    locked = " FOR UPDATE SKIP LOCKED" if db.engine() == "postgres" else ""
    rows = await db.read(
        "SELECT id, task, payload, village_id, attempts FROM core_job"  # noqa: S608 constants only
        f" WHERE {due} ORDER BY run_at, id LIMIT ?{locked}",
        *tasks,
        now,
        now,
        limit,
    )
    if rows:
        ids = [row["id"] for row in rows]
        await db.write(
            "UPDATE core_job SET state = 'running', attempts = attempts + 1, lease_until = ?"  # noqa: S608 marks only
            f" WHERE id IN ({db.marks(ids)})",
            now + lease,
            *ids,
        )
    return [
        Claim(
            id=row["id"],
            task=row["task"],
            payload=json.loads(row["payload"]),
            village_id=row["village_id"],
            attempt=row["attempts"] + 1,
        )
        for row in rows
    ]


@db.unit
async def keep(claims: Sequence[Claim], *, lease: int = LEASE) -> None:
    """Hold on to running jobs for another lease."""
    until = moment() + lease
    for held in claims:
        await _move(held, "lease_until = ?", until)


@db.unit
async def finish(held: Claim) -> bool:
    """The job is done. Also true of an attempt that was given up as too slow and then ended well after all.

    False when another worker has claimed it since.
    """
    return bool(
        await db.write(
            "UPDATE core_job SET state = 'done', error = '', finished_at = ?"
            " WHERE id = ? AND attempts = ? AND state <> 'done'",
            moment(),
            held.id,
            held.attempt,
        )
    )


@db.unit
async def put_back(held: Claim, pause: int, error: str) -> bool:
    """The attempt failed; try again after `pause` milliseconds."""
    return await _move(held, "state = 'waiting', run_at = ?, error = ?", moment() + pause, error)


@db.unit
async def bury(held: Claim, error: str) -> bool:
    """The last attempt failed; the job waits for a human."""
    return await _move(held, "state = 'dead', finished_at = ?, error = ?", moment(), error)


@db.unit
async def give_back(held: Claim) -> bool:
    """The job was claimed but never begun; that attempt does not count."""
    return await _move(held, "state = 'waiting', attempts = attempts - 1")


async def _move(held: Claim, change: str, *values: Any) -> bool:
    sql = f"UPDATE core_job SET {change} WHERE id = ? AND attempts = ? AND state = 'running'"  # noqa: S608 constants only
    return bool(await db.write(sql, *values, held.id, held.attempt))


async def dead_letters(limit: int = 100) -> list[DeadLetter]:
    """Jobs that failed for good, the latest first."""
    rows = await db.read(
        "SELECT id, task, village_id, attempts, error, finished_at FROM core_job WHERE state = ?"
        " ORDER BY finished_at DESC, id DESC LIMIT ?",
        JobState.DEAD.value,
        limit,
    )
    return [DeadLetter(**dict(row)) for row in rows]


@db.unit
async def revive(job_id: int) -> bool:
    """Let a dead job try again from its first attempt. False when there is no such dead job."""
    revived = await db.write(
        "UPDATE core_job SET state = 'waiting', run_at = ?, attempts = 0, finished_at = NULL WHERE id = ? AND state = 'dead'",
        moment(),
        job_id,
    )
    db.after_commit(wake)
    return bool(revived)
