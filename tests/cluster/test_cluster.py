"""Every part of a deployment stopped, frozen and started again while people read and write: nothing acknowledged is lost.

One deployment for all of this file, as `python -m scripts.cluster` starts it: PostgreSQL, Valkey, object storage, four web
processes, a job worker, nginx.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from scripts.cluster.cluster import Cluster, cluster, serve
from scripts.cluster.parts import NotThere, Part, tree

from ..faults.looking import half_done, looking
from ..faults.served import NO_TLS
from ..faults.villagers import settle
from .load import KEYS, PEOPLE, REFUSED, Answer, Load

pytestmark = pytest.mark.slow
DOWN = 2.5  # seconds for which a part is down
REPLACED = 400.0  # four processes start one after the other; seconds on a quiet machine, minutes on a busy one
LIMIT = 12.0  # the product means two seconds; the rest is for a machine that stands still
WELL = {200, 303}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def load(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Load]:
    """The deployment with people in it, and the load on it while a test runs."""
    try:
        async with cluster(more=KEYS) as made:
            village = await settle(made.database_url, tmp_path_factory.mktemp("settling"), PEOPLE)
            await serve(made)
            going = Load(made, village)
            async with going.going_on():
                await going.until_well()
                yield going
            await assert_nothing_lost(going)
    except NotThere as exc:
        pytest.skip(f"NOT TESTED on several machines' parts: {exc}")


async def assert_nothing_lost(load: Load) -> None:
    """Each form that was answered stands there once, whole; every event gets through; photos are all there."""
    made = load.made
    async with looking(made.database_url) as look:
        bodies = await look.column("SELECT body FROM core_post")
        assert sorted(bodies) == sorted(load.done)
        async with asyncio.timeout(60):
            while await look.number("SELECT COUNT(*) FROM core_event WHERE delivered_at IS NULL"):
                await asyncio.sleep(0.1)
    assert await half_done(made.database_url, made.folder / "objects/cunli/media") == []


async def ready(made: Cluster) -> dict[str, object]:
    async with httpx2.AsyncClient(base_url=made.web_url, timeout=30, verify=NO_TLS) as client:
        told: dict[str, object] = json.loads((await client.get("/readyz")).text)
        return told


async def while_frozen(load: Load, part: Part) -> list[Answer]:
    """What is asked while a part stands still."""
    since = time.monotonic()
    part.freeze()
    try:
        await asyncio.sleep(DOWN)
    finally:
        part.thaw()
    return load.since(since)


async def while_stopped(load: Load, part: Part) -> list[Answer]:
    """What is asked while a part is not there; then it is started again."""
    since = time.monotonic()
    assert await part.stop() in (0, -signal.SIGTERM)
    await asyncio.sleep(DOWN)
    await part.start()
    return load.since(since)


def statuses(answers: list[Answer]) -> set[int]:
    assert answers, "nobody asked"
    assert max(answer.seconds for answer in answers) < LIMIT, max(answers, key=lambda answer: answer.seconds)
    return {answer.status for answer in answers}


async def test_without_valkey_nobody_notices(load: Load) -> None:
    for down in (while_frozen, while_stopped):
        assert statuses(await down(load, load.made.valkey)) <= WELL
    await load.until_well()


async def test_without_the_storage_only_photos_are_missing(load: Load) -> None:
    assert (await load.photo()).status == 201
    storage = load.made.objects
    since = time.monotonic()
    storage.freeze()
    try:
        assert (await load.photo()).status == 503
        assert (await ready(load.made))["storage"] is False
    finally:
        storage.thaw()
    assert {answer.status for answer in load.since(since) if answer.kind != "upload"} <= WELL
    answers = await while_stopped(load, storage)
    assert statuses([answer for answer in answers if answer.kind != "upload"]) <= WELL
    async with asyncio.timeout(60):
        while (await load.photo()).status != 201:
            await asyncio.sleep(0.2)


async def test_without_the_database_people_are_told_soon(load: Load) -> None:
    for down in (while_frozen, while_stopped):
        assert 503 in statuses(await down(load, load.made.postgres))
        await load.until_well()
    assert (await ready(load.made))["ready"] is True


async def test_without_the_job_worker_jobs_wait(load: Load) -> None:
    for down in (while_frozen, while_stopped):
        assert statuses(await down(load, load.made.worker)) <= WELL
    await load.until_well()


async def test_a_web_process_that_is_killed_or_hangs_is_replaced(load: Load) -> None:
    web = load.made.web
    for what in (signal.SIGKILL, signal.SIGSTOP):
        before = serving(web)
        since = time.monotonic()
        os.kill(before[0], what)
        async with asyncio.timeout(REPLACED):
            while before[0] in serving(web) or len(serving(web)) < len(before):
                await asyncio.sleep(0.1)
        await load.until_well()
        # 502: its own connections broke; 503: it held a row that others waited for
        assert statuses(load.since(since)) <= {*WELL, 502, 503}


async def test_all_web_processes_are_replaced_one_by_one_and_nobody_notices(load: Load) -> None:
    web = load.made.web
    before, since = set(serving(web)), time.monotonic()
    os.kill(web.pid, signal.SIGHUP)
    async with asyncio.timeout(REPLACED):
        while before & set(serving(web)) or len(serving(web)) != len(before):
            await asyncio.sleep(0.1)
    await load.until_well()
    assert {answer.status for answer in load.since(since)} <= WELL


async def test_without_the_proxy_people_come_back(load: Load) -> None:
    assert REFUSED in statuses(await while_stopped(load, load.made.proxy))
    await load.until_well()


async def test_machines_of_the_county_see_figures_and_visitors_do_not(load: Load) -> None:
    async with httpx2.AsyncClient(timeout=30, verify=NO_TLS) as client:
        text = (await client.get(f"{load.made.web_url}/metrics")).text
        assert 'cunli_answers_total{method="POST",part="core",status="303"}' in text, "of all processes together"
        assert "cunli_database_up 1.0" in text
        for path in ("/metrics", "/readyz"):
            assert (await client.get(load.made.url + path)).status_code == 404
            forged = {"x-forwarded-for": "127.0.0.1", "host": load.made.url.removeprefix("http://")}
            assert (await client.get(load.made.url + path, headers=forged)).status_code == 404


async def test_the_control_what_was_acknowledged_and_is_missing_is_found(load: Load) -> None:
    load.done.append("acknowledged and never written")
    try:
        with pytest.raises(AssertionError):
            async with looking(load.made.database_url) as look:
                assert set(load.done) <= set(await look.column("SELECT body FROM core_post"))
    finally:
        load.done.remove("acknowledged and never written")


def serving(web: Part) -> list[int]:
    """The web processes, without the one that looks after them and Python's own helper."""
    found = []
    for pid in tree(web.pid)[1:]:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            alive = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            continue
        if alive and b"spawn_main" in command:
            found.append(pid)
    return found
