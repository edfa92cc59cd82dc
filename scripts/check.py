"""`make check`: format, lint, strict types, import arrows, own rules, catalogues, generated docs, promises to plugins. Each check prints what to run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent

CHECKS: tuple[tuple[str, list[str], str], ...] = (
    ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], ".venv/bin/ruff format ."),
    ("lint", [str(BIN / "ruff"), "check", "--quiet", "."], ".venv/bin/ruff check --fix ."),
    ("types", [PYTHON, "-m", "mypy"], "mend the types"),
    ("import arrows", [str(BIN / "lint-imports"), "--no-cache"], "see .importlinter for the contracts"),
    ("own rules", [PYTHON, "scripts/rules.py"], "see the rule named"),
    ("migrations", [PYTHON, "scripts/migrations.py"], ".venv/bin/python scripts/migrations.py --make NAME"),
    ("catalogues", [PYTHON, "scripts/messages.py", "--check"], ".venv/bin/python scripts/messages.py, then translate"),
    ("generated docs", [PYTHON, "scripts/docs.py", "--check"], "make docs"),
    ("promises to plugins", [PYTHON, "scripts/promises.py"], "say in changes/ what authors must know"),
)


def main() -> int:
    failed = []
    for name, command, mend in CHECKS:
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        print(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {name}", flush=True)
        for line in done.stdout.splitlines():
            if line.startswith("not compared"):  # a check that could not judge says so, and fails nobody
                print(f"        {line}")
        if done.returncode:
            failed.append(name)
            print((done.stdout + done.stderr).strip()[-6000:])
            print(f"        → {mend}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
