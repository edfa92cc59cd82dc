"""T14 and C.4: what a plugin says when a village switches it on or off; a fault is a refusal, or is tried again and shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from cunli import db, enabling, hooks, lifecycle
from cunli.places import queries
from cunli.places.queries import VillageNow
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.working import PATIENCE, jobs_in, let_pass, settled, until

from .operators import cunli

SOURCE = """
import asyncio
from cunli import Manifest, Plugin, Refusal, hookimpl

let_go = asyncio.Event()
asked, told = [], []
wrong = {wrong!r}

class Broken(Plugin):
    manifest = Manifest(label="坏", summary="")

    @hookimpl
    async def village_enabling(self, ctx):
        asked.append((ctx.village_id, ctx.village_name, ctx.village_url))
        {enabling}

    @hookimpl
    async def village_disabled(self, ctx):
        told.append(ctx.village_id)
        if wrong:
            {disabled}

plugin = Broken()
"""
FINE = {"enabling": "return None", "disabled": "pass", "wrong": False}
FAULTS = {
    "raises": ("raise KeyError", "plugins.W101"),
    "hangs": ("await let_go.wait()", "plugins.W102"),
    "rubbish": ("return 'no'", "plugins.W103"),
}


def source(**parts: object) -> str:
    return SOURCE.format(**{**FINE, **parts})


async def village(slug: str) -> VillageNow:
    found = await queries.find_by_address(slug)
    assert isinstance(found, VillageNow)
    return found


async def mode_of(plugin: str, site: LiveSite, slug: str) -> str:
    rows = await db.read(
        "SELECT mode FROM core_plugin_switch WHERE plugin = ? AND region_id = ?", plugin, site[slug].region_id
    )
    return rows[0]["mode"] if rows else ""


async def pin(site: LiveSite, slug: str, count: int) -> None:
    rows = [(site[slug].id, f"第 {number} 张") for number in range(count)]
    await db.run_unit(db.write_many, "INSERT INTO sample_note (village_id, words) VALUES (?, ?)", rows)


async def notes(site: LiveSite, slug: str) -> int:
    return len(await db.read("SELECT 1 FROM sample_note WHERE village_id = ?", site[slug].id))


# -- on ----------------------------------------------------------------------------------------------------------------


async def test_a_plugin_refuses_with_a_reason_and_nothing_is_switched(county: LiveSite, tmp_path: Path) -> None:
    url, enable = county.settings.database_url, ("plugin", "enable", "sample", "--village", "donghu")
    await pin(county, "donghu", 51)
    told = await cunli(tmp_path, url, *enable, plugins="sample")
    assert (told.code, "东湖村的板上有 51 张条子，最多放 50 张" in told.err) == (1, True), told
    assert (await mode_of("sample", county, "donghu"), "Traceback" in told.err) == ("", False)
    await db.run_unit(db.write, "DELETE FROM sample_note WHERE words = '第 0 张'")
    told = await cunli(tmp_path, url, *enable, plugins="sample")
    assert (told.code, await mode_of("sample", county, "donghu")) == (0, "on"), told.err


@pytest.mark.parametrize(
    ("broken", "kind"), [(source(enabling=code), kind) for code, kind in FAULTS.values()], ids=FAULTS
)
@pytest.mark.parametrize("strict", [False, True], ids=["", "strict"])
async def test_t14_a_fault_while_enabling_is_a_refusal_that_names_it(
    county: LiveSite, broken: str, kind: str, strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        hooks.RULES, "village_enabling", hooks.HookRule(deadline=0.25 if "wait" in broken else PATIENCE)
    )
    registry = county.app.site.registry
    registry.dispatch.health.strict = strict
    with pytest.raises(lifecycle.EnablingRefused, match=kind):
        await lifecycle.switch_on(registry, "broken", await village("donghu"))
    assert await mode_of("broken", county, "donghu") == ""
    assert [(p.id, p.plugin) for p in registry.dispatch.health.problems()] == [(kind, "broken")]
    await lifecycle.switch_on(registry, "sample", await village("donghu"))
    assert await mode_of("sample", county, "donghu") == "on", "another plugin is not held up"
    sys.modules["cunli_broken"].let_go.set()
    assert await registry.dispatch.drained(PATIENCE) == 0


@pytest.mark.parametrize("broken", [source()])
async def test_one_that_agrees_is_asked_once_about_this_village_and_outside_any_transaction(
    county: LiveSite, broken: str
) -> None:
    registry, here = county.app.site.registry, await village("donghu")
    with pytest.raises(db.InsideUnit):
        await db.run_unit(lifecycle.switch_on, registry, "broken", here)
    assert await mode_of("broken", county, "donghu") == ""
    await lifecycle.switch_on(registry, "broken", here)
    assert sys.modules["cunli_broken"].asked == [(here.id, "东湖村", "/v/donghu")]
    assert await mode_of("broken", county, "donghu") == "on"


# -- off ---------------------------------------------------------------------------------------------------------------


async def test_a_plugin_is_told_by_a_job_when_a_village_switches_it_off(county: LiveSite, tmp_path: Path) -> None:
    for slug in ("heping", "donghu"):
        await pin(county, slug, 12)
    off = ("plugin", "disable", "sample", "--village", "heping")
    assert (await cunli(tmp_path, county.settings.database_url, *off, plugins="sample")).code == 0
    await until(lambda: jobs_in("done"))
    assert (await notes(county, "heping"), await notes(county, "donghu")) == (10, 12)
    assert (await cunli(tmp_path, county.settings.database_url, *off, plugins="sample")).code == 0
    await settled()
    assert len(await jobs_in("done")) == 1, "it was off already"


@pytest.mark.parametrize("broken", [source()])
async def test_it_is_not_told_where_it_is_on_again_by_then(county: LiveSite, broken: str) -> None:
    here, told = await village("heping"), sys.modules["cunli_broken"].told

    async def off_and_on() -> None:
        await lifecycle.switch_off("broken", here)
        await enabling.switch("broken", here.region_id, Mode.ON, village_level=True)

    await db.run_unit(off_and_on)
    await until(lambda: jobs_in("done"))
    assert told == []
    await lifecycle.switch_off("broken", here)
    await until(lambda: as_many_done(2))
    assert told == [here.id], "the control"


async def as_many_done(count: int) -> bool:
    return len(await jobs_in("done")) == count


@pytest.mark.parametrize("broken", [source(disabled=code, wrong=True) for code, _ in FAULTS.values()], ids=list(FAULTS))
async def test_t14_a_fault_while_disabling_is_kept_as_a_problem_and_tried_again(
    county: LiveSite, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        hooks.RULES, "village_disabled", hooks.HookRule(deadline=0.25 if "wait" in broken else PATIENCE)
    )
    module = sys.modules["cunli_broken"]
    await lifecycle.switch_off("broken", await village("heping"))
    assert await mode_of("broken", county, "heping") == "off", "it is off all the same"
    await until(failed_once)
    (found,) = await lifecycle.untold()
    assert (found.plugin, found.village, found.attempts, found.dead) == ("broken", "禾坪村", 1, False)
    vars(module)["wrong"] = False
    module.let_go.set()
    await let_pass(3_600_000)
    await until(lambda: told_twice(module))
    await until(nobody_untold)
    assert len(module.told) == 2


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
@pytest.mark.parametrize("broken", [source(disabled="raise KeyError", wrong=True)])
async def test_the_doctor_names_who_was_not_told_and_how_to_try_again(
    county: LiveSite, broken: str, tmp_path: Path
) -> None:
    await lifecycle.switch_off("broken", await village("heping"))
    await until(failed_once)
    (job,) = await jobs_in("waiting")
    await db.run_unit(db.write, "UPDATE core_job SET state = 'dead', attempts = 5 WHERE id = ?", job["id"])
    told = await cunli(
        tmp_path, county.settings.database_url, "plugin", "doctor", "broken", "--json", plugins="sample,broken"
    )
    ((found),) = told.json()
    assert (told.code, found["id"], "禾坪村 after 5 attempts" in found["text"]) == (1, "plugins.W108", True)
    assert f"cunli worker --retry {job['id']}" in found["hint"]


async def told_twice(module: Any) -> bool:
    return len(module.told) == 2


async def nobody_untold() -> bool:
    return not await lifecycle.untold()


async def failed_once() -> bool:
    return any(job["attempts"] and job["error"] for job in await jobs_in("waiting"))
