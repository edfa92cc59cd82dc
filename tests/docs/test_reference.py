"""The reference says what everything is: each field of what plugins are handed, each event, each name."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields

import cunli
from cunli import Event, hooks
from scripts.reference import fields_of, told_below, words_of_fields

from .pages import DOCS

EVENTS = [
    k for n in cunli.__all__ if inspect.isclass(k := getattr(cunli, n)) and issubclass(k, Event) and k is not Event
]


def test_every_field_of_a_context_and_of_an_event_says_what_it_is() -> None:
    for kind in (*hooks.CONTEXTS, *EVENTS):
        missing = [one.name for one in fields(kind) if not words_of_fields(kind).get(one.name)]
        assert not missing, f"{kind.__name__}: say in a string below each field what it is: {missing}"
    control = "told: int\n'What it is.'\nsilent: int\nother = 1\n'Of nothing.'"
    assert [*told_below(ast.parse(control).body)] == [("told", "What it is.")], "a field that says nothing is seen"


def test_the_pages_list_every_name_and_every_event_with_its_fields() -> None:
    names, events = ((DOCS / f"reference/{page}.md").read_text("utf-8") for page in ("api", "events"))
    headings = set(re.findall(r"^### (\w+)$", names, flags=re.MULTILINE))
    assert headings == set(cunli.__all__) - {"__version__"}
    for kind in EVENTS:
        part = re.search(rf"^## {kind.__name__}$(.*?)(?=^## |\Z)", events, flags=re.DOTALL | re.MULTILINE)
        assert part is not None, kind
        assert re.findall(r"^\| `(\w+)` \|", part[1], flags=re.MULTILINE) == [*fields_of(kind)]
