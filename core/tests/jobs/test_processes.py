"""Real worker processes on one database: shared, killed, stopped."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

from cunli import db, jobs
from cunli.testing.working import PATIENCE, jobs_in, let_leases_end, until

StartProcess = Callable[..., Awaitable[asyncio.subprocess.Process]]
Diary = Callable[[], list[list[str]]]
LONG = 12_000  # a third of it passes between two heartbeats; the rest is for a machine that stands still
AT_ONCE = 2  # see worker_program.py


def lines(diary: Diary, word: str) -> list[list[str]]:
    return [line for line in diary() if line[0] == word]


async def wrote(diary: Diary, word: str, count: int) -> None:
    """Wait until the processes have written so many of these lines."""

    async def there() -> bool:
        return len(lines(diary, word)) >= count

    await until(there)


async def done(count: int, task: str = "test.slow") -> None:
    async def enough() -> bool:
        return len([job for job in await jobs_in("done") if job["task"] == task]) >= count

    await until(enough)


async def ticks_since(due: int) -> dict[str, int]:
    """Of the ticks that were due since then: the keys of the jobs, and when each was due."""
    rows = await db.read("SELECT id, dedupe FROM core_job WHERE task = 'test.tick'")
    dues = {f"job-{row['id']}": int(row["dedupe"].rpartition(":")[2]) for row in rows}
    return {key: at for key, at in dues.items() if at >= due}


async def test_four_processes_share_jobs_and_schedule_and_run_each_once(
    url: str, start_process: StartProcess, diary: Diary, tmp_path: Path
) -> None:
    await asyncio.gather(*(start_process(TICKING="1") for _ in range(4)))
    await wrote(diary, "ready", 4)
    (row,) = await db.read("SELECT next_run FROM core_schedule")  # whoever comes may bring it nearer; all are there now
    for n in range(4 * AT_ONCE):  # as many as all of them can hold: nobody gets more than a share
        await jobs.enqueue("test.slow", {"n": n, "until": str(tmp_path / "end")})
    await wrote(diary, "begun", 4 * AT_ONCE)
    assert set(Counter(line[-1] for line in lines(diary, "begun")).values()) == {AT_ONCE}, "the work is shared"
    (tmp_path / "end").touch()
    for n in range(60):
        await jobs.enqueue("test.quick", {"n": n})

    async def ticked_twice() -> bool:
        ran = {line[1] for line in lines(diary, "tick")}
        return len(ran & set(await ticks_since(row["next_run"]))) >= 2

    await until(ticked_twice)
    await done(60, "test.quick")
    await done(4 * AT_ONCE)
    assert len(lines(diary, "begun")) == len(lines(diary, "ended")) == 4 * AT_ONCE
    ran = lines(diary, "quick")
    assert Counter(line[1] for line in ran) == {str(n): 1 for n in range(60)}
    assert set(Counter(line[1] for line in lines(diary, "tick")).values()) == {1}
    dues = sorted((await ticks_since(row["next_run"])).values())
    assert all(later - earlier >= 1000 for earlier, later in pairwise(dues)), "not more often than once a second"


async def test_a_job_whose_worker_is_killed_runs_exactly_once_more(
    url: str, start_process: StartProcess, diary: Diary, tmp_path: Path
) -> None:
    processes = {p.pid: p for p in await asyncio.gather(start_process(), start_process())}
    await wrote(diary, "ready", 2)
    await jobs.enqueue("test.slow", {"n": "a", "until": str(tmp_path / "end")})
    await wrote(diary, "begun", 1)
    victim = processes[int(lines(diary, "begun")[0][-1])]
    victim.kill()
    await victim.wait()
    await let_leases_end()
    await wrote(diary, "begun", 2)
    (tmp_path / "end").touch()
    await done(1)
    await let_leases_end()
    await jobs.enqueue("test.slow", {"n": "b", "until": str(tmp_path / "end")})
    await done(2)  # the one that is left has looked again, and did not run it a third time
    begun = [["begun", "a", "1"], ["begun", "a", "2"], ["begun", "b", "1"]]
    assert [line[:3] for line in lines(diary, "begun")] == begun
    assert [line[:3] for line in lines(diary, "ended")] == [["ended", "a", "2"], ["ended", "b", "1"]]
    assert (await jobs_in("done"))[0]["attempts"] == 2


async def test_a_job_longer_than_its_lease_is_not_taken_away_while_its_worker_lives(
    url: str, start_process: StartProcess, diary: Diary, tmp_path: Path
) -> None:
    await asyncio.gather(*(start_process(LEASE=str(LONG)) for _ in range(2)))
    await wrote(diary, "ready", 2)
    await jobs.enqueue("test.slow", {"n": "long", "until": str(tmp_path / "end")})
    await wrote(diary, "begun", 1)
    first = (await jobs_in("running"))[0]["lease_until"]

    async def held_for_a_second_lease() -> bool:
        (job,) = await jobs_in("running")
        return bool(job["lease_until"] > first + LONG)

    await until(held_for_a_second_lease)
    (tmp_path / "end").touch()
    await done(1)
    assert len(lines(diary, "begun")) == 1


async def test_the_control_without_heartbeats_it_is_taken_away(
    url: str, start_process: StartProcess, diary: Diary, tmp_path: Path
) -> None:
    await asyncio.gather(*(start_process(WITHOUT_HEARTBEAT="1", LEASE="1000") for _ in range(2)))
    await wrote(diary, "ready", 2)
    await jobs.enqueue("test.slow", {"n": "long", "until": str(tmp_path / "end")})
    await wrote(diary, "begun", 2)


async def test_a_process_that_is_told_to_stop_finishes_its_job_first(
    url: str, start_process: StartProcess, diary: Diary, tmp_path: Path
) -> None:
    process = await start_process()
    await wrote(diary, "ready", 1)
    await jobs.enqueue("test.slow", {"n": "last", "until": str(tmp_path / "end")})
    await wrote(diary, "begun", 1)
    process.send_signal(signal.SIGTERM)
    await wrote(diary, "told", 1)
    assert lines(diary, "left") == []
    (tmp_path / "end").touch()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert len(lines(diary, "ended")) == 1
    assert lines(diary, "left")[0][1] == "0"
    assert len(await jobs_in("done")) == 1
