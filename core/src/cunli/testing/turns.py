"""Half of the tests on one database and half on the other, for a run that has little time; everything on both is the night's work.

`CUNLI_TEST_TURNS` names a folder: tests below it that exist for both databases run on one of them each, always the same one. Whatever
is about the databases themselves, or about money, locks and leaks, says `@pytest.mark.both_databases` and runs on both.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Final

import pytest

VARIABLE: Final = "CUNLI_TEST_TURNS"
ENGINES: Final = ("postgres", "sqlite")
MARKER: Final = "both_databases: runs on SQLite and on PostgreSQL even where tests take turns"


def take(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of the collected tests those whose turn it is not. Every process of a run leaves out the same ones."""
    folder = os.environ.get(VARIABLE)
    if not folder or not config.rootpath.is_relative_to(Path(folder)):
        return
    there: dict[str, set[str]] = {}
    for item in items:
        if (engine := _engine(item)) is not None:
            there.setdefault(_test(item), set()).add(engine)
    left = [item for item in items if _left_out(item, there)]
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(map(id, left))
        items[:] = [item for item in items if id(item) not in gone]


def _left_out(item: pytest.Item, there: dict[str, set[str]]) -> bool:
    engine, test = _engine(item), _test(item)
    if engine is None or len(there[test]) < 2 or item.get_closest_marker("both_databases") is not None:
        return False
    return engine != ENGINES[zlib.crc32(test.encode()) % 2]


def _engine(item: pytest.Item) -> str | None:
    spec = getattr(item, "callspec", None)
    named = [value for value in spec.params.values() if value in ENGINES] if spec is not None else []
    return str(named[0]) if len(named) == 1 else None


def _test(item: pytest.Item) -> str:
    """The test without its database: the same text for both."""
    return item.nodeid.replace("postgres", "*").replace("sqlite", "*")
