"""The page of the reference about the kit for tests, made from its fixtures and classes. See `scripts/docs.py`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

from cunli.testing import fixtures, phones
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson, SampleVillage
from cunli.testing.visitor import Filling, Opened, Visitor
from scripts import plugin_api, reference

FIXTURES: Final = ("plugin_site", "everybody")
CLASSES: Final[tuple[tuple[type, str], ...]] = (
    (LiveSite, "cunli.testing.live"),
    (Visitor, "cunli.testing.visitor"),
    (Opened, "cunli.testing.visitor"),
    (Filling, "cunli.testing.visitor"),
    (SamplePerson, "cunli.testing.sample"),
    (SampleVillage, "cunli.testing.sample"),
    (phones.Phones, "cunli.testing.phones"),
)
ATTRIBUTES: Final = {
    "Opened.visitor": "Whose page it is.",
    "Opened.response": "The answer as httpx2 has it; its bytes are `response.content`.",
    "Opened.status": "The status of the answer: 200, 422, 404.",
    "Opened.html": "The page as it was sent.",
    "Opened.url": "Path and query of the page that was reached in the end.",
    "Opened.headers": "The headers of the answer.",
    "LiveSite.county_id": "The region of the county of `heping`.",
    "LiveSite.township_id": "The region of the township of `heping`.",
    "LiveSite.villages": 'The villages by their slug; `plugin_site["heping"]` is one.',
    "Filling.fields": "What will be sent, by field.",
    "Phones.browser": "The browser, as Playwright has it.",
    "Phones.url": "The address of the site.",
    "Filling.files": "The files that will be sent.",
}
NOT_THEIRS: Final = ("app", "settings", "close", "settle", "client", "page", "action", "method")


def testing_page() -> str:
    """Every fixture and class that tests of plugins use, with what it holds."""
    lines = [
        "# The test kit",
        "",
        '`pip install "cunli[testing]"`. How it is used: [test a plugin](../howto/testing.md).',
        "",
    ]
    lines += ["## Fixtures", ""]
    for name in FIXTURES:
        lines += [f"### {name}", "", reference.doc(_wrapped(getattr(fixtures, name))), ""]
    for kind, module in CLASSES:
        lines += [f"## {kind.__name__}", "", f"`from {module} import {kind.__name__}`", "", reference.doc(kind), ""]
        lines += ["| member | what it is |", "|---|---|", *_members(kind), ""]
    return "\n".join(lines)


def _wrapped(fixture: Any) -> Any:
    return inspect.unwrap(getattr(fixture, "_fixture_function", fixture))


def _members(kind: type) -> Iterator[str]:
    told = reference.words_of_fields(kind)
    name = kind.__name__
    for line in dict.fromkeys(plugin_api._named(f"cunli.{name}", kind)):
        shown = line.removeprefix(f"cunli.{name}").removeprefix(".")
        member = plugin_api.name_of(line).rpartition(".")[2]
        if shown == ": class" or member in NOT_THEIRS or member.startswith("_"):
            continue
        said = told.get(member) or ATTRIBUTES.get(f"{name}.{member}") or reference._first_line(kind, member)
        if not said:
            raise SystemExit(f"say in a docstring, or in scripts/testing_page.py, what {name}.{member} is")
        yield f"| `{reference.cell(shown)}` | {reference.cell(said)} |"
