"""What plugins bring for operators: commands that run as the core's own do, and findings about themselves."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cunli import db
from cunli.findings import own_findings
from cunli.testing.live import LiveSite

from .operators import Told, cunli

Command = Callable[..., Awaitable[Told]]
BROKEN = """
import asyncio
import click
from cunli import Finding, Manifest, Plugin, hookimpl

let_go = asyncio.Event()

@click.command()
@click.argument("how")
async def go(how):
    if how == "refuses":
        raise click.ClickException("今天不行")
    raise KeyError("words of" + " people")

class Broken(Plugin):
    manifest = Manifest(label="坏", summary="")

    @hookimpl
    def commands(self):
        return (go,)

    @hookimpl
    async def checks(self, ctx):
        {checks}

plugin = Broken()
"""
FAULTS = {
    "raises": ("raise KeyError", "plugins.W101"),
    "hangs": ("await let_go.wait()", "plugins.W102"),
    "rubbish": ("return ['x']", "plugins.W103"),
    "speaks for another": ("return [Finding(id='sample.full', text='x', hint='x')]", "plugins.W103"),
}
FINDS = BROKEN.format(checks="return [Finding(id='broken.late', text='钟慢了 {5 分钟}', hint='拨快')]")


@pytest.fixture
def command(county: LiveSite, tmp_path: Path) -> Command:
    async def run(*arguments: str, plugins: str = "sample") -> Told:
        return await cunli(tmp_path, county.settings.database_url, *arguments, plugins=plugins)

    return run


@pytest.mark.parametrize("broken", [FINDS])
async def test_a_plugins_command_runs_with_the_database_open_in_the_village_that_is_named(
    county: LiveSite, broken: str, command: Command
) -> None:
    for slug, notes in (("heping", 2), ("shangba", 1)):
        for n in range(notes):
            values = (county[slug].id, f"条子 {n}")
            await db.run_unit(db.write, "INSERT INTO sample_note (village_id, words) VALUES (?, ?)", *values)
    told = await command("plugin", "run", "--village", "heping", "sample", "count")
    assert (told.code, told.out) == (0, "2 notes\n"), told.err
    told = await command("plugin", "run", "--village", "heping", "sample", "count", "--most", "1")
    assert told.out == "1 notes\n"
    told = await command("plugin", "run", "sample")
    assert told.out == "cunli plugin run sample count\n    Say how many notes are on the board.\n"
    told = await command("plugin", "run", "sample", "cuont")
    assert (told.code, "did you mean “count”" in told.err) == (2, True)
    told = await command("plugin", "run", "broken", "go", "refuses")  # it is installed and not in the settings
    assert (told.code, "no plugin of the settings is called “broken”" in told.err) == (2, True)
    told = await command("plugin", "run", "broken", "go", "refuses", plugins="sample,broken")
    assert (told.code, told.err) == (1, "Error: 今天不行\n")
    told = await command("plugin", "run", "broken", "go", "fails", plugins="sample,broken")
    assert (told.code, told.err.splitlines()[-1]) == (1, "cunli: broken: go failed with KeyError")
    assert "words of people" not in told.err


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
@pytest.mark.parametrize("broken", [FINDS])
async def test_what_a_plugin_finds_is_said_by_the_doctor_and_on_its_page(
    county: LiveSite, broken: str, command: Command
) -> None:
    told = await command("plugin", "doctor", plugins="sample,broken")
    assert (told.code, told.out) == (1, "broken.late broken: 钟慢了 {5 分钟}\n    → 拨快\n"), told.err
    official = await county.sign_in(await county.county_admin())
    page = await official.open("/admin/plugins/broken")
    assert "broken.late" in page.text
    assert "钟慢了 {5 分钟}" in page.text
    assert "broken.late" not in (await official.open("/admin/plugins/sample")).text


@pytest.mark.parametrize(
    ("broken", "fault"), [(BROKEN.format(checks=code), fault) for fault, (code, _) in FAULTS.items()], ids=list(FAULTS)
)
async def test_t14_a_check_that_fails_is_itself_what_is_wrong(
    county: LiveSite, broken: str, fault: str, soon_given_up: None
) -> None:
    for n in range(60):
        values = (county["heping"].id, f"条子 {n}")
        await db.run_unit(db.write, "INSERT INTO sample_note (village_id, words) VALUES (?, ?)", *values)
    registry = county.app.site.registry
    found = await own_findings(registry, registry.running)
    assert [(p.plugin, p.id) for p in found] == [("broken", FAULTS[fault][1]), ("sample", "sample.full")]
    assert found[1].told("zh") == ("板上有 60 张条子", "清理一下")
    sys.modules["cunli_broken"].let_go.set()
