"""`cunli plugin`, as an operator uses it: what is there, where it is on, what is wrong and how to mend it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cunli import db, enabling
from cunli.plugin_models import Mode
from cunli.testing.databases import sqlite_url
from cunli.testing.live import LiveSite
from cunli.testing.plugins import Install

from .operators import OURS, Told, cunli

Command = Callable[..., Awaitable[Told]]
ABOVE = """
from cunli import Manifest, Plugin

class Above(Plugin):
    manifest = Manifest(label="上", summary="", requires=("sample",))

plugin = Above()
"""


@pytest.fixture
def command(county: LiveSite, tmp_path: Path) -> Command:
    async def run(*arguments: str, plugins: str = "sample", **settings: str) -> Told:
        told = await cunli(tmp_path, county.settings.database_url, *arguments, plugins=plugins, **settings)
        assert "Traceback" not in told.err, told.err
        return told

    return run


async def said(county: LiveSite) -> dict[str, str]:
    """What stands in the database: mode by the region's short name and plugin."""
    rows = await db.read(
        "SELECT r.short, s.plugin, s.mode FROM core_plugin_switch s JOIN core_region r ON r.id = s.region_id"
    )
    return {f"{row['plugin']} {row['short']}": row["mode"] for row in rows}


async def on_in(county: LiveSite) -> list[str]:
    enabling.forget()  # the command was another process
    villages = await enabling.villages_with(county.app.site.registry, "sample")
    return [slug for slug in county.villages if county[slug].id in villages]


async def audited() -> list[tuple[str, str, str]]:
    rows = await db.read("SELECT * FROM core_audit_entry WHERE action = 'core.plugin.switch' ORDER BY id")
    rows = [row for row in rows if row["by"] == "command"]
    details = [row["details"] if isinstance(row["details"], dict) else json.loads(row["details"]) for row in rows]
    return [(row["by"], row["object_id"], said["mode"]) for row, said in zip(rows, details, strict=True)]


async def test_the_list_tells_states_problems_and_where_each_is_on(
    county: LiveSite, command: Command, install: Install
) -> None:
    install("wrong", "1 / 0")
    install("idle", "raise AssertionError('imported')")
    install("newer", "raise AssertionError('imported')", requires=("cunli>=99",))
    await enabling.switch("gone", county["donghu"].region_id, Mode.ON, village_level=True)
    await enabling.switch("gone", county.township_id, Mode.REQUIRE, village_level=False)
    await enabling.switch("gone", county["waixiang"].region_id, Mode.ON, village_level=True)
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE slug = 'waixiang'")
    await enabling.switch("over", county["donghu"].region_id, Mode.OFF, village_level=True)
    await enabling.switch("sample", county.township_id, Mode.REQUIRE, village_level=False)
    told = await command("plugin", "list", "--json", plugins="sample,wrong,typo")
    found = {line["id"]: line for line in told.json() if line["id"] not in OURS}
    assert told.code == 0
    assert {name: (line["version"], line["state"], line["problems"]) for name, line in found.items()} == {
        "sample": ("1.2.3", "running", []),
        "wrong": ("1.0", "refused", ["plugins.E004"]),
        "idle": ("1.0", "off", []),
        "newer": ("1.0", "refused", ["plugins.E002"]),
        "typo": ("", "missing", ["plugins.E003"]),
        "gone": ("", "missing", ["plugins.W105"]),
        "over": ("", "missing", []),
    }
    assert found["sample"]["summary"] == "Notes that villagers pin to the board"
    counts = ("villages_on", "villages_switched_on", "regions_requiring", "regions_forbidding")
    assert [found["sample"][key] for key in counts] == [2, 1, 1, 0]
    assert [found["gone"][key] for key in counts] == [0, 1, 1, 0], "the closed village does not count"
    words = await command("plugin", "list", plugins="sample,wrong,typo")
    assert "on in 2 villages, required by 1 region" in words.out
    assert "cunli plugin doctor" in words.err


async def test_the_list_works_without_a_database(sample: Path, tmp_path: Path) -> None:
    told = await cunli(tmp_path, sqlite_url(tmp_path / "none.db"), "plugin", "list", "--json", plugins="sample")
    (line,) = (one for one in told.json() if one["id"] not in OURS)
    assert (told.code, line["state"], line["villages_on"]) == (0, "running", None)
    assert "not known" in told.err


async def test_a_village_is_switched_on_and_off_and_both_are_audited(county: LiveSite, command: Command) -> None:
    told = await command("plugin", "enable", "sample", "--village", "donghu")
    assert (told.code, told.out) == (0, "sample is on in 东湖村 (/v/donghu)\n"), told.err
    assert await on_in(county) == ["heping", "donghu"]
    visitor = county.visitor()
    assert (await visitor.open("/v/donghu/sample/notes")).status == 200, "without a restart"
    told = await command("plugin", "disable", "sample", "--village", "510999002200")
    assert told.code == 0, told.err
    assert await on_in(county) == ["heping"]
    assert (await visitor.open("/v/donghu/sample/notes")).status == 404
    assert await audited() == [("command", "sample", "on"), ("command", "sample", "off")]


async def test_a_township_and_a_county_rule_over_their_villages(county: LiveSite, command: Command) -> None:
    township, above = "510999001000", "510999000000"
    assert (await command("plugin", "rule", "sample", "require", "--region", township)).code == 0
    assert await on_in(county) == ["heping", "shangba"]
    assert (await command("plugin", "rule", "sample", "forbid", "--region", above)).code == 0
    assert await on_in(county) == []
    refused = await command("plugin", "rule", "sample", "require", "--region", township)
    assert (refused.code, "澜川县 forbids “sample”, so 望溪镇 cannot require it" in refused.err) == (2, True)
    assert f"`cunli plugin rule sample allow --region {above}`" in refused.err
    assert (await command("plugin", "rule", "sample", "allow", "--region", above)).code == 0
    assert await on_in(county) == ["heping", "shangba"]
    assert [mode for _, _, mode in await audited()] == ["require", "forbid", "allow"]


async def test_what_is_decided_above_is_refused_by_name_with_the_way_out(county: LiveSite, command: Command) -> None:
    for mode, act, words in (
        (Mode.FORBID, "enable", "望溪镇 forbids “sample”, so it cannot be on in 上坝村"),
        (Mode.REQUIRE, "disable", "望溪镇 requires “sample”, so it cannot be off in 上坝村"),
    ):
        await enabling.switch("sample", county.township_id, mode, village_level=False)
        before = await said(county)
        told = await command("plugin", act, "sample", "--village", "shangba")
        assert (told.code, words in told.err) == (2, True), told.err
        assert "`cunli plugin rule sample allow --region 510999001000`" in told.err
        assert await said(county) == before, "nothing was changed"
    await enabling.switch("sample", county.township_id, Mode.ALLOW, village_level=False)
    assert (await command("plugin", "enable", "sample", "--village", "shangba")).code == 0, "the control"


async def test_one_that_requires_another_is_told_to_wait_for_it(
    county: LiveSite, command: Command, install: Install
) -> None:
    install("above", ABOVE)
    told = await command("plugin", "enable", "above", "--village", "shangba", plugins="sample,above")
    assert (told.code, "requires sample, which is off in 上坝村" in told.err) == (2, True), told.err
    assert "`cunli plugin enable sample --village shangba`" in told.err
    assert (await command("plugin", "enable", "above", "--village", "heping", plugins="sample,above")).code == 0


MISTAKES = {
    "a misspelt plugin": (("enable", "sampel", "--village", "heping"), "did you mean “sample”?"),
    "a misspelt plugin to switch off": (("disable", "sampel", "--village", "heping"), "did you mean “sample”?"),
    "a misspelt plugin to rule": (("rule", "sampel", "forbid", "--region", "510999001000"), "did you mean “sample”?"),
    "a misspelt village": (("enable", "sample", "--village", "hepin"), "did you mean “heping”?"),
    "no village at all": (("disable", "sample", "--village", "zzz"), "`cunli village list`"),
    "a village that is ruled": (("rule", "sample", "forbid", "--region", "510999001200"), "`cunli plugin enable`"),
    "no region at all": (("rule", "sample", "allow", "--region", "510999009000"), "`cunli regions list`"),
    "another level": (("rule", "sample", "allow", "--region", "510999001000", "--level", "county"), "no county has"),
    "a plugin that is not in the settings": (("enable", "idle", "--village", "heping"), "add it to `plugins`"),
    "a plugin that is not in the settings for a county": (
        ("rule", "idle", "require", "--region", "510999000000"),
        "add it to `plugins`",
    ),
    "an unknown plugin for the doctor": (("doctor", "sampel"), "did you mean “sample”?"),
}


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_every_mistake_is_answered_with_a_way_out_and_changes_nothing(
    county: LiveSite, command: Command, install: Install
) -> None:
    install("idle", "raise AssertionError('imported')")
    before = await said(county)
    for what, (arguments, words) in MISTAKES.items():
        told = await command("plugin", *arguments)
        assert (told.code, words in told.err) == (2, True), (what, told)
    assert (await said(county), await audited()) == (before, [])


async def test_one_that_is_broken_cannot_be_switched_on_and_can_be_switched_off_without_being_run(
    county: LiveSite, command: Command, install: Install
) -> None:
    package = install("wrong", "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n1 / 0")
    await enabling.switch("wrong", county["heping"].region_id, Mode.ON, village_level=True)
    for arguments in (
        ("disable", "wrong", "--village", "heping"),
        ("rule", "wrong", "forbid", "--region", "510999001000"),
    ):
        told = await command("plugin", *arguments, plugins="sample,wrong")
        assert told.code == 0, told.err
    assert not (package / "ran").exists()
    assert (await said(county))["wrong 禾坪村"] == "off"
    told = await command("plugin", "enable", "wrong", "--village", "donghu", plugins="sample,wrong")
    assert (told.code, "plugins.E004" in told.err, (package / "ran").exists()) == (1, True, True), "the control"


@asynccontextmanager
async def recorded_as(other: str) -> AsyncIterator[None]:
    """The sample's migrations look as if they were never applied. The database is used again, so they come back."""
    rename = "UPDATE tortoise_migrations SET app = ? WHERE app = ?"
    await db.run_unit(db.write, rename, other, "sample")
    try:
        yield
    finally:
        await db.run_unit(db.write, rename, "sample", other)


async def test_the_doctor_names_problems_switches_and_waiting_migrations(
    county: LiveSite, command: Command, install: Install
) -> None:
    well = await command("plugin", "doctor")
    assert (well.code, well.out) == (0, "nothing is wrong with any plugin\n"), well.err
    install("wrong", "1 / 0")
    await enabling.switch("gone", county["heping"].region_id, Mode.ON, village_level=True)
    async with recorded_as("nobody"):
        told = await command("plugin", "doctor", "--json", plugins="sample,wrong,typo")
        one = await command("plugin", "doctor", "sample", plugins="sample,wrong,typo")
    assert told.code == 1
    assert {(p["id"], p["plugin"]) for p in told.json()} == {
        ("plugins.E003", "typo"),
        ("plugins.E004", "wrong"),
        ("plugins.E030", "sample"),
        ("plugins.W105", "gone"),
        ("plugins.W107", "nobody"),  # whose tables these seem to be
    }
    assert all(p["text"] and p["hint"] for p in told.json())
    assert one.out == (
        "plugins.E030 sample: 4 of its migrations are waiting: sample.0001_initial, sample.0002_pinned_at,"
        " sample.0003_post_index, sample.0004_author\n    → Run: cunli migrate\n"
    )
    assert one.code == 1
