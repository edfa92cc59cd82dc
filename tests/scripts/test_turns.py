"""Where time is short tests take turns on the two databases: none is lost, each has its own, and money has both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def collected(turns: str) -> list[str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "CUNLI_TEST_"))}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-p",
            "no:randomly",
            "tests/scripts/programs/on_two.py",
        ],
        cwd=ROOT,
        env=own | ({"CUNLI_TEST_TURNS": turns} if turns else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.parametrize("turns", ["", "/somewhere/else"])
def test_without_turns_everything_runs_on_both(turns: str) -> None:
    assert len(collected(turns)) == 44


def test_each_test_has_a_database_and_both_have_tests() -> None:
    chosen = collected(str(ROOT))
    anything = [name for name in chosen if name.startswith("test_anything")]
    assert len({name.replace("sqlite", "*").replace("postgres", "*") for name in anything}) == len(anything) == 20
    assert 0 < len([name for name in anything if "postgres" in name]) < 20
    assert {"test_money[sqlite]", "test_money[postgres]", "test_notify[postgres]", "test_nothing_stored"} < set(chosen)
    assert collected(str(ROOT)) == chosen, "every process chooses the same"
