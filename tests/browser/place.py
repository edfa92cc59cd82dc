"""One page that a person can reach, as the lists of pages name it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import APIRequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One page. `path` may hold `{post}` and the like, see `found_keys`; `press` is clicked once the page is there.

    Before that each control in `fill` is filled with words, or ticked where there are none. `then` is the status of what comes:
    422 for an empty form.
    """

    name: str
    path: str
    who: str = "visitor"
    status: int = 200
    press: str = ""
    fill: tuple[tuple[str, str], ...] = ()
    then: int = 422


def at(name: str, path: str, who: str = "visitor", status: int = 200, press: str = "") -> Place:
    return Place(name=name, path=path, who=who, status=status, press=press)


def filled(name: str, path: str, who: str, press: str, **fill: str) -> Place:
    """A page that answers a form which was filled in; the names of its fields are in `fill`."""
    controls = tuple((f"[name={name}]", words) for name, words in fill.items())
    return Place(name=name, path=path, who=who, press=press, fill=controls, then=200)


def caught(client: APIRequestContext, path: str, pattern: str) -> list[str]:
    """Everything on a page that the pattern catches."""
    answer = client.get(path)
    assert answer.ok, f"{path}: {answer.status}"
    return re.findall(pattern, answer.text())
