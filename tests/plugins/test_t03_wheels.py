"""T3: everything works from wheels alone, in an environment outside the checkout: the tests of this folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .elsewhere import PATIENCE, QUICK, ROOT, Elsewhere, elsewhere

__all__ = ["elsewhere"]


# Every test of T1 to T20 but this one; a part is one run, for which the databases are made once. What the tests use of the
# checkout (scripts/, for T13) is looked up there; Cunli comes from its wheels. In CI they run on SQLite, because on PostgreSQL they
# have just run from the checkout; `make nightly NAME=wheels` runs them on both.
PARTS = {
    "t01 to t08": ("test_t01", "test_t02", "test_t04", "test_t05", "test_t06", "test_t07", "test_t08"),
    "t09 to t13": ("test_t09", "test_t10", "test_t11", "test_t12", "test_t13"),
    "t14 to t20": ("test_t14", "test_t15", "test_t17", "test_t18", "test_t19", "test_t20"),
}


def files_of(part: str) -> list[Path]:
    return [p for p in sorted(Path(__file__).parent.glob("test_t*.py")) if p.name.startswith(PARTS[part])]


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("part", PARTS)
def test_t03_the_tests_of_this_folder_pass_on_the_wheels(part: str, elsewhere: Elsewhere) -> None:
    tests = [str(path) for path in files_of(part)]
    told = elsewhere.run("pytest", "-q", "-p", "no:cacheprovider", *QUICK, f"--rootdir={ROOT}", *tests, tools=str(ROOT))
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]


def test_t03_no_test_is_left_out_and_none_runs_twice() -> None:
    here = sorted(p for p in Path(__file__).parent.glob("test_t[0-9]*.py") if not p.name.startswith("test_t03"))
    assert sorted(path for part in PARTS for path in files_of(part)) == here
    assert {int(path.name[6:8]) for path in here} | {3, 15, 16} == set(range(1, 21)), "t15 and t16: tests/kit"


def test_t03_the_core_is_not_that_of_the_checkout(elsewhere: Elsewhere) -> None:
    told = elsewhere.run("cunli", "plugin", "list", tools=str(ROOT))
    assert told.returncode in (0, 2), told.stderr  # without settings it says what to do
    code = "import cunli, scripts; print(cunli.__file__); print(scripts.__path__)"
    (elsewhere.folder / "look.py").write_text(code)
    mine, tools = elsewhere.run("look", tools=f"{ROOT}:{elsewhere.folder}").stdout.splitlines()
    assert Path(mine).is_relative_to(elsewhere.packages)
    assert str(ROOT) in tools, "the control: the checkout can be seen"


@pytest.mark.slow
def test_t03_control_a_wheel_without_its_templates_is_noticed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    folder, away = elsewhere.packages / "cunli_theme_qianmo/templates/console", tmp_path / "console"
    shutil.move(folder, away)
    test = str(Path(__file__).parent / "test_t20_observed.py")
    try:
        told = elsewhere.run(
            "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not postgres", f"--rootdir={ROOT}", test
        )
    finally:
        shutil.move(away, folder)
    assert told.returncode == 1, told.stdout[-2000:]
