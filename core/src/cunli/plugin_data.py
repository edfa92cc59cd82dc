"""What plugins hold about a person: the question, the files that hand it over, and the report of having erased it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cunli.plugin import Text

Read = Callable[[], Awaitable[bytes | None]]
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,2}")
LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DataContext:
    """Whose data is meant. Rows of all villages are in scope, wherever the plugin is on or off."""

    person_id: int
    """The person."""
    remove: bool = False
    """For erasing: they want what they published taken away; otherwise it stays without their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file of what is held about a person: `rows`, written as JSON, or `content`, or `read` for something large.

    It lands in the archive as `<plugin>/<name>`; rows are also shown on the archive's page, under `label`, with
    `columns` as words for their keys. Values of rows are texts, numbers, moments, days, and lists and mappings of them.
    `read` is called when its turn comes; `None` from it means that it is gone.
    """

    name: str
    label: Text
    rows: Sequence[Mapping[str, object]] = ()
    columns: Mapping[str, Text] = field(default_factory=dict)
    content: bytes = b""
    read: Read | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            raise ValueError(f"{self.name!r} cannot be the name of a file: letters, digits, “_”, “-” and “.”")
        if self.rows and (self.content or self.read):
            raise ValueError(f"{self.name}: either rows, or content")
        if self.rows and not self.name.endswith(".json"):
            raise ValueError(f"{self.name}: rows are written as JSON, so the name ends with .json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stays after an erasure, how much of it, and why: the law or duty that asks for it, in plain words."""

    what: Text
    count: int
    reason: Text

    def __post_init__(self) -> None:
        if not str(self.reason).strip():
            raise ValueError("what is kept needs a reason: a law, or a duty to others")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was erased or made nameless, by name with how many, and what is kept with its reason."""

    erased: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
