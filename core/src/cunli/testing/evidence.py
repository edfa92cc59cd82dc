"""What a walk through a plugin has seen. Judging is done elsewhere, without the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import lxml.html
from lxml.html import HtmlElement

from cunli.web.pages import Page

PLANTED: Final = "planted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one visitor got. `kind` says why it was asked: page, htmx, form, sent, core, link, door, and so on.

    `raised` is what the plugin's own view raised, and where.
    """

    kind: str
    role: str
    method: str
    path: str
    status: int
    html: str = ""
    page: Page | None = None
    changed: tuple[str, ...] = ()
    raised: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} as {self.role}: {self.status}{f', {self.raised}' if self.raised else ''}"


@dataclass(slots=True)
class Evidence:
    """Everything that was seen of one plugin on one database."""

    plugin: str
    answers: list[Answer] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)  # forms that no page of the walk had, or that took nothing
    problems: list[str] = field(default_factory=list)
    migrated: list[str] = field(default_factory=list)
    static: dict[str, str] = field(default_factory=dict)  # where each static file lies, by its address
    queries: tuple[int, int] = (0, 0)  # of its hooks, for a village page with few posts and with some more

    def of(self, *kinds: str) -> Iterator[Answer]:
        return (answer for answer in self.answers if answer.kind in kinds)


def tree_of(html: str) -> HtmlElement:
    """The elements of a page."""
    return lxml.html.document_fromstring(html)
