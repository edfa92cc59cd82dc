"""docs/security-checks.md says which test holds which row of the acceptance list: all of them exist, and nothing is left open."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/security-checks.md"
ROW = re.compile(r"^\| ([A-Z]+-\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/.-]+\.py)::([\w:]+)`")
FEWEST = 130
EMPTY = ("later: ", "none, because ")  # how a row begins that no test holds


@cache
def names_in(path: str) -> frozenset[str]:
    """The tests of a file, those of a class as `Class::test`; none when there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}::{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return frozenset(name for name in found if name.split("::")[-1].startswith("test_"))


def untrue(page: str) -> list[str]:
    """What a page like ours says and is not so."""
    wrong = [f"{path}::{name} does not exist" for path, name in NAMED.findall(page) if name not in names_in(path)]
    rows = ROW.findall(page)
    ids = [row[0] for row in rows]
    wrong += [f"{row} stands there twice" for row in sorted({i for i in ids if ids.count(i) > 1})]
    for row, _, held, control in rows:
        if not NAMED.search(held) and not held.startswith(EMPTY):
            wrong.append(f"{row} names no test and does not say why")
        if NAMED.search(held) and control in ("", "—"):
            wrong.append(f"{row} says nothing of its planted control")
    return wrong


def test_every_test_on_the_page_exists_and_every_row_is_held_or_says_why_not() -> None:
    page = PAGE.read_text("utf-8")
    assert len(ROW.findall(page)) >= FEWEST
    assert len(NAMED.findall(page)) > 3 * FEWEST
    assert untrue(page) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("| AZ-1 | x | `tests/privacy/test_logs.py::test_that_nobody_wrote` | none asked for |", "does not exist"),
        ("| AZ-1 | x | `tests/privacy/test_gone.py::test_x` | none asked for |", "does not exist"),
        ("| AZ-1 | x | `tests/privacy/test_logs.py::one_line_each` | none asked for |", "does not exist"),
        ("| AZ-1 | x | somewhere | — |", "names no test"),
        ("| AZ-1 | x | `tests/privacy/test_logs.py::test_every_logger_writes_one_line` | — |", "planted control"),
        ("| AZ-1 | x | later: needs y | — |\n| AZ-1 | x | later: needs y | — |", "twice"),
    ],
)
def test_a_page_that_promises_too_much_is_found(line: str, says: str) -> None:
    assert [wrong for wrong in untrue(line) if says in wrong]
    assert untrue("| AZ-1 | x | later: needs y | — |") == []
    assert untrue("| AZ-1 | x | none, because there is no y | — |") == []
