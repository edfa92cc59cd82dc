"""The guide on payments is followed to the letter: its plugin is written down, its migration made, and its tests run, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import write_how_tos

PROJECT = """
[project]
name = "cunli-firewood"
version = "1.0"

[project.entry-points."cunli.plugins"]
firewood = "cunli_firewood:plugin"

[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "session"
asyncio_default_test_loop_scope = "session"
filterwarnings = ["error"]
"""


@pytest.fixture
def firewood(tmp_path: Path) -> Path:
    """The folder of somebody who did what the guide says."""
    write_how_tos(tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "cunli_firewood/migrations").mkdir()
    (tmp_path / "cunli_firewood/migrations/__init__.py").touch()
    told = run(tmp_path, "cunli", "plugin", "migration", "firewood")
    assert told.returncode == 0, told.stderr
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def judged(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "pytest", "-q", "-p", "no:cacheprovider", *options, "tests/test_firewood.py")


def test_the_plugin_of_the_guide_passes_the_tests_of_the_guide(firewood: Path) -> None:
    written = (firewood / "cunli_firewood/migrations/0001_initial.py").read_text("utf-8")
    assert "firewood_line" in written
    assert "('journal', 'account')" in written
    assert "nothing to write" in run(firewood, "cunli", "plugin", "migration", "firewood").stdout
    told = judged(firewood)
    assert told.returncode == 0, told.stdout[-3000:]
    assert "4 passed" in told.stdout


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ('found.state == "paid":', 'found.state != "closed":'),  # whatever the notice hints at is believed
        ("and await close_payment(load.key)", ""),  # it ends, though nobody knows whether it is paid
    ],
)
def test_the_control_one_care_less_and_they_fail(firewood: Path, said: str, instead: str) -> None:
    module = firewood / "cunli_firewood/paying.py"
    source = module.read_text("utf-8")
    assert said in source
    module.write_text(source.replace(said, instead), "utf-8")
    told = judged(firewood, "-x", "-k", "sqlite")
    assert told.returncode == 1, told.stdout[-3000:]
    assert " failed" in told.stdout
