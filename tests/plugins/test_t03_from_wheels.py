"""T3: what others write works from wheels alone: a new plugin, and the worked examples with their own tests."""

from __future__ import annotations

import re
import shutil

import pytest

from .elsewhere import QUICK, ROOT, Elsewhere, elsewhere

__all__ = ["elsewhere"]
EXAMPLES = [p.parent.name for p in sorted(ROOT.glob("examples/*/pyproject.toml"))]


@pytest.mark.slow
def test_t03_a_plugin_is_written_installed_and_holds_to_the_contract_with_nothing_but_wheels(
    elsewhere: Elsewhere,
) -> None:
    assert elsewhere.home_of("cunli").is_relative_to(elsewhere.packages)
    assert not elsewhere.home_of("pluggy").is_relative_to(elsewhere.packages), "what others wrote is not copied"
    written = elsewhere.run("cunli", "plugin", "new", "demo")
    assert written.returncode == 0, written.stdout + written.stderr
    elsewhere.install(elsewhere.folder / "demo")
    told = elsewhere.run(
        "pytest", "-q", "-p", "no:cacheprovider", "-k", "not postgres", folder=elsewhere.folder / "demo"
    )
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    passed = re.search(r"(\d+) passed", told.stdout)
    assert passed is not None
    assert int(passed[1]) > 40, "the contract ran"


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_t03_a_worked_example_passes_its_own_tests_with_nothing_but_wheels(example: str, elsewhere: Elsewhere) -> None:
    """As somebody else would write it, outside of our plugins: the contract too."""
    mine = elsewhere.folder / example
    shutil.copytree(ROOT / "examples" / example, mine)
    elsewhere.install(mine)
    told = elsewhere.run("pytest", "-q", "-p", "no:cacheprovider", *QUICK, folder=mine)
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    passed = re.search(r"(\d+) passed", told.stdout)
    assert passed is not None
    assert int(passed[1]) > 40, "the contract ran"
