"""`cunli plugin settings`, `set` and `unset`, as an operator uses them, and what the doctor says of values that count nowhere."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cunli import db, enabling
from cunli.testing.live import LiveSite
from cunli.testing.plugins import Install, plugin_source

from .operators import Told, cunli

Command = Callable[..., Awaitable[Told]]
TOWNSHIP = ("--region", "510999001000")
SECRET = "sk-鹂-51c0"
VAULT = plugin_source(
    head="from cunli import Setting",
    manifest="settings=(Setting(key='vault.token', label='密码', help='接口用', default='', scope='county', secret=True),"
    "Setting(key='vault.open', label='开门', help='开不开', default=True))",
)


@pytest.fixture
def command(county: LiveSite, tmp_path: Path, install: Install) -> Command:
    install("vault", VAULT)

    async def run(*arguments: str, typed: str = "") -> Told:
        url = county.settings.database_url
        told = await cunli(tmp_path, url, "plugin", *arguments, typed=typed, plugins="sample,vault")
        assert "Traceback" not in told.err, told.err
        return told

    return run


async def stored() -> list[tuple[str, str]]:
    rows = await db.read("SELECT key, value FROM core_plugin_setting ORDER BY id")
    return [(row["key"], row["value"]) for row in rows]


async def test_a_setting_is_set_shown_with_whence_it_comes_and_taken_back(county: LiveSite, command: Command) -> None:
    board = "/v/heping/sample/notes"
    insert = "INSERT INTO sample_note (village_id, words) VALUES (?, ?)"
    for words in ("一", "二", "三"):
        await db.run_unit(db.write, insert, county["heping"].id, words)
    assert len((await county.visitor().open(board)).all(".p-sample-board li")) == 3
    told = await command("set", "sample", "shown", "2", *TOWNSHIP)
    assert (told.code, told.out) == (0, "sample.shown is 2 in 望溪镇\n"), told.err
    enabling.forget()  # the command was another process
    assert len((await county.visitor().open(board)).all(".p-sample-board li")) == 2, "without a restart"
    (line,) = json.loads((await command("settings", "sample", "--village", "heping", "--json")).out)
    assert (line["key"], line["value"], line["from_region"], line["default"]) == ("sample.shown", 2, "望溪镇", 20)
    assert line["set_by"] == [
        {"region": "望溪镇", "code": "510999001000", "level": "township", "value": 2, "used": True}
    ]
    listed = await command("settings", "sample")
    assert "a whole number from 1 to 50; set by a village or above" in listed.out
    assert "望溪镇 (510999001000): 2" in listed.out
    told = await command("unset", "sample", "sample.shown", *TOWNSHIP)
    assert (told.code, told.out) == (0, "望溪镇 no longer sets sample.shown; 20 counts there now\n"), told.err
    assert await stored() == []
    rows = await db.read("SELECT action FROM core_audit_entry WHERE action LIKE 'core.plugin.%set' ORDER BY id")
    assert [row["action"] for row in rows] == ["core.plugin.set", "core.plugin.unset"]


MISTAKES = {
    "a misspelt key": (("set", "sample", "shwon", "2", *TOWNSHIP), "did you mean “shown”?); it has: shown"),
    "a value out of bounds": (("set", "sample", "shown", "51", *TOWNSHIP), "a whole number from 1 to 50, not “51”"),
    "a value that is no number": (("set", "sample", "shown", "many", *TOWNSHIP), "from 1 to 50, not “many”"),
    "a switch that is neither": (("set", "vault", "open", "maybe", *TOWNSHIP), "takes on or off, not “maybe”"),
    "what is not theirs to say": (("set", "vault", "token", "x", *TOWNSHIP), "望溪镇 cannot set “vault.token”"),
    "no place": (("set", "sample", "shown", "2"), "--region CODE for a county, township or village, or --village"),
    "two places": (("set", "sample", "shown", "2", *TOWNSHIP, "--village", "heping"), "say where"),
    "no such region": (("set", "sample", "shown", "2", "--region", "510999009000"), "`cunli regions list`"),
    "a misspelt village": (("set", "sample", "shown", "2", "--village", "hepin"), "did you mean “heping”?"),
    "a misspelt plugin": (("settings", "sampel"), "did you mean “sample”?"),
    "what was never set": (("unset", "sample", "shown", *TOWNSHIP), "did not set “sample.shown”, nor anything else"),
}


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_every_mistake_is_answered_with_what_would_be_right_and_changes_nothing(
    county: LiveSite, command: Command
) -> None:
    for what, (arguments, words) in MISTAKES.items():
        told = await command(*arguments)
        assert (told.code, words in told.err) == (2, True), (what, told)
    assert await stored() == []


async def test_a_secret_is_read_from_standard_input_and_never_printed_and_the_doctor_tells_when_it_does_not_open(
    county: LiveSite, command: Command
) -> None:
    place = ("--region", "510999000000")
    told = await command("set", "vault", "token", "-", *place, typed=f"{SECRET}\n")
    assert (told.code, told.out) == (0, "vault.token is (secret) in 澜川县\n"), told.err
    listed = await command("settings", "vault", "--json", *place)
    assert SECRET not in listed.out + json.dumps(await stored(), ensure_ascii=False)
    well = await command("doctor")
    assert (well.code, well.out) == (0, "nothing is wrong with any plugin\n"), "the control"
    insert = "INSERT INTO core_plugin_setting (region_id, plugin, key, value, row_key) VALUES (?, ?, ?, ?, ?)"
    await db.run_unit(db.write, insert, county["heping"].region_id, "sample", "sample.gone", "1", "k")
    await db.run_unit(db.write, "UPDATE core_plugin_setting SET row_key = 'moved' WHERE plugin = 'vault'")
    ill = await command("doctor", "--json")
    assert (ill.code, [(p["id"], p["plugin"]) for p in ill.json()]) == (
        1,
        [("plugins.W106", "sample"), ("plugins.W106", "vault")],
    )
    for problem in ill.json():  # what it advises mends it
        advice = problem["hint"].split("cunli plugin ")[1].split(". ")[0]
        mended = await command(*advice.split(" "))
        assert mended.code == 0, mended.err
    assert (await command("doctor")).code == 0
    assert await stored() == []


async def test_the_settings_of_the_core_are_set_in_the_same_way(county: LiveSite, command: Command) -> None:
    told = await command("set", "core", "invite_days", "30", *TOWNSHIP)
    assert (told.code, told.out) == (0, "core.invite_days is 30 in 望溪镇\n"), told.err
    lines = json.loads((await command("settings", "core", "--village", "heping", "--json")).out)
    found = {line["key"]: (line["value"], line["from_region"]) for line in lines}
    assert found["core.invite_days"] == (30, "望溪镇")
    told = await command("set", "core", "done_jobs_days", "3", *TOWNSHIP)
    assert told.code == 2
    assert "set by a county or above" in told.err
    assert "no setting “theme”" in (await command("unset", "core", "theme", *TOWNSHIP)).err
    assert (await command("unset", "core", "invite_days", *TOWNSHIP)).code == 0
    rows = await db.read("SELECT action FROM core_audit_entry WHERE action LIKE 'core.setting.%' ORDER BY id")
    assert [row["action"] for row in rows] == ["core.setting.set", "core.setting.unset"]
