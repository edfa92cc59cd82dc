"""T2: what is installed and not wanted is described, and never run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cunli.testing.databases import sqlite_url
from cunli.testing.plugins import GOOD, Install

from .operators import OURS, cunli

LOADS = """
import sys
from cunli.registry import Registry, discover

registry = Registry.load({wanted})
found = discover().installed
print([(one.id, one.version, one.summary) for one in found.values() if one.id not in {ours}])
print(sorted(registry.plugins))
print(sorted(m for m in sys.modules if m.startswith(("cunli_sample", "cunli_good"))))
"""
DESCRIBED = "[('good', '1.0', 'About good'), ('sample', '1.2.3', 'Notes that villagers pin to the board')]"
SAMPLE = [
    "cunli_sample",
    "cunli_sample.actions",
    "cunli_sample.models",
    "cunli_sample.pages",
    "cunli_sample.plugin",
    "cunli_sample.settings",
]


@pytest.mark.parametrize(
    ("wanted", "imported"),
    [([], []), (["good"], ["cunli_good"]), (["good", "sample"], ["cunli_good", *SAMPLE])],
    ids=["none", "one", "the control, both"],
)
def test_t02_only_what_is_wanted_is_imported_and_all_is_described(
    wanted: list[str], imported: list[str], sample: Path, install: Install
) -> None:
    install("good", GOOD)
    told = subprocess.run(
        [sys.executable, "-c", LOADS.replace("{wanted}", repr(wanted)).replace("{ours}", repr(sorted(OURS)))],
        env={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert told.splitlines() == [DESCRIBED, str(wanted), str(imported)]


async def test_t02_the_list_shows_name_version_and_summary_without_running_any(
    install: Install, tmp_path: Path
) -> None:
    ran = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    packages = {name: install(name, ran + GOOD) for name in ("good", "other")}
    for wanted in ("", "good"):
        told = await cunli(tmp_path, sqlite_url(tmp_path / "none.db"), "plugin", "list", "--json", plugins=wanted)
        lines = [line for line in told.json() if line["id"] not in OURS]
        assert [(line["id"], line["version"], line["summary"]) for line in lines] == [
            ("good", "1.0", "About good"),
            ("other", "1.0", "About other"),
        ]
        assert (packages["good"] / "ran").exists() == (wanted == "good"), "the control: what is wanted is run"
        assert not (packages["other"] / "ran").exists()
