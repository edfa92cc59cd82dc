"""The impact assessment: made from the map, the settings and the plugins; printed by the county, by nobody else."""

from __future__ import annotations

from click.testing import CliRunner

from cunli.care.data_map import data_map
from cunli.cli import impact as command
from cunli.compliance.impact import impact, says_something
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.testing.live import LiveSite


def test_every_column_about_people_is_in_it() -> None:
    found = impact(Settings.model_validate({"dev": True}), Registry())
    listed = {(held.label, what) for one in found.activities for held in one.held for what in held.what}
    wanted = {(table.label, one.what) for table in data_map() for one in table.columns if says_something(one)}
    assert listed == wanted
    assert any("登记" in held.label for one in found.activities for held in one.held)


def test_who_gets_data_is_read_from_the_settings() -> None:
    quiet = impact(Settings.model_validate({"dev": True, "code_sender": "console", "channels": []}), Registry())
    assert quiet.handed_out == ()
    loud = impact(
        Settings.model_validate({"dev": True, "code_sender": "aliyun", "channels": ["email", "console"]}), Registry()
    )
    assert loud.handed_out == (("发登录短信", "aliyun"), ("送消息", "email"))


async def test_the_county_prints_it_and_a_village_does_not(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    page = await county.open("/admin/impact")
    for words in ("第五十五条", "不满 14 岁的孩子用账号", "负责人签字", "三年", "敏感个人信息"):
        assert words in page.text
    for who in (await site.village_admin(), await site.township_admin(), await site.villager("罗春秀")):
        assert (await (await site.sign_in(who)).open("/admin/impact")).status == 403


def test_the_command_prints_blanks_to_fill_in() -> None:
    settings = Settings.model_validate({"dev": True})
    said = "\n".join(command._lines(impact(settings, Registry())))
    assert said.startswith("# 个人信息保护影响评估")
    assert "____" in said
    assert "至少留 3 年" in said
    assert CliRunner().invoke(command.impact, ["--help"]).exit_code == 0
