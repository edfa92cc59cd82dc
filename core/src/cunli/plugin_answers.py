"""What plugins answer to a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cunli.hooks import PageContext
    from cunli.plugin import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchContext:
    """What somebody looks for in a village."""

    words: str
    """What was typed: cleaned, in lower case, never empty."""
    page: PageContext
    """The page that shows the hits."""
    most: int = 10
    """More hits than that are cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """Something found: a title, the address of a page of the plugin in this village, and a line about it."""

    title: Text
    url: str
    text: Text = ""

    def __post_init__(self) -> None:
        if not str(self.title).strip():
            raise ValueError("a hit has a title: it is the link")
