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
