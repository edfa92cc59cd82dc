"""`make test` in CI ends in time: a run that hangs is given up, and says where it hung."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
HANGING = "tests/scripts/programs/hanging.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_test", ROOT / "scripts/test.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(script: ModuleType, *, seconds: float, hangs: bool, begun: Path) -> int:
    own = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "CUNLI_TEST_F"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", HANGING]
    return int(
        script.run_within(
            command,
            {**own, "HANGS": "1" if hangs else "", "BEGUN": str(begun)},
            time.monotonic() + seconds,
        )
    )


def test_a_run_that_hangs_is_given_up_and_shows_every_stack(
    script: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = run(script, seconds=15, hangs=True, begun=tmp_path / "begun")
    written = capfd.readouterr()
    assert code == script.GIVEN_UP
    assert "GIVEN UP" in written.out
    assert (tmp_path / "begun").exists(), "too short to show anything"
    assert "in test_waits_for_ever" in written.err
    with pytest.raises(ProcessLookupError):  # nothing of it is left
        os.kill(int((tmp_path / "begun").read_text("utf-8")), 0)


def test_a_run_that_ends_keeps_its_own_answer(script: ModuleType, tmp_path: Path) -> None:
    assert run(script, seconds=300, hangs=False, begun=tmp_path / "begun") == 0
