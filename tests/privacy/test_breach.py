"""The notices of a breach hold every field of 个人信息保护法 57, and none is written with one of them empty."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from cunli.cli.breach import breach
from cunli.clock import now, village_zone

FIELDS = {
    "--county": "和平县人民政府办公室",
    "--kinds": "姓名、手机号",
    "--cause": "备份文件放错了地方，别人下载得到",
    "--harm": "可能有人冒充干部打电话骗钱",
    "--done": "文件已经删掉，下载记录已经交给公安",
    "--advice": "接到要钱的电话先挂掉，问村干部",
    "--contact": "县信息办 0830-1234567",
}
REST = ["--happened", "leaked", "--people", "321"]
FOUND = ["--found", "2026-03-01 09:05"]


def written(*more: str, without: str = "", **options: str) -> tuple[int, str]:
    given = {**FIELDS, **{f"--{name}": value for name, value in options.items()}}
    words = [part for name, value in given.items() if name != without for part in (name, value)]
    done = CliRunner().invoke(breach, [*words, *REST, *(() if "--found" in more else FOUND), *more])
    return done.exit_code, done.stdout


@pytest.mark.parametrize("reader", ["authority", "people"])
def test_each_notice_holds_every_field_of_the_law(reader: str) -> None:
    code, said = written("--for", reader)
    assert code == 0
    for value in FIELDS.values():
        assert value in said
    assert "泄露" in said
    assert "2026年3月1日9时05分" in said
    assert ("第五十七条" in said and "约 321 人" in said) == (reader == "authority")
    assert ("有人这样要，是骗子" in said) == (reader == "people")


def test_both_are_written_unless_one_is_asked_for_and_doubt_is_said() -> None:
    code, said = written("--maybe", "--happened", "lost")
    assert code == 0
    assert "个人信息安全事件报告" in said
    assert "告诉乡亲一件事：个人信息可能出了问题" in said
    assert "可能泄露、丢失" in said


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_nothing_is_written_with_a_field_empty_or_missing(name: str) -> None:
    for code, said in (written(**{name.removeprefix("--"): "  "}), written(without=name)):
        assert code != 0
        assert "报告单位" not in said


def test_a_day_to_come_is_refused_and_a_minute_ago_is_not() -> None:
    for ago, code in ((-60, 2), (1, 0)):
        at = (now() - timedelta(minutes=ago)).astimezone(village_zone())
        assert written("--found", f"{at:%Y-%m-%d %H:%M}")[0] == code
