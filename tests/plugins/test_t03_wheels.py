"""T3: everything works from wheels alone, in an environment outside the checkout: commands, contract, and the tests of this folder."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
OURS = ("core", *(p.parent.relative_to(ROOT).as_posix() for p in sorted(ROOT.glob("themes/*/pyproject.toml"))))
EXAMPLES = [p.parent.name for p in sorted(ROOT.glob("examples/*/pyproject.toml"))]
PATIENCE = 1200
# The tests by name, on SQLite: the whole run tries both databases. T6 and T18 start
# processes of their own checkout, T13 compares it with its history, T3 is this.
NOT_HERE = ("test_t03", "test_t06", "test_t13", "test_t18")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """An environment with wheels of ours and with other people's packages, and an empty folder to stand in."""

    python: Path
    packages: Path
    folder: Path

    def install(self, source: Path) -> None:
        """Build the wheel and unpack it, as an installer does with a wheel that has nothing to compile."""
        (built,) = WheelBuilder(str(source)).build(directory=str(self.folder), versions=["standard"])
        with zipfile.ZipFile(built) as wheel:
            wheel.extractall(self.packages)

    def home_of(self, module: str) -> Path:
        """Where a module is imported from."""
        code = f"import {module}; print({module}.__file__)"
        return Path(
            subprocess.run(
                [str(self.python), "-c", code], cwd=self.folder, check=True, capture_output=True, text=True
            ).stdout.strip()
        )

    def run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "PYTHONPATH"))}
        return subprocess.run(
            [str(self.python), "-m", *arguments],
            cwd=folder or self.folder,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    """An empty environment; what others wrote is taken from this one, and nothing of the checkout is."""
    venv.create(tmp_path / "venv", with_pip=False)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    # a path in a .pth file is added without reading the .pth files below it, so no editable install of ours comes along
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    (tmp_path / "empty").mkdir()
    found = Elsewhere(python=tmp_path / "venv/bin/python", packages=packages, folder=tmp_path / "empty")
    for name in OURS:
        found.install(ROOT / name)
    return found


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
def test_t03_the_tests_of_this_folder_pass_on_the_wheels(elsewhere: Elsewhere) -> None:
    tests = [str(p) for p in sorted(Path(__file__).parent.glob("test_t*.py")) if not p.name.startswith(NOT_HERE)]
    told = elsewhere.run("pytest", "-q", "-p", "no:cacheprovider", "-k", "not postgres", f"--rootdir={ROOT}", *tests)
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_t03_a_worked_example_passes_its_own_tests_with_nothing_but_wheels(example: str, elsewhere: Elsewhere) -> None:
    """As somebody else would write it, outside of our plugins: on both databases, the contract too."""
    mine = elsewhere.folder / example
    shutil.copytree(ROOT / "examples" / example, mine)
    elsewhere.install(mine)
    told = elsewhere.run("pytest", "-q", "-p", "no:cacheprovider", folder=mine)
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    passed = re.search(r"(\d+) passed", told.stdout)
    assert passed is not None
    assert int(passed[1]) > 80, "the contract ran"


@pytest.mark.slow
def test_t03_control_a_wheel_without_its_templates_is_noticed(elsewhere: Elsewhere) -> None:
    shutil.rmtree(elsewhere.packages / "cunli_theme_qianmo/templates/console")
    test = str(Path(__file__).parent / "test_t20_observed.py")
    told = elsewhere.run(
        "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not postgres", f"--rootdir={ROOT}", test
    )
    assert told.returncode == 1, told.stdout[-2000:]
