"""What plugins are promised changes with a note in changes/ or not at all: docs/plugin-api.txt against the commit before.

The commit before is where this branch left the main one; on the main branch itself, the last commit. A line that is gone
or reads differently is named in a `*.breaking.md`, so that authors learn what to do; a new line needs a note of any kind.
Before version 1.0 that is all; from then on it costs a major version too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.plugin_api import name_of  # noqa: E402

PROMISED = "docs/plugin-api.txt"
NOTES = "changes"
MAIN = ("origin/main", "main")


class NotComparable(Exception):
    """There is nothing to compare with; says why."""


def findings(before: str, now: str, notes: Mapping[str, str]) -> Iterator[str]:
    """What was promised or taken back without a word. `notes` are the fragments written since, by file name."""
    old, new = set(before.splitlines()), set(now.splitlines())
    told = "\n".join(text for name, text in notes.items() if name.endswith(".breaking.md"))
    lost = {name_of(line) for line in old - new}
    for line in sorted(old - new):
        name = name_of(line)
        whole = name.rpartition(".")[0]
        if not _names(told, name) and not (whole in lost and _names(told, whole)):
            yield f"{line}\n  is gone or reads differently: name {name} in {NOTES}/….breaking.md, with what authors do now"
    if not notes:
        for line in sorted(new - old):
            if name_of(line) not in lost:
                yield f"{line}\n  is promised from now on: say so in {NOTES}/….added.md, or do not promise it"


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\.?\w)", text) is not None


def base(root: Path) -> str:
    """The commit to compare with. Raises `NotComparable` where there is none."""
    head = _git(root, "rev-parse", "HEAD")
    for main in MAIN:
        try:
            left = _git(root, "merge-base", "HEAD", main)
        except NotComparable:
            continue
        if left != head:
            return left
    return head if _git(root, "status", "--porcelain", "--", PROMISED) else _git(root, "rev-parse", "HEAD^")


def written_since(root: Path, commit: str) -> dict[str, str]:
    """The fragments that are new or touched since that commit, whether they are committed or not."""
    named = _git(root, "diff", "--name-only", commit, "--", NOTES)
    named += "\n" + _git(root, "ls-files", "--others", "--exclude-standard", "--", NOTES)
    paths = [root / name for name in named.splitlines() if name.endswith(".md")]
    return {path.name: path.read_text("utf-8") for path in paths if path.exists()}


def promised_then(root: Path, commit: str) -> str:
    """The promises of that commit; none where the file was not there yet."""
    there = _git(root, "ls-tree", "--name-only", commit, "--", PROMISED)
    return _git(root, "show", f"{commit}:{PROMISED}") if there else ""


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.quotepath=off", *arguments]
    try:
        done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    except OSError as exc:
        raise NotComparable(f"git cannot be run: {exc}") from exc
    if done.returncode:
        raise NotComparable((done.stderr.strip().splitlines() or ["git says nothing"])[0])
    return done.stdout.strip()


def main(root: Path = ROOT) -> int:
    try:
        commit = base(root)
        found = list(findings(promised_then(root, commit), _now(root), written_since(root, commit)))
    except NotComparable as exc:
        print(f"not compared: {exc}")
        return 0
    print("\n".join(found) if found else f"compared with {commit[:12]}")
    return 1 if found else 0


def _now(root: Path) -> str:
    path = root / PROMISED
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
