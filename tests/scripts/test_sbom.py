"""The list of libraries (V15.1.2): every library of the lock file with its hashes, and nothing that is not pinned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.sbom import NotPinned, bill, components

LOCK = (Path(__file__).resolve().parents[2] / "requirements.lock").read_text("utf-8")


def test_every_library_of_the_lock_file_is_listed_with_its_hashes() -> None:
    found = components(LOCK)
    assert [one["name"] for one in found] == [
        re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)
    ]
    assert len(found) > 30
    assert all(one["hashes"] and one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" for one in found)
    assert sum(len(one["hashes"]) for one in found) == LOCK.count("--hash=sha256:")


def test_the_same_lock_file_gives_the_same_list_and_another_one_another() -> None:
    assert bill(LOCK, "1") == bill(LOCK, "1")
    assert bill(LOCK, "1")["serialNumber"] != bill(LOCK.replace("==", "==1.", 1), "1")["serialNumber"]


@pytest.mark.parametrize("line", ["requests", "requests>=2", "requests @ https://example.org/r.whl", "-e ./core"])
def test_a_library_that_is_not_pinned_is_told(line: str) -> None:
    with pytest.raises(NotPinned):
        components(f"{LOCK}\n{line}\n")
