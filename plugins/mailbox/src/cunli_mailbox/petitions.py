"""The petition rate (信访率): petitions per 1,000 residents by quarter, and whether it fell since secretaries answer here.

The letters here are no petitions: the figures are those of the petition office, which the levels above write down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tortoise.functions import Min, Sum

from cunli import Reach, unit

from .models import Petitions, Tally

MOST_COMPARED: Final = 4


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, text: str) -> Quarter | None:
        """From `2026Q3`; `None` for anything else."""
        year, q, number = text.partition("Q")
        fits = q and year.isascii() and year.isdecimal() and len(year) == 4 and number in ("1", "2", "3", "4")
        return cls(int(year), int(number)) if fits else None

    def before(self, count: int = 1) -> Quarter:
        months = self.year * 4 + self.number - 1 - count
        return Quarter(months // 4, months % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Petitions and residents of a quarter, of one or more villages together."""

    quarter: Quarter
    petitions: int
    residents: int

    @property
    def rate(self) -> float | None:
        return 1000 * self.petitions / self.residents if self.residents else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """As many quarters before as since, and by how many per cent the rate changed."""

    before: float
    since: float
    quarters: int

    @property
    def percent(self) -> float | None:
        return 100 * (self.since - self.before) / self.before if self.before else None


def change(counted: Iterable[Counted], start: Quarter) -> Change | None:
    """The rate before and since a quarter, over as many quarters that follow one another on both sides, at most four.

    `None` where the quarter before or the quarter itself was not counted.
    """
    by = {one.quarter: one for one in counted if one.residents}
    pairs: list[tuple[Counted, Counted]] = []
    for n in range(MOST_COMPARED):
        earlier, later = by.get(start.before(n + 1)), by.get(start.before(-n))
        if earlier is None or later is None:
            break
        pairs.append((earlier, later))
    if not pairs:
        return None
    return Change(before=_rate(pair[0] for pair in pairs), since=_rate(pair[1] for pair in pairs), quarters=len(pairs))


def _rate(counted: Iterable[Counted]) -> float:
    found = list(counted)
    return 1000 * sum(one.petitions for one in found) / sum(one.residents for one in found)


def together(rows: Sequence[tuple[Quarter, int, int]]) -> list[Counted]:
    """Sums by quarter, the earliest first."""
    quarters = sorted({quarter for quarter, _petitions, _residents in rows})
    return [
        Counted(
            quarter=one,
            petitions=sum(petitions for quarter, petitions, _residents in rows if quarter == one),
            residents=sum(residents for quarter, _petitions, residents in rows if quarter == one),
        )
        for one in quarters
    ]


async def all_of(mine: Reach) -> dict[int, list[tuple[Quarter, int, int]]]:
    """What was written down for each village within reach: (quarter, petitions, residents)."""
    found: dict[int, list[tuple[Quarter, int, int]]] = {}
    with mine.rows():
        counted = Petitions.annotate(p=Sum("petitions"), r=Sum("residents")).group_by("village_id", "year", "quarter")
        for row in await counted.values("village_id", "year", "quarter", "p", "r"):
            found.setdefault(row["village_id"], []).append((Quarter(row["year"], row["quarter"]), row["p"], row["r"]))
    return found


async def opened(mine: Reach) -> Quarter | None:
    """The quarter of the first letter within reach: when secretaries began to answer here."""
    with mine.rows():
        rows = await Tally.annotate(first=Min("month")).group_by("kind").values("kind", "first")
    return min((Quarter.of(_day(row["first"])) for row in rows), default=None)


def _day(value: date | str) -> date:
    """SQLite gives the least of some days as text."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


async def here(quarters: Sequence[Quarter]) -> dict[Quarter, tuple[int, int]]:
    """What was written down for the village in scope."""
    rows = await Petitions.filter(year__gte=min(quarters).year)
    return {Quarter(row.year, row.quarter): (row.petitions, row.residents) for row in rows}


@unit
async def write(counted: Iterable[Counted]) -> None:
    """Write down what the petition office counted in the village in scope, in place of what stood there."""
    for one in counted:
        figures = {"petitions": one.petitions, "residents": one.residents}
        where = {"year": one.quarter.year, "quarter": one.quarter.number}
        if not await Petitions.filter(**where).update(**figures):
            await Petitions.get_or_create(**where, defaults=figures)
