"""T19: the check prints what was checked, with what, and how it fared; the directory of plugins is made from that."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cunli
from cunli.cli.plugin import plugin
from cunli.cli.plugin_new import new


def run(*arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(plugin, arguments)
    return told.exit_code, told.output


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    assert CliRunner().invoke(new, ["demo", "--into", str(tmp_path)]).exit_code == 0
    return tmp_path / "demo"


def checked(folder: Path) -> Any:
    return json.loads(run("check", str(folder), "--json")[1])


def test_t19_the_report_names_the_core_the_plugin_and_what_was_checked(demo: Path, tmp_path: Path) -> None:
    report = checked(demo)
    assert (report["format"], report["plugin"], report["passed"]) == (1, "demo", True)
    assert report["cunli"] == cunli.__version__
    assert len(report["sha256"]) == 64
    assert checked(demo)["sha256"] == report["sha256"], "the same files, the same hash"
    changed = shutil.copytree(demo, tmp_path / "changed")
    template = next((changed / "src").rglob("*.html"))
    template.write_text(template.read_text("utf-8") + "\n", "utf-8")
    assert checked(changed)["sha256"] != report["sha256"], "the control: one character more"


def test_t19_the_directory_is_made_from_reports_and_says_who_does_not_pass(demo: Path, tmp_path: Path) -> None:
    good = checked(demo)
    bad = {**good, "plugin": "wish_market", "summary": "<script>alert(1)</script>\n# 抢", "passed": False}
    bad["rules"] = [{**good["rules"][0], "passed": False, "must": True}, *good["rules"][1:]]
    for name, report in (("good", good), ("bad", bad)):
        (tmp_path / f"{name}.json").write_text(json.dumps(report), "utf-8")
    code, page = run("directory", str(tmp_path / "bad.json"), str(tmp_path / "good.json"))
    assert code == 0
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        f"## demo {good['version']}",
        f"## wish\\_market {good['version']}",
    ]
    assert good["sha256"] in page
    assert page.count("DOES NOT PASS") == 1
    assert f"breaks {good['rules'][0]['id']}" in page
    assert "<script>" not in page
    assert "\n# 抢" not in page


def test_t19_what_is_no_report_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text('{"plugin": "demo"}', "utf-8")
    (tmp_path / "text.json").write_text("not JSON", "utf-8")
    for name, why in (("old", "it lacks"), ("text", "cannot be read"), ("nothing", "cannot be read")):
        code, told = run("directory", str(tmp_path / f"{name}.json"))
        assert (code, why in told, f"{name}.json" in told) == (2, True, True), told
