"""What plugins answer to a search and to the question whether something is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cunli.plugin_setting import ReadSetting, only_defaults

if TYPE_CHECKING:
    from cunli.hooks import PageContext
    from cunli.plugin import Text

_ID: Final = re.compile(r"[a-z][a-z0-9_]{1,30}\.[a-z][a-z0-9_]{0,40}")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """The question of an operator whether all is well. Rows of all villages are in scope."""

    setting: ReadSetting = field(default=only_defaults, repr=False)
    """The value of a setting for the county."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a plugin found wrong with itself: an id `<plugin>.…`, what it is, and the way out."""

    id: str
    text: Text
    hint: Text

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no id of a finding: write <plugin>.<name>")
        if not str(self.text).strip() or not str(self.hint).strip():
            raise ValueError(f"{self.id} says what is wrong and what to do about it")
