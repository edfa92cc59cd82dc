"""`make wheels`: one wheel for each distribution, into dist/ or another folder. No network: the build tools are already installed."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Build one wheel for each distribution: the core, themes, plugins, providers."
    )
    parser.add_argument(
        "target", nargs="?", type=Path, default=ROOT / "dist", help="folder to put them into (default: dist)"
    )
    target = parser.parse_args().target
    if target.exists() and not target.is_dir():
        parser.error(f"{target} is a file: name a folder")
    folders = [
        ROOT / "core",
        *sorted(p.parent for kind in ("themes", "plugins", "providers") for p in ROOT.glob(f"{kind}/*/pyproject.toml")),
    ]
    for folder in folders:
        command = [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(target.resolve()),
            str(folder),
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        print(f"{'built ' if done.returncode == 0 else 'FAILED'} {folder.relative_to(ROOT)}", flush=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:])
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
