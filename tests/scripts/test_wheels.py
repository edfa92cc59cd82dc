"""`scripts/wheels.py`: it says what it takes, and puts the wheels where it is told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import wheels

Asked = list[list[str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The builds that would be started."""
    found: Asked = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        found.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("subprocess.run", run)
    return found


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["wheels.py", *arguments])
    try:
        return wheels.main()
    except SystemExit as exc:
        return int(exc.code or 0)


def test_help_and_mistakes_build_nothing(
    monkeypatch: pytest.MonkeyPatch, asked: Asked, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert told(monkeypatch, "--help") == 0
    assert "folder to put them into" in capsys.readouterr().out
    (tmp_path / "file").write_text("")
    assert told(monkeypatch, str(tmp_path / "file")) == 2
    assert told(monkeypatch, "--wrong") == 2
    assert asked == []


def test_wheels_go_into_dist_or_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, asked: Asked, tmp_path: Path
) -> None:
    assert told(monkeypatch) == 0
    assert {command[command.index("--outdir") + 1] for command in asked} == {str(wheels.ROOT / "dist")}
    built = {Path(command[-1]).name for command in asked}
    assert {"core", "market", "qianmo"} <= built
    asked.clear()
    assert told(monkeypatch, str(tmp_path / "here")) == 0
    assert {command[command.index("--outdir") + 1] for command in asked} == {str(tmp_path / "here")}
