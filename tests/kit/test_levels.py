"""The levels good and excellent of `cunli plugin check`: each rule broken by what breaks it alone, and reasons for leaving one out."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cunli.cli.plugin import plugin
from cunli.hooks import RULES as RULES_OF_HOOKS
from cunli.kit import exempt
from cunli.kit.rules import BEYOND, LEVELS, RULES, up_to
from cunli.kit.subject import IN_A_BROWSER, Subject, Unusable
from tests.kit.conftest import Break

PEOPLE = ("Name: cunli-demo", "Name: cunli-demo\nAuthor: 李梅\nMaintainer-email: Wang Er <wang@example.org>")
NO_README = "Metadata-Version: 2.4\nName: cunli-demo\nVersion: 0.1.0\n"


@pytest.fixture
def folder(demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo, tmp_path / "source"))


@pytest.fixture
def mine(broken: Break, subject: Subject, folder: Path) -> Subject:
    """A subject of which nothing has to be run: other programs have found nothing wrong with it."""
    wrong = broken({"INFO/METADATA": PEOPLE}, folder)
    known = {
        "probed": subject.probed,
        "walked": {},
        "laid_out": {rule: [] for rule in IN_A_BROWSER},
        "typed": [],
        "tested": {"failed": [], "called": subject.probed["hooks"]},
    }
    wrong.__dict__.update(known)
    return wrong


def failing(subject: Subject) -> dict[str, list[str]]:
    return {rule.id: found for rule in BEYOND if (found := list(rule.look(subject)))}


def test_what_has_everything_is_excellent(mine: Subject) -> None:
    assert failing(mine) == {}
    assert mine.probed["hooks"], "the control: there are hooks to be called"


def test_each_rule_beyond_basic_is_broken_by_what_it_is_about(mine: Subject, folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text("# Changes\n\n## 0.0.9\n")
    mine.__dict__["typed"] = ["cunli_demo/pages.py:3: error: no"]
    mine.__dict__["tested"] = {"failed": ["FAILED tests/test_demo.py::test_x"], "called": ["menu_items"]}
    mine.__dict__["laid_out"] = {rule: ["not tried: no browser"] for rule in IN_A_BROWSER}
    (info,) = mine.site.glob("*.dist-info")
    (info / "METADATA").write_text(NO_README)
    alone = failing(mine)
    assert list(alone) == [rule.id for rule in BEYOND]
    assert alone["kit.K902"] == ["CHANGELOG.md begins with 0.0.9, and the wheel is 0.1.0"]
    assert alone["kit.K903"] == ["its metadata names nobody"]
    assert "slot_fragments is never called" in alone["kit.K905"]


def test_a_wheel_alone_cannot_show_its_tests_and_changes(mine: Subject) -> None:
    alone = Subject(
        mine.name, mine.module, mine.site, PathDistribution(next(mine.site.glob("*.dist-info"))), mine.files
    )
    alone.__dict__.update(mine.__dict__ | {"source": None})
    assert set(failing(alone)) == {"kit.K902", "kit.K904", "kit.K905"}


def test_levels_hold_what_stands_below_them() -> None:
    assert up_to("good") == ("basic", "good")
    assert {rule.level for rule in RULES} == {"basic"}
    assert {rule.level for rule in BEYOND} == {"good", "excellent"}
    assert LEVELS[-1] == "excellent"
    assert all(len(rule.advice) > 20 for rule in BEYOND)


# -- reasons ------------------------------------------------------------------------------------------------------------


def said(folder: Path, text: str) -> None:
    (folder / exempt.NAME).write_text(text, "utf-8")


def test_a_rule_is_left_out_for_a_reason_and_only_one_above_basic(mine: Subject, folder: Path) -> None:
    allowed = [rule.id for rule in BEYOND]
    assert exempt.exemptions(mine, allowed) == {}
    said(folder, '[exempt]\n"kit.K903" = "只有我一个人"\n')
    assert exempt.exemptions(mine, allowed) == {"kit.K903": "只有我一个人"}
    wrong = {
        '[exempt]\n"kit.K304" = "I like it"\n': "no rule that may be left out",
        '[exempt]\n"kit.K903" = " "\n': "needs a reason",
        '[exempt]\n"kit.K903" = 1\n': "needs a reason",
        "exempt = 1\n": "holds lines like",
        "[[": "cannot be read",
    }
    for text, says in wrong.items():
        said(folder, text)
        with pytest.raises(Unusable, match=says):
            exempt.exemptions(mine, allowed)


# -- the command, with a key ---------------------------------------------------------------------------------------------


@pytest.fixture
def told_nothing(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What walking, typing and testing would say; nothing is run."""
    walked: dict[str, list[str]] = {}
    monkeypatch.setattr(Subject, "walked", walked)
    monkeypatch.setattr(Subject, "laid_out", {rule: list[str]() for rule in IN_A_BROWSER})
    monkeypatch.setattr(Subject, "typed", [])
    monkeypatch.setattr(Subject, "tested", {"failed": [], "called": [*RULES_OF_HOOKS]})
    return walked


def run(*arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(plugin, arguments)
    return told.exit_code, told.output


def test_a_plugin_is_as_good_as_it_is_asked_to_be(folder: Path, told_nothing: dict[str, list[str]]) -> None:
    assert run("check", str(folder), "--level", "good")[0] == 0
    code, told = run("check", str(folder), "--level", "excellent")
    assert (code, "WRONG  kit.K903" in told) == (1, True)
    said(folder, '[exempt]\n"kit.K903" = "Only me, for now."\n')
    code, told = run("check", str(folder), "--level", "excellent")
    assert (code, "look   kit.K903" in told, "→ Only me, for now." in told) == (0, True, True), told
    told_nothing["kit.K725"] = ["not reached: POST /tools/{key}/down"]
    code, told = run("check", str(folder), "--level", "good")
    assert (code, "look   kit.K725" in told, "not reached: POST /tools/{key}/down" in told) == (0, True, True), told
    told_nothing["kit.K710"] = ["GET / holds the markup that was typed"]
    code, told = run("check", str(folder), "--level", "good")
    assert (code, "WRONG  kit.K710" in told) == (1, True)
    assert run("check", str(folder))[0] == 0, "the control: basic does not walk"


def test_t19_a_signed_report_is_taken_from_its_signer_and_refused_when_it_was_changed(
    folder: Path, tmp_path: Path
) -> None:
    key, other, report = tmp_path / "key.pem", tmp_path / "other.pem", tmp_path / "report.json"
    code, public = run("key", str(key))
    assert (code, key.stat().st_mode & 0o077) == (0, 0)
    assert run("key", str(key))[0] == 2, "it is not overwritten"
    run("key", str(other))
    code, told = run("check", str(folder), "--sign", str(key))
    assert code == 0
    report.write_text(told, "utf-8")
    code, page = run("directory", str(report), "--trust", public.strip())
    assert (code, f"- signed by `{public.strip()}`" in page) == (0, True), page
    code, page = run("directory", str(report), "--trust", "c29tZWJvZHkgZWxzZQ==")
    assert (code, "does not name that key" in page) == (2, True)
    lied: dict[str, Any] = json.loads(told)
    for change in ({"version": "9.9"}, {"signature": {"key": "x", "value": "y"}}, {"signature": 1}):
        report.write_text(json.dumps({**lied, **change}), "utf-8")
        code, page = run("directory", str(report))
        assert (code, "was changed after it was signed" in page) == (2, True), change
    code, told = run("check", str(folder), "--sign", str(report))
    assert (code, "is no private key" in told) == (2, True)
