"""Safe mode: the site without any plugin. Nothing of one is reachable, nothing of one is lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from cunli import db, enabling, jobs
from cunli.feed.events import PostPublished
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import Install
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE, settled, until

from ..ports import free_port
from .operators import OURS, cunli, environment

BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgres"])
TRACES = ("sample", "告示板")
PAGES = ("/v/heping/sample/notes", "/sample/about")


async def everything() -> tuple[list[tuple[str, ...]], ...]:
    """The rows that safe mode must leave alone."""
    tables = {
        "core_plugin_switch": "region_id, plugin, mode",
        "core_plugin_setting": "region_id, key, value",
        "sample_note": "village_id, words",
        "core_job": "task, state, attempts",
    }
    found = []
    for table, columns in tables.items():
        where = " WHERE task LIKE 'sample.%'" if table == "core_job" else ""
        rows = await db.read(f"SELECT {columns} FROM {table}{where} ORDER BY id")
        found.append([tuple(str(value) for value in dict(row).values()) for row in rows])
    return tuple(found)


async def visit_all(site: LiveSite) -> list[tuple[int, str]]:
    people = [
        site.visitor(),
        await site.sign_in(await site.stranger("路人")),
        await site.sign_in(await site.village_admin("守义")),
        await site.sign_in(await site.county_admin("县里")),
    ]
    return [((page := await one.open(path)).status, page.html) for one in people for path in PAGES]


async def delivered() -> bool:
    return not await db.read("SELECT 1 FROM core_event WHERE delivered_at IS NULL LIMIT 1")


@BOTH
async def test_safe_mode_hides_all_of_a_plugin_and_keeps_all_of_it(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, unhurried: None, tmp_path: Path
) -> None:
    url = await databases_with_sample.fresh(engine, tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=("sample",), jobs="worker")) as site:
        villages, here = site.villages, site["heping"]
        await enabling.switch("sample", here.region_id, Mode.ON, village_level=True)
        admin = await site.sign_in(await site.village_admin())
        page = await (await admin.open(PAGES[0])).form().fill(words="只给看得见的人").send()
        sheet = page.one("link[href*=sample]").get("href", "")
        assert (await admin.open(sheet)).status == 200
        event = {"post_id": 8, "author_id": 1, "post_kind": "post", "audience": "village"}
        await jobs.enqueue("sample.pin_post", {"village_id": here.id, **event}, village_id=here.id)
        await site.set_value(site.app.site.registry.plugins["sample"].manifest.settings[0], 7)
        before = await everything()
    assert [len(rows) for rows in before] == [1, 1, 1, 1]
    async with live_site(settings_for(url, tmp_path, plugins=("sample",), safe=True), sample_county=False) as site:
        site.villages = villages
        for status, html in await visit_all(site):
            assert (status, "只给看得见的人" in html) == (404, False)
        visitor = site.visitor()
        assert (await visitor.open(sheet)).status == 404
        front = await visitor.open("/v/heping/")
        assert (front.status, [trace for trace in TRACES if trace in front.html]) == (200, [])
        await jobs.emit(PostPublished(village_id=here.id, **event))  # type: ignore[arg-type]
        await until(delivered)
        assert await everything() == before, "switches, rows and jobs are as they were"
    async with live_site(settings_for(url, tmp_path, plugins=("sample",)), sample_county=False) as site:
        await settled()
        page = await site.visitor().open(PAGES[0])
        assert (page.status, "只给看得见的人" in page.html, "a post" in page.html) == (200, True, True), "the control"


@asynccontextmanager
async def served(folder: Path, url: str, *options: str, **settings: str) -> AsyncIterator[tuple[str, Path]]:
    """`cunli serve` until the body ends: its address, and what it writes."""
    port = free_port()
    log, address = folder / "serve.log", f"http://127.0.0.1:{port}"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cunli", "serve", "--port", str(port), *options),
            cwd=folder,
            stdout=out,
            stderr=out,
            env=environment(url, base_url=address, **settings),
        )
    try:
        await until(lambda: answers(address))
        yield address, log
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)


async def answers(address: str) -> bool:
    async with httpx2.AsyncClient() as client:
        try:
            return (await client.get(f"{address}/")).status_code == 200
        except httpx2.TransportError:
            return False


SERVED = {
    "one process": ("sqlite", (), {}, 404),
    "the control, without safe mode": ("sqlite", None, {}, 200),
    "several processes": ("postgres", ("--workers", "2"), {}, 404),
    "by the environment": ("postgres", None, {"safe": "1"}, 404),
}


@pytest.mark.parametrize("how", SERVED)
async def test_the_server_says_loudly_that_it_runs_without_plugins(
    how: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    engine, options, settings, expected = SERVED[how]
    url = await databases_with_sample.fresh(engine, tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=("sample",))) as site:
        await enabling.switch("sample", site["heping"].region_id, Mode.ON, village_level=True)
    arguments = () if options is None else ("--safe", *options)
    async with served(tmp_path, url, *arguments, plugins="sample", **settings) as (address, log):
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for _ in range(6):  # whichever process answers
                assert (await client.get(f"{address}{PAGES[0]}")).status_code == expected
        assert ("SAFE MODE: no plugin runs (sample)" in log.read_text()) == (expected == 404)


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_commands_in_safe_mode_run_no_plugin_and_say_so(
    county: LiveSite, install: Install, tmp_path: Path
) -> None:
    package = install("wrong", "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n1 / 0")
    url, safe = county.settings.database_url, {"plugins": "sample,wrong", "safe": "1"}
    told = await cunli(tmp_path, url, "plugin", "list", "--json", **safe)
    states = {line["id"]: line["state"] for line in told.json() if line["id"] not in OURS}
    assert states == {"sample": "held back", "wrong": "held back"}
    told = await cunli(tmp_path, url, "plugin", "doctor", **safe)
    assert (told.code, "safe mode" in told.err) == (0, True)
    told = await cunli(tmp_path, url, "plugin", "doctor", "--json", plugins="sample,typo", safe="1")
    assert (told.code, [p["id"] for p in told.json()]) == (1, ["plugins.E003"])
    told = await cunli(tmp_path, url, "doctor", "--json", **safe)
    assert [f["says"] for f in told.json() if f["what"] == "plugins"] == ["safe mode: none of them runs"]
    told = await cunli(tmp_path, url, "plugin", "enable", "sample", "--village", "shangba", **safe)
    assert (told.code, "unset CUNLI_SAFE" in told.err) == (2, True)
    told = await cunli(tmp_path, url, "plugin", "disable", "sample", "--village", "heping", **safe)
    assert told.code == 0, told.err
    merge = ("regions", "merge", "510999001201", "--into", "510999001200")
    told = await cunli(tmp_path, url, *merge, **safe)
    assert (told.code, "安全模式" in told.err) == (2, True), "rows of plugins would stay behind"
    assert not (package / "ran").exists()
    told = await cunli(tmp_path, url, *merge, "--dry-run", plugins="sample")
    assert told.code == 0, "the control"
