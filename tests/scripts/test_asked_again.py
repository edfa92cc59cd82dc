"""`make test` asks a failure a second time, alone: what fails twice has failed, what passes is named as unsteady."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLANTED = "tests/scripts/programs/planted.py"
APART = "tests/scripts/programs/apart/tests/planted_apart.py"


def ask(folder: Path, *, failing: int, what: str = PLANTED) -> subprocess.CompletedProcess[str]:
    own = {
        name: text
        for name, text in os.environ.items()
        if name != "CI" and not name.startswith(("PYTEST", "CUNLI_TEST_F"))
    }
    return subprocess.run(
        [sys.executable, "scripts/test.py", "-q", what],
        cwd=ROOT,
        env={**own, "PLANTED": str(folder), "FAILING": str(failing)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_fails_once_and_passes_alone_is_passed_and_named(tmp_path: Path) -> None:
    asked = ask(tmp_path, failing=0)
    assert asked.returncode == 0, asked.stdout
    assert "1 failed" in asked.stdout
    assert "test_fails_once" in asked.stdout.split("UNSTEADY")[1]


def test_a_suite_with_settings_of_its_own_is_asked_again_too(tmp_path: Path) -> None:
    asked = ask(tmp_path, failing=0, what=APART)
    assert asked.returncode == 0, asked.stdout
    assert f"{APART}::test_fails_once" in asked.stdout.split("UNSTEADY")[1]


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    asked = ask(tmp_path, failing=2)
    assert asked.returncode == 1, asked.stdout
    assert "asked again" in asked.stdout
    assert "UNSTEADY" not in asked.stdout


def test_many_failures_are_failures_at_once(tmp_path: Path) -> None:
    asked = ask(tmp_path, failing=4)
    assert asked.returncode == 1, asked.stdout
    assert "asked again" not in asked.stdout
