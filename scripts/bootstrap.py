"""Create .venv and install the locked requirements and every distribution of the checkout. Plain Python, no third-party import."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def main(kind: str) -> int:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        print(f"Cunli needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 …")
        return 2
    python = VENV / "bin" / "python"
    if not python.exists():
        print("creating .venv …", flush=True)
        venv.create(VENV, with_pip=True)
    lock = ROOT / ("requirements.lock" if kind == "runtime" else "requirements-dev.lock")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    print(f"installing {lock.name} …", flush=True)
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    folders = sorted(
        p.parent for kind_ in ("themes", "plugins", "providers") for p in ROOT.glob(f"{kind_}/*/pyproject.toml")
    )
    editable = [arg for folder in [ROOT / "core", *folders] for arg in ("-e", str(folder))]
    print("installing the checkout …", flush=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", *editable], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
