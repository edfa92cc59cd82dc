"""What an import did, for people and for programs. Counts are exact; of long lists the beginning is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from cunli.places.tree import Doubt

KEPT: Final = 1000
SHOWN: Final = 10
_TITLES: Final = {
    "added": "新增",
    "renamed": "改名",
    "moved": "换了上级",
    "vanished": "表里没有了",
    "returned": "又回到表里",
    "doubtful": "要看一看",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One region that was added, renamed, moved, or is gone."""

    code: str
    level: str
    name: str
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Section:
    """One kind of change."""

    count: int = 0
    rows: list[Change | Doubt] = field(default_factory=list)

    def add(self, row: Change | Doubt) -> None:
        self.count += 1
        if len(self.rows) < KEPT:
            self.rows.append(row)


@dataclass(slots=True)
class ImportReport:
    """The whole import. `doubtful` rows were imported too."""

    rows: int = 0
    added: Section = field(default_factory=Section)
    renamed: Section = field(default_factory=Section)
    moved: Section = field(default_factory=Section)
    vanished: Section = field(default_factory=Section)
    returned: Section = field(default_factory=Section)
    doubtful: Section = field(default_factory=Section)

    @property
    def changes(self) -> int:
        """How many regions are different afterwards."""
        return sum(getattr(self, name).count for name in _TITLES if name != "doubtful")

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: getattr(self, name).count for name in _TITLES}

    def as_json(self) -> dict[str, Any]:
        """For programs: each section with its count and at most a thousand rows."""
        sections = {name: asdict(getattr(self, name)) for name in _TITLES}
        return {"rows": self.rows, "changed": self.changes, **sections}

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"读了 {self.rows} 行。"
        for name, title in _TITLES.items():
            section: Section = getattr(self, name)
            if section.count:
                yield f"{title}: {section.count}"
                if name != "added":
                    yield from _examples(section)
        if not self.changes:
            yield "和上次一样，什么也没有改。"


def _examples(section: Section) -> Iterator[str]:
    for row in section.rows[:SHOWN]:
        if isinstance(row, Doubt):
            yield f"  {row.code} {row.name}: {row.text}"
        elif row.before or row.after:
            yield f"  {row.code} {row.name}: {row.before or '（没有）'} → {row.after or '（没有）'}"
        else:
            yield f"  {row.code} {row.name}"
    if section.count > SHOWN:
        yield f"  …… 还有 {section.count - SHOWN} 个，用 --json 看全"
