"""For `scripts/test.py`, which loads it into its own runs only: each test that failed is listed in the file that CUNLI_TEST_FAILED names.

A run inside a test does not load it, whatever it inherits: failures that are planted there are nobody's business here.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest


class Listing:
    """Written by the process that collects the reports; `start` leads from the working folder to where the ids begin."""

    def __init__(self, file: Path, start: Path) -> None:
        self.file, self.start = file, start

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            path, _, test = report.nodeid.partition("::")
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{(self.start / path).as_posix()}::{test}\n")


def pytest_configure(config: pytest.Config) -> None:
    named = os.environ.get("CUNLI_TEST_FAILED")
    if named and not os.environ.get("PYTEST_XDIST_WORKER"):
        config.pluginmanager.register(Listing(Path(named), config.rootpath.relative_to(Path.cwd())))
