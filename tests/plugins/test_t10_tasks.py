"""T10: a plugin's task runs where the plugin is on; one that fails is tried again and then shown; one that is cut off runs again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cunli import db, enabling, jobs
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import Install
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE, jobs_in, let_leases_end, let_pass, settled, until

from .operators import cunli, environment

WALKS = """
from datetime import timedelta
from cunli import Manifest, Plugin, Task, hookimpl

walked, sent = [], []
mended = False

async def walk(ctx):
    walked.append(ctx.village_id)

async def send(ctx):
    sent.append((ctx.village_id, ctx.attempt))
    if not mended:
        raise ConnectionError("the gateway is down")

class Walks(Plugin):
    manifest = Manifest(label="走", summary="")

    @hookimpl
    def tasks(self):
        return (
            Task(name="broken.walk", run=walk, every=timedelta(hours=1), per="village"),
            Task(name="broken.send", run=send, attempts=2),
        )

plugin = Walks()
"""
HOUR = 3_600_000
installed_too = pytest.mark.parametrize("broken", [WALKS], ids=[""])


def module() -> Any:
    return sys.modules["cunli_broken"]


# -- where -------------------------------------------------------------------------------------------------------------


async def walks(count: int) -> None:
    """Wait until there were so many walks, and nothing is left to do."""

    async def there() -> bool:
        return len(await db.read("SELECT 1 FROM core_job WHERE task = 'broken.walk' AND state = 'done'")) >= count

    await until(there)
    await settled()


@installed_too
async def test_t10_a_task_for_each_village_runs_where_the_plugin_is_on_and_nowhere_else(
    county: LiveSite, broken: str
) -> None:
    walked, here, there = module().walked, county["heping"], county["donghu"]
    await until(lambda: db.read("SELECT 1 FROM core_schedule WHERE name = 'broken.walk'"))
    await enabling.switch("broken", there.region_id, Mode.ON, village_level=True)
    await let_pass(HOUR)
    await walks(2)
    assert sorted(walked) == sorted([here.id, there.id])
    walked.clear()
    await enabling.switch("broken", here.region_id, Mode.OFF, village_level=True)
    await let_pass(HOUR + 1_000)  # to the millisecond the same hour would be the same run
    await walks(3)
    assert walked == [there.id]
    rows = await db.read("SELECT village_id FROM core_job WHERE task = 'broken.walk'")
    assert len(rows) == 3, "nothing was even put in line for a village where it is off"


# -- again -------------------------------------------------------------------------------------------------------------


async def failed_once() -> bool:
    return [job["attempts"] for job in await jobs_in("waiting") if job["task"] == "broken.send"] == [1]


async def dead() -> list[dict[str, Any]]:
    return await jobs_in("dead")


async def done() -> list[dict[str, Any]]:
    return [job for job in await jobs_in("done") if job["task"] == "broken.send"]


@installed_too
async def test_t10_a_task_that_raises_is_tried_again_by_its_policy_and_then_shown_by_name(
    county: LiveSite, broken: str, tmp_path: Path
) -> None:
    url, here = county.settings.database_url, county["heping"].id
    await jobs.enqueue("broken.send", village_id=here)
    await until(failed_once)
    assert await dead() == []
    await let_pass(HOUR)
    await until(dead)
    await let_pass(HOUR)
    await settled()
    assert module().sent == [(here, 1), (here, 2)], "as often as it says, and no more"
    shown = await cunli(tmp_path, url, "worker", "--dead", "--json", plugins="sample,broken")
    (letter,) = shown.json()
    assert (letter["task"], letter["village_id"], letter["attempts"]) == ("broken.send", here, 2)
    assert "ConnectionError" in letter["error"]
    module().mended = True
    assert (await cunli(tmp_path, url, "worker", "--retry", str(letter["id"]), plugins="sample,broken")).code == 0
    await let_pass(HOUR)
    await until(done)
    assert await dead() == []


@installed_too
async def test_t10_a_task_that_is_mended_before_its_last_attempt_leaves_no_letter(
    county: LiveSite, broken: str
) -> None:
    await jobs.enqueue("broken.send", village_id=county["heping"].id)
    await until(failed_once)
    module().mended = True
    await let_pass(HOUR)
    await until(done)
    assert (await dead(), [attempt for _, attempt in module().sent]) == ([], [1, 2])


# -- cut off -----------------------------------------------------------------------------------------------------------

SLOW = """
import asyncio, os
from pathlib import Path
from cunli import Manifest, Plugin, Task, hookimpl

folder = Path({folder!r})

def note(*words):
    with open(folder / "diary", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

async def work(ctx):
    note("begun", ctx.payload["n"], ctx.attempt, os.getpid())
    while not (folder / "end").exists():
        await asyncio.sleep(0.02)
    note("ended", ctx.payload["n"], ctx.attempt, os.getpid())

class Slow(Plugin):
    manifest = Manifest(label="慢", summary="")

    @hookimpl
    def tasks(self):
        return (Task(name="slow.work", run=work, timeout=600),)

plugin = Slow()
"""


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def without_worker(
    request: pytest.FixtureRequest, databases_with_sample: EmptyDatabases, install: Install, tmp_path: Path
) -> AsyncIterator[LiveSite]:
    """The site with the slow plugin, on in heping; jobs are left to `cunli worker`."""
    install("slow", SLOW.format(folder=str(tmp_path)))
    url = await databases_with_sample.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=("slow",), jobs="worker")) as live:
        await enabling.switch("slow", live["heping"].region_id, Mode.ON, village_level=True)
        yield live


def diary(folder: Path, word: str) -> list[list[str]]:
    path = folder / "diary"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [rest for first, *rest in lines if first == word]


async def begun(folder: Path, count: int) -> None:
    async def there() -> bool:
        return len(diary(folder, "begun")) >= count

    await until(there)


async def worker(site: LiveSite, folder: Path) -> asyncio.subprocess.Process:
    """`cunli worker`, as the operator starts it."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cunli", "worker"),
        cwd=folder,
        env=environment(site.settings.database_url, plugins="slow"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await asyncio.wait_for(process.wait(), PATIENCE)


async def as_many_done(count: int) -> None:
    async def there() -> bool:
        return len(await jobs_in("done")) >= count

    await until(there)


async def test_t10_a_task_whose_worker_is_killed_runs_once_more_and_not_a_third_time(
    without_worker: LiveSite, tmp_path: Path
) -> None:
    here = without_worker["heping"].id
    first = await worker(without_worker, tmp_path)
    second: asyncio.subprocess.Process | None = None
    try:
        await jobs.enqueue("slow.work", {"n": "a"}, village_id=here)
        await begun(tmp_path, 1)
        await kill(first)
        second = await worker(without_worker, tmp_path)
        await let_leases_end()
        await begun(tmp_path, 2)
        (tmp_path / "end").touch()
        await as_many_done(1)
        await let_leases_end()
        await jobs.enqueue("slow.work", {"n": "b"}, village_id=here)
        await as_many_done(2)  # it has looked again, and found nothing else to do
        pids = (str(first.pid), str(second.pid))
        assert diary(tmp_path, "begun") == [["a", "1", pids[0]], ["a", "2", pids[1]], ["b", "1", pids[1]]]
        assert diary(tmp_path, "ended") == [["a", "2", pids[1]], ["b", "1", pids[1]]]
    finally:
        for process in (first, second):
            if process is not None:
                await kill(process)
