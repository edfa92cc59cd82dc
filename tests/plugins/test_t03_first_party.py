"""T3: each first-party plugin and provider passes its own tests from its wheel and the core's, with no checkout on the path.

A copy of its folder is tested whose `src` is on no path: the contract builds the wheel from there, as `cunli plugin check` does,
and everything else comes from the wheel that was installed (see the control). In CI one file of two of them runs, on SQLite; `CUNLI_TEST_NIGHTLY`
(`make nightly NAME=wheels`) runs all of them.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .elsewhere import NIGHTLY, OURS, PATIENCE, QUICK, ROOT, Elsewhere, environment

HOURS = 3 * 3600  # seconds for the whole suite of a plugin on a small machine
OWN = {path.parent.name: path.parent for path in sorted(ROOT.glob("p*/*/pyproject.toml"))}
# The file that runs in CI: one that goes through pages, rows, templates and migrations. A plugin that is not named: the first.
SAMPLE = {"mailbox": "test_letters.py", "market": "test_buying.py", "party": "test_school.py"}


# CI asks one plugin and one provider from their wheels; that nothing is missing from a wheel the contract of each asks in its own suite.
ASKED = ("mailbox", "wechatpay") if QUICK else tuple(OWN)


def sample_of(plugin: str) -> list[str]:
    """The test files that run of a plugin."""
    if NIGHTLY:
        return ["tests"]
    there = sorted(path.name for path in (OWN[plugin] / "tests").glob("test_*.py"))
    return [f"tests/{SAMPLE[plugin] if SAMPLE.get(plugin) in there else there[0]}"]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """An environment with the wheels of the core, the themes and all of ours: a suite may pay through a provider of ours."""
    found = environment(tmp_path_factory.mktemp("first-party"))
    for source in (*(ROOT / name for name in OURS), *OWN.values()):
        found.install(source)
    return found


def copy_of(plugin: str, elsewhere: Elsewhere, name: str = "") -> Path:
    """A plugin's folder, away from the checkout."""
    mine = elsewhere.folder / (name or plugin)
    shutil.copytree(OWN[plugin], mine, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    return mine


@pytest.mark.slow
@pytest.mark.timeout(HOURS if NIGHTLY else PATIENCE)
@pytest.mark.parametrize("plugin", ASKED)
def test_t03_a_first_party_plugin_passes_its_own_tests_with_nothing_but_wheels(
    plugin: str, elsewhere: Elsewhere
) -> None:
    mine = copy_of(plugin, elsewhere)
    for module in ("cunli", f"cunli_{plugin}"):
        assert elsewhere.home_of(module).is_relative_to(elsewhere.packages), module
    told = elsewhere.run(
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *(("-n", "2", "--dist", "loadfile") if NIGHTLY else QUICK),
        *sample_of(plugin),
        folder=mine,
        patience=HOURS if NIGHTLY else PATIENCE,
    )
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    passed = re.search(r"(\d+) passed", told.stdout)
    assert passed is not None
    print(plugin, passed[0])


@pytest.mark.slow
def test_t03_control_a_plugin_whose_templates_are_not_in_its_wheel_fails_its_own_tests(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    mine = copy_of("mailbox", elsewhere, "control")
    assert (mine / "src/cunli_mailbox/templates/mailbox").is_dir(), "they are in the copy, which nobody asks"
    folder = elsewhere.packages / "cunli_mailbox/templates/mailbox"
    shutil.move(folder, tmp_path / "mailbox")
    try:
        told = elsewhere.run(
            "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "sqlite", "tests/test_letters.py", folder=mine
        )
    finally:
        shutil.move(tmp_path / "mailbox", folder)
    assert told.returncode == 1, told.stdout[-2000:]
