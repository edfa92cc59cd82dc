"""`cunli worker` and `cunli plugin`, as an operator uses them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest_asyncio

from cunli import db, jobs, rooms
from cunli.db import migrations
from cunli.jobs import queue
from cunli.testing.live import DATA_KEY
from cunli.testing.working import PATIENCE, jobs_in, until

Told = tuple[int, str, str]


@pytest_asyncio.fixture(loop_scope="session")
async def database(tmp_path: Path) -> AsyncIterator[str]:
    url = f"sqlite:///{tmp_path / 'cunli.db'}"
    await migrations.migrate(url, {"core": rooms.APP})
    await db.start(url, {"core": rooms.APP})
    yield url
    await db.stop(patience=60)


async def start(*arguments: str, folder: Path) -> asyncio.subprocess.Process:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")}
    return await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "cunli"),
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **environ,
            "CUNLI_DATABASE_URL": f"sqlite:///{folder / 'cunli.db'}",
            "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
            "CUNLI_DATA_KEY": DATA_KEY,
            "CUNLI_DEV": "1",
        },
    )


async def cunli(*arguments: str, folder: Path) -> Told:
    process = await start(*arguments, folder=folder)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def dead_job() -> int:
    await jobs.enqueue("media.sweep")
    (claim,) = await queue.claim(["media.sweep"], 1)
    await queue.bury(claim, "GatewayDown < cunli.media.tasks.sweep:18")
    return claim.id


async def test_dead_jobs_are_listed_and_one_can_be_sent_again(database: str, tmp_path: Path) -> None:
    code, out, err = await cunli("worker", "--dead", folder=tmp_path)
    assert (code, out) == (0, "no dead jobs\n"), err
    job = await dead_job()
    code, out, _ = await cunli("worker", "--dead", folder=tmp_path)
    assert (code, f"{job}  " in out, "media.sweep  after 1 attempts" in out, "GatewayDown" in out) == (
        0,
        True,
        True,
        True,
    )
    code, out, _ = await cunli("worker", "--dead", "--json", folder=tmp_path)
    assert json.loads(out)[0]["id"] == job
    code, _, err = await cunli("worker", "--retry", str(job + 1), folder=tmp_path)
    assert (code, f"there is no dead job {job + 1}" in err) == (2, True)
    code, out, _ = await cunli("worker", "--retry", str(job), folder=tmp_path)
    assert (code, "will be tried again" in out) == (0, True)
    assert [row["id"] for row in await jobs_in("waiting")] == [job]


async def test_a_worker_runs_jobs_of_the_web_process_and_leaves_quietly(database: str, tmp_path: Path) -> None:
    await jobs.enqueue("jobs.sweep")
    process = await start("worker", folder=tmp_path)
    try:
        await until(lambda: jobs_in("done"))
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        if process.returncode is None:
            process.kill()
        out, err = await process.communicate()
    assert (out, b"stop with Ctrl+C" in err, b"Traceback" in err) == (b"", True, False), err


async def test_the_core_lists_no_plugins_and_says_that_this_is_fine(tmp_path: Path) -> None:
    code, out, _ = await cunli("plugin", "list", folder=tmp_path)
    if entry_points(group="cunli.plugins"):  # a checkout has ours installed, and none of them is in the settings
        heads = [line for line in out.splitlines() if not line.startswith(" ")]
        assert code == 0
        assert heads
        assert all(line.endswith("installed, not in the settings") for line in heads), out
    else:
        assert (code, out) == (0, "no plugins are installed; the core works without any\n")
