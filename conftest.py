"""For every test of the checkout: a skip in CI is a failure, because it is a check that nobody ran; time is no judge."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from cunli.testing.patiences import waiting_longer

# A machine that stands still for a moment has said nothing about what is tested. In CI the examples are the same each time:
# a change is judged by itself, and new examples are looked for where somebody can look at what they find.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("steady")
# Files of one or a few tests that take minutes. They are begun first, so that no worker sits idle beside them at the end.
LONG = (
    "tests/plugins/test_t03_",
    "tests/permissions/",
    "tests/plugins/test_cycles.py",
    "tests/backups/",
    "tests/cluster/",
    "tests/plugins/test_t14_",
    "tests/faults/",
    "tests/browser/test_pages",
    "tests/browser/test_first_day",
)
# What a database may do to, in a run where tests take turns on the two: it runs on both all the same.
BOTH = (
    "core/tests/db/",
    "core/tests/feed/",
    "core/tests/jobs/",
    "core/tests/trust/",
    "tests/backups/",
    "tests/faults/",
    "tests/passport/",
    "tests/permissions/",
    "tests/plugins/test_cycles.py",
    "tests/plugins/test_t18_",
    "tests/privacy/",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what runs on both databases whoever's turn it is."""
    if item.nodeid.startswith(BOTH):
        item.add_marker("both_databases")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the order was shuffled: what takes longest comes first."""
    items.sort(key=lambda item: next((n for n, start in enumerate(LONG) if item.nodeid.startswith(start)), len(LONG)))


@pytest.fixture(autouse=True, scope="session")
def patience() -> Iterator[None]:
    """In this process whoever waits for the database waits for a minute; tests about its patience set their own."""
    with waiting_longer():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CUNLI_TEST_FORBID_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {item.nodeid}: {report.longrepr}"
    return report
