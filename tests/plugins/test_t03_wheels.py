"""T3: everything works from wheels alone, in an environment outside the checkout: the tests of this folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .elsewhere import ROOT, Elsewhere, elsewhere

__all__ = ["elsewhere"]
# The tests by name, on SQLite: the whole run tries both databases. T6 and T18 start
# processes of their own checkout, T13 compares it with its history, T3 is this.
NOT_HERE = ("test_t03", "test_t06", "test_t13", "test_t18")


@pytest.mark.slow
def test_t03_the_tests_of_this_folder_pass_on_the_wheels(elsewhere: Elsewhere) -> None:
    tests = [str(p) for p in sorted(Path(__file__).parent.glob("test_t*.py")) if not p.name.startswith(NOT_HERE)]
    told = elsewhere.run("pytest", "-q", "-p", "no:cacheprovider", "-k", "not postgres", f"--rootdir={ROOT}", *tests)
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]


@pytest.mark.slow
def test_t03_control_a_wheel_without_its_templates_is_noticed(elsewhere: Elsewhere) -> None:
    shutil.rmtree(elsewhere.packages / "cunli_theme_qianmo/templates/console")
    test = str(Path(__file__).parent / "test_t20_observed.py")
    told = elsewhere.run(
        "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not postgres", f"--rootdir={ROOT}", test
    )
    assert told.returncode == 1, told.stdout[-2000:]
