"""A worker process for tests: `worker_program.py DATABASE DIARY`. Its tasks write a line when they begin and end.

A slow task ends when the test wants it to: when the file that its payload names is there. `LEASE` is in milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from cunli import db, rooms
from cunli.jobs import queue
from cunli.jobs.tasks import Task, TaskContext
from cunli.jobs.worker import Pace
from cunli.testing.working import PATIENCE, worker_of

LEASE = int(os.environ.get("LEASE", queue.LEASE))


def note(*words: object) -> None:
    line = " ".join(map(str, (*words, os.getpid()))) + "\n"
    file = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
    os.close(file)


async def quick(ctx: TaskContext) -> None:
    note("quick", ctx.payload["n"])


async def slow(ctx: TaskContext) -> None:
    note("begun", ctx.payload["n"], ctx.attempt)
    while not Path(ctx.payload["until"]).exists():
        await asyncio.sleep(0.02)
    note("ended", ctx.payload["n"], ctx.attempt)


async def tick(ctx: TaskContext) -> None:
    note("tick", ctx.key)


TASKS = [
    Task(name="test.quick", run=quick),
    Task(name="test.slow", run=slow, timeout=600),
]
if os.environ.get("TICKING"):
    TASKS.append(Task(name="test.tick", run=tick, every=timedelta(seconds=1)))


async def main() -> None:
    await db.start(sys.argv[1], {"core": rooms.APP}, synchronous="NORMAL")
    if os.environ.get("WITHOUT_HEARTBEAT"):

        async def nothing(*_: object, **__: object) -> None: ...

        queue.keep = nothing  # the planted fault: nobody says that the job is still being worked on
    worker = worker_of(TASKS, pace=Pace(at_once=2, lease=LEASE, poll=0.05))
    prepare = worker._timetable.prepare

    async def prepare_and_say() -> None:
        await prepare()
        note("ready", "-")

    worker._timetable.prepare = prepare_and_say  # type: ignore[method-assign]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    running = asyncio.create_task(worker.run())
    await stop.wait()
    note("told", "-")
    note("left", await worker.stop(grace=PATIENCE))
    await running
    await db.stop()


if __name__ == "__main__":
    asyncio.run(main())
