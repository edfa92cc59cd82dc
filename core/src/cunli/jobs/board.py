"""The queue as a county looks at it: what waits, what runs, what failed for good, and who works. No payload is shown: it is nobody's to read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cunli import db
from cunli.jobs import queue
from cunli.jobs.queue import moment
from cunli.trust.audit import audit

PAGE: Final = 50
DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many jobs there are of each kind. `lag` is how long the oldest due one has waited, in milliseconds."""

    due: int
    later: int
    running: int
    done: int  # within a day
    dead: int
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One job. `error` names what went wrong without anybody's words."""

    id: int
    task: str
    village: str
    attempts: int
    error: str
    at: datetime  # when it is due, was begun, or ended
    own: bool  # whether those who look may try it again or give it up


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A task with a schedule."""

    task: str
    next_run: datetime
    last_run: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A process that carries out jobs, and when it last said so."""

    name: str
    version: str
    since: datetime
    seen: datetime
    running: int


def _mine(counties: Collection[int]) -> str:
    marks = db.marks(tuple(counties))
    return f"(j.village_id IS NULL OR j.village_id IN (SELECT id FROM core_village WHERE county_id IN ({marks})))"  # noqa: S608 marks only


async def _everywhere(counties: Collection[int]) -> bool:
    """Whether these are all the counties of the site: only then are jobs of no village theirs to decide."""
    rows = await db.read(
        f"SELECT 1 FROM core_village WHERE state = 'open' AND county_id NOT IN ({db.marks(tuple(counties))}) LIMIT 1",  # noqa: S608 marks only
        *counties,
    )
    return not rows


async def _theirs(counties: Collection[int]) -> str:
    """Which jobs these counties decide about: those of their villages, and where there is no other county those of none."""
    return _mine(counties) if await _everywhere(counties) else f"(j.village_id IS NOT NULL AND {_mine(counties)})"


async def counts(counties: Collection[int]) -> Counts:
    """The jobs of these counties' villages, and those of no village."""
    now = moment()
    rows = await db.read(
        "SELECT SUM(CASE WHEN j.state = 'waiting' AND j.run_at <= ? THEN 1 ELSE 0 END) AS due,"  # noqa: S608 marks only
        " SUM(CASE WHEN j.state = 'waiting' AND j.run_at > ? THEN 1 ELSE 0 END) AS later,"
        " SUM(CASE WHEN j.state = 'running' THEN 1 ELSE 0 END) AS running,"
        " SUM(CASE WHEN j.state = 'done' AND j.finished_at > ? THEN 1 ELSE 0 END) AS done,"
        " SUM(CASE WHEN j.state = 'dead' THEN 1 ELSE 0 END) AS dead,"
        " MIN(CASE WHEN j.state = 'waiting' AND j.run_at <= ? THEN j.run_at END) AS oldest"
        f" FROM core_job j WHERE {_mine(counties)}",
        now,
        now,
        now - DAY,
        now,
        *counties,
    )
    row = rows[0]
    lag = now - int(row["oldest"]) if row["oldest"] is not None else 0
    return Counts(**{name: int(row[name] or 0) for name in ("due", "later", "running", "done", "dead")}, lag=lag)


async def lines(counties: Collection[int], state: str, *, page: int = 1) -> list[JobLine]:
    """One page of the jobs in a state: `waiting` by when they are due, `running`, or `dead`, the latest first."""
    order = "j.run_at, j.id" if state == "waiting" else "j.id DESC"
    everywhere = await _everywhere(counties)
    rows = await db.read(
        "SELECT j.id, j.task, j.attempts, j.error, j.run_at, j.finished_at, j.village_id, v.name FROM core_job j"  # noqa: S608 constants and marks
        f" LEFT JOIN core_village v ON v.id = j.village_id WHERE j.state = ? AND {_mine(counties)}"
        f" ORDER BY {order} LIMIT ? OFFSET ?",
        state,
        *counties,
        PAGE,
        (page - 1) * PAGE,
    )
    return [_line(row, everywhere=everywhere) for row in rows]


def _line(row: Any, *, everywhere: bool) -> JobLine:
    return JobLine(
        id=row["id"],
        task=row["task"],
        village=row["name"] or "",
        attempts=row["attempts"],
        error=row["error"],
        at=_when(row["finished_at"] or row["run_at"]),
        own=everywhere or row["village_id"] is not None,
    )


async def dead_by_task(counties: Collection[int]) -> Mapping[str, int]:
    """How many jobs of each task failed for good that these counties decide about."""
    rows = await db.read(
        f"SELECT j.task, COUNT(*) AS n FROM core_job j WHERE j.state = 'dead' AND {await _theirs(counties)}"  # noqa: S608 marks only
        " GROUP BY j.task ORDER BY n DESC, j.task",
        *counties,
    )
    return {row["task"]: int(row["n"]) for row in rows}


async def timetable() -> list[Timed]:
    """The tasks with a schedule, the next one first."""
    rows = await db.read("SELECT name, next_run, last_run FROM core_schedule ORDER BY next_run, name")
    return [
        Timed(
            task=row["name"],
            next_run=_when(row["next_run"]),
            last_run=_when(row["last_run"]) if row["last_run"] is not None else None,
        )
        for row in rows
    ]


async def working(within: int = DAY) -> list[Working]:
    """The processes that said within so many milliseconds that they work, the latest first."""
    rows = await db.read(
        "SELECT name, version, since, seen, running FROM core_worker WHERE seen > ? ORDER BY seen DESC, name",
        moment() - within,
    )
    return [
        Working(
            name=row["name"],
            version=row["version"],
            since=_when(row["since"]),
            seen=_when(row["seen"]),
            running=row["running"],
        )
        for row in rows
    ]


@db.unit
async def try_again(counties: Collection[int], actor: int, *, job_id: int = 0, task: str = "") -> int:
    """Let one dead job, all of a task, or all there are be tried from their first attempt; how many those were.

    Jobs of no village are decided by the operator's command where there is another county, too.
    """
    which, values = _which(job_id, task)
    rows = await db.read(
        f"SELECT j.id FROM core_job j WHERE j.state = 'dead' AND {await _theirs(counties)}{which}",  # noqa: S608 constants and marks
        *counties,
        *values,
    )
    tried = [row["id"] for row in rows if await queue.revive(row["id"])]
    if tried:
        await audit("core.job.retry", actor=actor, object=("job", job_id), task=task, jobs=len(tried))
    return len(tried)


@db.unit
async def discard(counties: Collection[int], actor: int, reason: str, *, job_id: int = 0, task: str = "") -> int:
    """Give up dead jobs for good: one, or all of a task; how many those were. They are swept with the finished ones."""
    which, values = _which(job_id, task)
    gone = await db.write(
        "UPDATE core_job SET state = 'done', finished_at = ? WHERE id IN"  # noqa: S608 constants and marks
        f" (SELECT j.id FROM core_job j WHERE j.state = 'dead' AND {await _theirs(counties)}{which})",
        moment(),
        *counties,
        *values,
    )
    if gone:
        await audit("core.job.discard", actor=actor, object=("job", job_id), task=task, jobs=gone, reason=reason)
    return gone


def _which(job_id: int, task: str) -> tuple[str, tuple[int | str, ...]]:
    if job_id:
        return " AND j.id = ?", (job_id,)
    return (" AND j.task = ?", (task,)) if task else ("", ())


# -- who works ----------------------------------------------------------------------------------------------------------


@db.unit
async def beat(name: str, version: str, since: int, running: int) -> None:
    """A process says that it works; one row for each."""
    await db.write(
        "INSERT INTO core_worker (name, version, since, seen, running) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET version = excluded.version, since = excluded.since, seen = excluded.seen,"
        " running = excluded.running",
        name,
        version,
        since,
        moment(),
        running,
    )


@db.unit
async def gone(name: str) -> None:
    """A process stops working and says so."""
    await db.write("DELETE FROM core_worker WHERE name = ?", name)


def _when(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
