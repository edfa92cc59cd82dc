"""A list of every library that a county installs, in CycloneDX 1.6: `python scripts/sbom.py > sbom.json`. Made from requirements.lock alone."""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class NotPinned(ValueError):
    """A line of the lock file that is neither a library with its version nor one of its hashes."""


def components(lock: str) -> list[dict[str, Any]]:
    """Each library of a lock file, with the hashes of the files that may be installed. Raises `NotPinned`."""
    found: list[dict[str, Any]] = []
    for line in filter(str.strip, lock.splitlines()):
        if (pinned := _PINNED.match(line.strip())) is not None:
            found.append(_component(*pinned.groups()))
        elif (hashed := _HASH.search(line)) is not None and found:
            found[-1]["hashes"].append({"alg": "SHA-256", "content": hashed[1]})
        else:
            raise NotPinned(line)
    return found


def _component(name: str, version: str, where: str | None) -> dict[str, Any]:
    plain = re.sub(r"[-_.]+", "-", name).lower()
    made = {"type": "library", "name": plain, "version": version, "purl": f"pkg:pypi/{plain}@{version}", "hashes": []}
    return {**made, "properties": [{"name": "cunli:where", "value": where}]} if where else made


def bill(lock: str, version: str) -> dict[str, Any]:
    """The whole list. The same lock file gives the same bytes."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lock)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "cunli", "version": version}},
        "components": components(lock),
    }


def main() -> int:
    version = tomllib.loads((ROOT / "core/pyproject.toml").read_text("utf-8"))["project"].get("version", "0")
    sys.stdout.write(json.dumps(bill((ROOT / "requirements.lock").read_text("utf-8"), version), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
