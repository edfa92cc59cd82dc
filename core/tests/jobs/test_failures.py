"""Jobs that fail are tried again later, then put aside for a human; slow ones are given up, never cancelled."""

from __future__ import annotations

import asyncio
import logging

import pytest

from cunli import db, jobs
from cunli.jobs import queue
from cunli.jobs.queue import moment
from cunli.jobs.tasks import Task, TaskContext
from cunli.testing.working import BRISK, PATIENCE, jobs_in, let_pass, settled, until, worker_of, working


class GatewayDown(Exception):
    pass


async def fails(ctx: TaskContext) -> None:
    raise GatewayDown(chr(0x5F20) + "桂秀", 13_800_138_000)


async def test_a_failed_job_is_tried_again_after_its_pause(url: str) -> None:
    attempts: list[int] = []

    async def run(ctx: TaskContext) -> None:
        attempts.append(ctx.attempt)
        if ctx.attempt == 1:
            raise GatewayDown

    async with working(worker_of([Task(name="test.send", run=run)])):
        before = moment()
        await jobs.enqueue("test.send")
        await settled()
        (job,) = await jobs_in("waiting")
        assert before + 12_000 <= job["run_at"] <= moment() + 18_000
        assert attempts == [1]
        await let_pass(18_000)
        await until(lambda: jobs_in("done"))
    (job,) = await jobs_in("done")
    assert (attempts, job["error"]) == ([1, 2], "")


async def test_the_last_failure_makes_a_dead_letter_without_personal_data(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task(name="test.send", run=fails, attempts=3)
    with caplog.at_level(logging.DEBUG):
        async with working(worker_of([task])):
            await jobs.enqueue("test.send", {"message": 7})
            for attempt in (1, 2):
                await until(lambda attempt=attempt: failed_times(attempt))  # type: ignore[misc]
                assert await queue.dead_letters() == []
                await let_pass(3_600_000)
            await until(queue.dead_letters)
            await asyncio.sleep(0.2)
    (letter,) = await queue.dead_letters()
    assert (letter.task, letter.attempts) == ("test.send", 3)
    assert "GatewayDown" in letter.error
    assert ".fails:" in letter.error
    for told in (letter.error, caplog.text):
        assert "1380" not in told
        assert "张" not in told
    assert "job" in caplog.text, "the control: the log was watched"


async def failed_times(attempts: int) -> bool:
    return [job["attempts"] for job in await jobs_in("waiting")] == [attempts]


async def test_a_dead_letter_can_be_sent_again_from_the_first_attempt(url: str) -> None:
    mended = False

    async def run(ctx: TaskContext) -> None:
        if not mended:
            raise GatewayDown

    async with working(worker_of([Task(name="test.send", run=run, attempts=1)])):
        await jobs.enqueue("test.send")
        await until(queue.dead_letters)
        (letter,) = await queue.dead_letters()
        mended = True
        assert await queue.revive(letter.id)
        assert not await queue.revive(letter.id + 1)
        await until(lambda: jobs_in("done"))
    assert (await jobs_in("done"))[0]["attempts"] == 1


async def test_a_job_whose_worker_always_dies_ends_as_a_dead_letter(url: str) -> None:
    await jobs.enqueue("test.kills")
    for _ in range(2):
        assert len(await queue.claim(["test.kills"], 1, lease=0)) == 1
    async with working(worker_of([Task(name="test.kills", run=fails, attempts=2)])):
        await until(queue.dead_letters)
    (letter,) = await queue.dead_letters()
    assert letter.error == queue.WORKER_DIED


async def test_a_slow_job_is_given_up_and_its_database_work_is_whole(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the deadline the unit is open. A cancellation there would lose writes that are acknowledged later."""
    monkeypatch.setattr("cunli.db.sqlite.PATIENCE", PATIENCE)  # what is written down about the job waits for its unit
    is_open, given_up = asyncio.Event(), asyncio.Event()

    async def write_slowly(ctx: TaskContext) -> None:
        async def act() -> None:
            await db.write("INSERT INTO core_rate_count (key, count, resets_at) VALUES ('slow', 1, 9999999999)")
            is_open.set()
            await given_up.wait()
            await db.write("UPDATE core_rate_count SET count = 2 WHERE key = 'slow'")

        await db.run_unit(act)

    worker = worker_of([Task(name="test.slow", run=write_slowly, timeout=0.2)])

    async def abandoned() -> bool:
        tally = worker._dispatch.health.tallies.get(("core", "test.slow"))
        return tally is not None and tally.abandoned == 1

    async with working(worker):
        await jobs.enqueue("test.slow")
        await until(abandoned)
        await asyncio.wait_for(is_open.wait(), PATIENCE)
        given_up.set()
        await until(lambda: db.read("SELECT 1 FROM core_rate_count WHERE key = 'slow' AND count = 2"))
        await until(lambda: jobs_in("done"))
        await db.run_unit(
            db.write, "INSERT INTO core_rate_count (key, count, resets_at) VALUES ('after', 1, 9999999999)"
        )
    assert len(await db.read("SELECT 1 FROM core_rate_count WHERE key IN ('slow', 'after')")) == 2
    (job,) = await jobs_in("done")
    assert job["attempts"] == 1, "it ended well after all, so it is not run again"


async def test_a_job_that_hangs_is_tried_again_while_the_first_attempt_still_hangs(url: str) -> None:
    release = asyncio.Event()
    attempts: list[int] = []

    async def hangs_once(ctx: TaskContext) -> None:
        attempts.append(ctx.attempt)
        if ctx.attempt == 1:
            await release.wait()

    async with working(worker_of([Task(name="test.hangs", run=hangs_once, timeout=0.1)])):
        await jobs.enqueue("test.hangs")
        await until(lambda: failed_times(1))
        (job,) = await jobs_in("waiting")
        assert job["error"] == "took longer than 0.1 s"
        await let_pass(18_000)
        await until(lambda: jobs_in("done"))
        assert attempts == [1, 2]
        release.set()


async def test_one_failing_job_does_not_hold_up_the_others(url: str) -> None:
    ran: list[int] = []

    async def run(ctx: TaskContext) -> None:
        ran.append(ctx.payload["n"])

    async with working(worker_of([Task(name="test.bad", run=fails), Task(name="test.good", run=run)])):
        for n in range(5):
            await jobs.enqueue("test.bad")
            await jobs.enqueue("test.good", {"n": n})
        await settled()
    assert sorted(ran) == [0, 1, 2, 3, 4]
    assert len(await jobs_in("waiting")) == 5


async def test_the_worker_outlives_a_database_that_is_gone_for_a_while(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []

    async def run(ctx: TaskContext) -> None:
        ran.append(1)

    looked = 0

    async def gone(*_: object, **__: object) -> list[queue.Claim]:
        nonlocal looked
        looked += 1
        raise db.Busy("no connection became free")

    async def looked_again() -> bool:
        return looked >= 3

    monkeypatch.setattr("cunli.jobs.worker.TROUBLE", 0.05)
    with monkeypatch.context() as outage:
        outage.setattr(queue, "claim", gone)
        async with working(worker_of([Task(name="test.good", run=run)], pace=BRISK)):
            await jobs.enqueue("test.good")
            await until(looked_again)
            assert ran == []
            outage.undo()
            await settled()
    assert ran == [1]
