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
    core = tomllib.loads((ROOT / "core/pyproject.toml").read_text("utf-8"))
    runtime = [line for line in core["project"]["dependencies"] if not line.startswith("cunli")] + BUILD
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["dev"]
    compile_lock(runtime, ROOT / "requirements.lock")
    compile_lock([*runtime, *dev, f"-c {ROOT / 'requirements.lock'}"], ROOT / "requirements-dev.lock")
    return 0


if __name__ == "__main__":
    sys.exit(main())
