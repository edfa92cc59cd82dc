"""The schedule survives restarts and runs each time once, however many workers look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cunli import db
from cunli.jobs.queue import moment
from cunli.jobs.schedule import Timetable
from cunli.jobs.tasks import OwnedTask, Task, TaskContext
from cunli.testing.working import jobs_in, let_pass, nowhere, until, worker_of, working

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000


async def run(ctx: TaskContext) -> None: ...


def timetable(*tasks: Task, plugin: str = "core", villages: Sequence[int] = ()) -> Timetable:
    async def villages_of(_: str) -> list[int]:
        return list(villages)

    return Timetable([OwnedTask(plugin=plugin, task=t) for t in tasks], SHANGHAI, villages_of=villages_of)


async def next_run(name: str) -> int:
    return int((await db.read("SELECT next_run FROM core_schedule WHERE name = ?", name))[0]["next_run"])


async def test_four_workers_that_look_at_once_fire_once(url: str) -> None:
    hourly = Task(name="test.hourly", run=run, every=timedelta(hours=1))
    tables = [timetable(hourly) for _ in range(4)]
    for table in tables:
        await table.prepare()
    await let_pass(HOUR)
    assert sum(await asyncio.gather(*(table.fire() for table in tables))) == 1
    assert len(await jobs_in("waiting")) == 1


async def test_a_restart_neither_forgets_nor_repeats(url: str) -> None:
    hourly = Task(name="test.hourly", run=run, every=timedelta(hours=1))
    before = moment()
    await timetable(hourly).prepare()
    due = await next_run("test.hourly")
    assert before + HOUR <= due <= moment() + HOUR
    again = timetable(hourly)
    await again.prepare()
    assert await next_run("test.hourly") == due
    assert await again.fire() == 0


async def test_a_night_without_power_makes_one_run_and_the_next_is_in_the_future(url: str) -> None:
    hourly = Task(name="test.hourly", run=run, every=timedelta(hours=1))
    await timetable(hourly).prepare()
    await let_pass(10 * HOUR)
    assert await timetable(hourly).fire() == 1
    assert moment() < await next_run("test.hourly") <= moment() + HOUR
    assert len(await jobs_in("waiting")) == 1


async def test_a_task_that_now_runs_more_often_does_not_wait_for_its_old_time(url: str) -> None:
    await timetable(Task(name="test.sweep", run=run, every=timedelta(days=30))).prepare()
    await timetable(Task(name="test.sweep", run=run, every=timedelta(hours=1))).prepare()
    assert await next_run("test.sweep") <= moment() + HOUR


async def test_a_task_without_a_schedule_gets_no_row(url: str) -> None:
    async with working(worker_of([Task(name="test.send", run=run), Task(name="test.daily", run=run, daily=time(3))])):
        await until(lambda: db.read("SELECT 1 FROM core_schedule"))
    assert [row["name"] for row in await db.read("SELECT name FROM core_schedule")] == ["test.daily"]


async def test_a_worker_runs_what_is_due(url: str) -> None:
    ran: list[str] = []

    async def note(ctx: TaskContext) -> None:
        ran.append(ctx.task)

    task = Task(name="test.hourly", run=note, every=timedelta(hours=1))
    await timetable(task).prepare()
    await let_pass(HOUR)
    async with working(worker_of([task], villages_of=nowhere)):
        await until(lambda: jobs_in("done"))
    assert ran == ["test.hourly"]


def test_a_task_says_when_clearly() -> None:
    with pytest.raises(ValueError, match="either every so often or daily"):
        Task(name="test.both", run=run, every=timedelta(hours=1), daily=time(3))
    with pytest.raises(ValueError, match="at least one second"):
        Task(name="test.frantic", run=run, every=timedelta(milliseconds=10))
    with pytest.raises(ValueError, match="must read"):
        Task(name="nameless", run=run)
