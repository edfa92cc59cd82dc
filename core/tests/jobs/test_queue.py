"""Jobs stand or fall with the act that asked for them, and each runs once where nothing goes wrong."""

from __future__ import annotations

import asyncio

import pytest

from cunli import db, jobs
from cunli.jobs import queue
from cunli.jobs.tasks import Task, TaskContext, TaskTable
from cunli.jobs.worker import Pace
from cunli.testing.working import (
    BRISK,
    PATIENCE,
    jobs_in,
    let_leases_end,
    let_pass,
    settled,
    worker_of,
    working,
)


class Refused(Exception):
    pass


async def count(table: str) -> int:
    return int((await db.read(f"SELECT count(*) AS n FROM {table}"))[0]["n"])


async def test_a_unit_that_is_rolled_back_leaves_no_job_and_one_that_commits_leaves_it(url: str) -> None:
    async def act(*, fail: bool) -> None:
        await jobs.enqueue("feed.count", {"post_id": 1})
        if fail:
            raise Refused

    with pytest.raises(Refused):
        await db.run_unit(act, fail=True)
    assert await count("core_job") == 0
    await db.run_unit(act, fail=False)
    assert await count("core_job") == 1


async def test_a_job_gets_what_was_enqueued_in_the_scope_of_its_village(url: str) -> None:
    seen: list[tuple[TaskContext, int | None]] = []

    async def look(ctx: TaskContext) -> None:
        try:
            seen.append((ctx, db.scoped_village()))
        except db.NoScope:
            seen.append((ctx, None))

    async with working(worker_of([Task(name="test.look", run=look)])):
        await jobs.enqueue("test.look", {"words": "村里", "n": 3})
        await settled()
    ((ctx, village),) = seen
    assert (ctx.payload, ctx.attempt, ctx.village_id, village) == ({"words": "村里", "n": 3}, 1, None, None)


async def test_enqueueing_wakes_the_worker_of_the_same_process(url: str) -> None:
    ran = asyncio.Event()

    async def run(ctx: TaskContext) -> None:
        ran.set()

    async with working(worker_of([Task(name="test.now", run=run)], pace=Pace(poll=86_400))):
        await asyncio.sleep(0.3)
        await jobs.enqueue("test.now")
        await asyncio.wait_for(ran.wait(), PATIENCE)  # by itself it would look tomorrow


async def test_a_delayed_job_waits(url: str) -> None:
    ran: list[int] = []

    async def run(ctx: TaskContext) -> None:
        ran.append(1)

    async with working(worker_of([Task(name="test.later", run=run)])):
        await jobs.enqueue("test.later", delay=60)
        await asyncio.sleep(0.3)
        assert ran == []
        await let_pass(60_000)
        await settled()
        assert ran == [1]


async def test_the_same_occasion_makes_one_job_and_another_occasion_another(url: str) -> None:
    assert await jobs.enqueue("test.recount", dedupe="recount:2026-03-01")
    assert not await jobs.enqueue("test.recount", dedupe="recount:2026-03-01")
    assert await jobs.enqueue("test.recount", dedupe="recount:2026-03-02")
    assert await count("core_job") == 2


async def test_a_task_this_process_does_not_know_is_left_to_others(url: str) -> None:
    async with working(worker_of([])):
        await jobs.enqueue("market.settle")
        await asyncio.sleep(0.3)
    (job,) = await jobs_in("waiting")
    assert (job["task"], job["attempts"]) == ("market.settle", 0)


async def test_no_more_jobs_run_at_once_than_the_pace_allows(url: str) -> None:
    now, most, full = 0, 0, asyncio.Event()

    async def run(ctx: TaskContext) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now >= 3:
            full.set()
        await asyncio.wait_for(full.wait(), PATIENCE)  # the first ones wait for each other
        await asyncio.sleep(0.05)
        now -= 1

    for _ in range(9):
        await jobs.enqueue("test.busy")
    async with working(worker_of([Task(name="test.busy", run=run)], pace=Pace(at_once=3, poll=0.05))):
        await settled()
    assert most == 3


async def test_two_claims_at_the_same_time_never_get_the_same_job(url: str) -> None:
    for n in range(40):
        await jobs.enqueue("test.quick", {"n": n})
    claims = await asyncio.gather(*(queue.claim(["test.quick"], 10) for _ in range(4)))
    ids = [one.id for part in claims for one in part]
    assert len(ids) == len(set(ids)) > 0


async def test_whoever_lost_a_job_cannot_change_it_any_more(url: str) -> None:
    await jobs.enqueue("test.quick")
    (lost,) = await queue.claim(["test.quick"], 1, lease=0)
    (taken,) = await queue.claim(["test.quick"], 1)
    assert taken.attempt == 2
    assert not await queue.bury(lost, "too late")
    assert not await queue.finish(lost)
    assert (await jobs_in("running"))[0]["attempts"] == 2
    assert await queue.finish(taken)


async def test_stopping_waits_for_what_runs_and_takes_nothing_new(url: str) -> None:
    begun, release = asyncio.Event(), asyncio.Event()
    ended: list[int] = []

    async def run(ctx: TaskContext) -> None:
        begun.set()
        await release.wait()
        ended.append(ctx.payload["n"])

    worker = worker_of([Task(name="test.slow", run=run)], pace=Pace(at_once=1, poll=0.05))
    running = asyncio.create_task(worker.run())
    await jobs.enqueue("test.slow", {"n": 1})
    await jobs.enqueue("test.slow", {"n": 2})
    await asyncio.wait_for(begun.wait(), PATIENCE)
    stopping = asyncio.create_task(worker.stop(grace=PATIENCE))
    await asyncio.sleep(0.3)
    assert not stopping.done()
    release.set()
    assert await stopping == 0
    await running
    assert ended == [1]
    assert [job["attempts"] for job in await jobs_in("waiting")] == [0]


async def test_what_outlasts_the_grace_is_left_to_its_lease(url: str) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def run(ctx: TaskContext) -> None:
        begun.set()
        await release.wait()

    worker = worker_of([Task(name="test.stuck", run=run)], pace=BRISK)
    running = asyncio.create_task(worker.run())
    await jobs.enqueue("test.stuck")
    await asyncio.wait_for(begun.wait(), PATIENCE)
    assert await worker.stop(grace=0.1) == 1
    await running
    assert len(await jobs_in("running")) == 1
    assert await queue.claim(["test.stuck"], 1) == []
    await let_leases_end()
    assert len(await queue.claim(["test.stuck"], 1)) == 1
    release.set()
    await asyncio.sleep(0.05)


def test_two_tasks_of_one_name_stop_the_start() -> None:
    async def run(ctx: TaskContext) -> None: ...

    with pytest.raises(ValueError, match=r"two tasks are called media\.sweep: core and market"):
        TaskTable([Task(name="media.sweep", run=run)], {"market": [Task(name="media.sweep", run=run)]})
