"""Build docs/ into a folder. A dead link, a missing anchor or a page that no index lists ends it with 1."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def build(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Build once; what is wrong stands in its output, one line each."""
    options = ["--fail-on-warning", "--keep-going", "--fresh-env", "--jobs", "auto", "--quiet"]
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", str(HERE), *options]
    with tempfile.TemporaryDirectory() as doctrees:  # what Sphinx keeps for the next time is no part of the site
        command += ["-d", doctrees, str(source), str(into)]
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def main(source: Path = ROOT / "docs", into: Path = ROOT / "site") -> int:
    done = build(source, into)
    print((done.stdout + done.stderr).strip() or f"the site is in {into}/index.html")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
