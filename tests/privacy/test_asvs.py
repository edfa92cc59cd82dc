"""docs/asvs.toml: every item of OWASP ASVS 5.0.0 that concerns us stands there once, and says what is so."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from scripts.asvs import CHAPTERS, SOURCE, STATES, Item, items, page

from .test_security_table import ROOT, names_in

# Items by section as the standard numbers them: levels 1 and 2, then what we take of level 3. Without V9, V17 and most of V10.
FIRST = "1.2:1-5 1.3:1-2 1.5:1 2.1:1 2.2:1-2 2.3:1 3.2:1-2 3.3:1 3.4:1-2 3.5:1-3 4.1:1 4.4:1 5.2:1-2 5.3:1-2 6.1:1 6.2:1-8 6.3:1-2 6.4:1-2 7.2:1-4 7.4:1-2 8.1:1 8.2:1-2 8.3:1 11.3:1-2 11.4:1 12.1:1 12.2:1-2 13.4:1 14.2:1 14.3:1 15.1:1 15.2:1 15.3:1"  # fmt: skip
SECOND = "1.1:1-2 1.2:6-9 1.3:3-11 1.4:1-3 1.5:2 2.1:2-3 2.2:3 2.3:2-4 2.4:1 3.3:2-4 3.4:3-6 3.5:4-5 3.7:1-2 4.1:2-3 4.2:1 4.3:1-2 4.4:2-4 5.1:1 5.2:3 5.4:1-3 6.1:2-3 6.2:9-12 6.3:3-4 6.4:3-4 6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3 7.3:1-2 7.4:3-5 7.5:1-2 7.6:1-2 8.1:2 8.2:3 8.4:1 10.1:1-2 10.2:1-2 11.1:1-2 11.2:1-3 11.3:3 11.4:2-4 11.5:1 11.6:1 12.1:2-3 12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:2-5 14.1:1-2 14.2:2-4 14.3:2-3 15.1:2-3 15.2:2-3 15.3:2-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3"  # fmt: skip
TO_DO = re.compile(r"\bFor (?:the|whoever)\b|\bKept on purpose\b|\bthe county sets up\b")
THIRD = "1.2:10 6.3:8 8.3:2 14.2:6 15.4:2"


def expected() -> dict[str, int]:
    """Every id that has to stand there, with its level."""
    found: dict[str, int] = {}
    for level, written in enumerate((FIRST, SECOND, THIRD), start=1):
        for part in written.split():
            section, _, numbers = part.partition(":")
            first, _, last = numbers.partition("-")
            found |= {f"V{section}.{n}": level for n in range(int(first), int(last or first) + 1)}
    return found


def untrue(found: list[Item]) -> list[str]:
    """What a list like ours says and is not so."""
    wanted, ids = expected(), [one.id for one in found]
    wrong = [f"{one} is missing" for one in wanted if one not in ids]
    wrong += [f"{one} stands there twice" for one in sorted({i for i in ids if ids.count(i) > 1})]
    for one in found:
        if wanted.get(one.id) != one.level:
            wrong.append(f"{one.id} is not of level {one.level}, or not on the list")
        if one.state not in STATES or not one.words:
            wrong.append(f"{one.id} has no state or no words")
        if one.state == "held" and not (one.tests or one.because):
            wrong.append(f"{one.id} names no test and no mechanism")
        if one.state != "held" and not one.because:
            wrong.append(f"{one.id} does not say why")
        if one.state in ("partly", "not held") and not TO_DO.search(one.because):
            wrong.append(f"{one.id} does not say for whom it is to do, nor that it is kept on purpose")
        if one.state in ("not held", "does not apply") and one.tests:
            wrong.append(f"{one.id} names tests of nothing")
        for test in one.tests:
            path, _, name = test.partition("::")
            if name not in names_in(path):
                wrong.append(f"{test} does not exist")
        wrong += [f"{one.id} names {name}, which is not there" for name in pages_of(one) if not (ROOT / name).is_file()]
    return wrong


def pages_of(one: Item) -> list[str]:
    return [
        word.strip("(),.;:") for word in one.because.split() if word.startswith(("docs/", "(docs/")) and ".md" in word
    ]


def test_every_item_stands_there_once_and_says_what_is_so() -> None:
    found = items(SOURCE.read_text("utf-8"))
    assert untrue(found) == []
    assert len(found) == 210 + 4 + 5, "levels 1 and 2, a client of OAuth, five of level 3"
    assert {one.chapter for one in found} == set(CHAPTERS), "each chapter is on the page"
    assert all(f"| {one.id} | {one.level} |" in page() for one in found[:1] + found[-1:])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tests": ("tests/privacy/test_logs.py::test_that_nobody_wrote",)}, "does not exist"),
        ({"tests": ("tests/privacy/test_gone.py::test_x",)}, "does not exist"),
        ({"tests": (), "because": ""}, "no mechanism"),
        ({"state": "partly", "because": ""}, "does not say why"),
        ({"state": "partly", "because": "somebody will"}, "for whom it is to do"),
        ({"state": "not held", "because": "needed"}, "tests of nothing"),
        ({"state": "surely"}, "no state"),
        ({"level": 3}, "not of level 3"),
        ({"because": "docs/guide/no-such-page.md"}, "which is not there"),
    ],
)
def test_an_item_that_promises_too_much_is_found(changed: dict[str, object], says: str) -> None:
    found = items(SOURCE.read_text("utf-8"))
    spoilt = [replace(found[0], **changed), *found[1:]]  # type: ignore[arg-type]
    assert [wrong for wrong in untrue(spoilt) if says in wrong]


def test_a_list_with_a_gap_or_a_double_is_found() -> None:
    found = items(SOURCE.read_text("utf-8"))
    assert untrue(found[1:]) == [f"{found[0].id} is missing"]
    assert untrue([*found, found[0]]) == [f"{found[0].id} stands there twice"]
