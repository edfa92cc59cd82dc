"""An environment outside of the checkout, with wheels of ours in it."""

from __future__ import annotations

import os
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
PATIENCE = 1200
NIGHTLY = bool(os.environ.get("CUNLI_TEST_NIGHTLY"))
QUICK = (
    ("-k", "not postgres") if os.environ.get("CI") and not NIGHTLY else ()
)  # how a run from wheels is shortened in CI


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
        return Path(self._run("-c", f"import {module}; print({module}.__file__)", folder=None, tools="").stdout.strip())

    def run(
        self, *arguments: str, folder: Path | None = None, tools: str = "", patience: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run a module. `tools` is a folder whose packages may be imported too, after everything that is installed."""
        return self._run("-m", *arguments, folder=folder, tools=tools, patience=patience)

    def _run(
        self, *arguments: str, folder: Path | None, tools: str, patience: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("PYTEST", "PYTHONPATH", "CUNLI_TEST_TURNS"))
        }
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=folder or self.folder,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **({"PYTHONPATH": tools} if tools else {})},
            check=False,
            capture_output=True,
            text=True,
            timeout=patience,
        )


def environment(folder: Path) -> Elsewhere:
    """An empty environment; what others wrote is taken from this one, and nothing of the checkout is."""
    venv.create(folder / "venv", with_pip=False)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    # a path in a .pth file is added without reading the .pth files below it, so no editable install of ours comes along
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    (folder / "empty").mkdir()
    return Elsewhere(python=folder / "venv/bin/python", packages=packages, folder=folder / "empty")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """An environment with our wheels in it, for all tests of a module: who installs something more takes a name of its own."""
    found = environment(tmp_path_factory.mktemp("elsewhere"))
    for name in OURS:
        found.install(ROOT / name)
    return found
