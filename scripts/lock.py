"""Rewrite both lock files from the pyproject files: universal, with hashes, without addresses. Needs `uv` on the PATH."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ["hatchling", "editables"]  # the checkout is installed without build isolation


def compile_lock(lines: list[str], target: Path) -> None:
    """Resolve `lines` for Python 3.11 to 3.13 and write `target`."""
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "-", "-o", str(target)]
    subprocess.run(command, input="\n".join(lines), text=True, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    projects = [ROOT / "core/pyproject.toml", *sorted(ROOT.glob("p*/*/pyproject.toml"))]  # plugins, providers
    needed = [line for one in projects for line in tomllib.loads(one.read_text("utf-8"))["project"]["dependencies"]]
    runtime = [*dict.fromkeys(line for line in needed if not line.startswith("cunli")), *BUILD]
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["dev"]
    compile_lock(runtime, ROOT / "requirements.lock")
    compile_lock([*runtime, *dev, f"-c {ROOT / 'requirements.lock'}"], ROOT / "requirements-dev.lock")
    return 0


if __name__ == "__main__":
    sys.exit(main())
