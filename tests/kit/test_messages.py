"""`cunli plugin messages`: catalogues follow the source, keep what is translated, and a check says what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cunli.cli import command_line


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(command_line, ["plugin", "new", "demo"]).exit_code == 0
    return tmp_path / "demo"


def messages(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(command_line, ["plugin", "messages", str(folder), *options])


def catalogue(folder: Path, locale: str = "en") -> Path:
    return folder / f"src/cunli_demo/locale/{locale}/LC_MESSAGES/messages.po"


def test_a_new_plugin_is_complete(demo: Path) -> None:
    before = catalogue(demo).read_bytes()
    told = messages(demo, "--check")
    assert (told.exit_code, "0 to translate, up to date" in told.output) == (0, True), told.output
    messages(demo)
    assert catalogue(demo).read_bytes() == before, "nothing is written anew"


def test_what_is_new_is_added_what_is_gone_is_taken_out_and_what_is_translated_stays(demo: Path) -> None:
    template = demo / "src/cunli_demo/templates/demo/wall.html"
    template.write_text(template.read_text("utf-8").replace("墙上还空着", "墙上什么也没有"), "utf-8")
    told = messages(demo, "--check")
    assert (told.exit_code, "1 to translate, out of date" in told.output) == (1, True), told.output
    assert "墙上还空着" in catalogue(demo).read_text("utf-8"), "a check changes nothing"
    told = messages(demo)
    assert told.exit_code == 0
    assert "  墙上什么也没有" in told.output.splitlines()
    text = catalogue(demo).read_text("utf-8")
    assert "墙上还空着" not in text
    assert 'msgid "心愿墙"\nmsgstr "Wishes"' in text
    assert messages(demo, "--check").exit_code == 1, "there are no words for it yet"
    catalogue(demo).write_text(
        text.replace('msgid "墙上什么也没有"\nmsgstr ""', 'msgid "墙上什么也没有"\nmsgstr "Empty"')
    )
    assert messages(demo, "--check").exit_code == 0


@pytest.mark.parametrize(("new", "more"), [(20, ""), (69, "  … and 49 more")])
def test_a_long_list_says_how_many_more_there_are(new: int, more: str, demo: Path) -> None:
    words = "".join(f'{{{{ _("新的话{number}") }}}}' for number in range(new))
    (demo / "src/cunli_demo/templates/demo/more.html").write_text(words, "utf-8")
    lines = messages(demo).output.splitlines()
    at = next(number for number, line in enumerate(lines) if f"{new} to translate" in line)
    shown = [line for line in lines[at + 1 :] if line.startswith("  ")]
    assert [line for line in shown if "新的话" not in line] == ([more] if more else [])
    assert len(shown) == 20 + bool(more)


def test_another_language_is_begun_and_kept_from_then_on(demo: Path) -> None:
    assert messages(demo, "--locale", "zh_Hant").exit_code == 0
    assert 'msgid "心愿墙"\nmsgstr ""' in catalogue(demo, "zh_Hant").read_text("utf-8")
    assert "zh_Hant" in messages(demo).output


def test_what_cannot_be_read_is_named(demo: Path, tmp_path: Path) -> None:
    catalogue(demo).write_text('msgid "x\n')
    told = messages(demo)
    assert (told.exit_code, "cannot be read" in told.output) == (1, True), told.output
    (tmp_path / "empty").mkdir()
    told = messages(tmp_path / "empty")
    assert (told.exit_code, "should hold one package" in told.output) == (2, True), told.output


@pytest.mark.parametrize("options", [("--isolated",), ()], ids=["default", "strict"])
def test_a_new_plugin_passes_ruff(demo: Path, options: tuple[str, ...]) -> None:
    """With the rules that ruff has by itself, and with all of them but the few that its pyproject.toml names."""
    assert 'select = ["ALL"]' in (demo / "pyproject.toml").read_text("utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    told = subprocess.run([*ruff, "check", *options, "."], cwd=demo, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout
    formatted = subprocess.run([*ruff, "format", "--check", "."], cwd=demo, check=False, capture_output=True, text=True)
    assert formatted.returncode == 0, formatted.stdout
    (demo / "src/cunli_demo/actions.py").write_text("import os\n")
    told = subprocess.run([*ruff, "check", *options, "."], cwd=demo, check=False, capture_output=True, text=True)
    assert told.returncode == 1, "the control"
