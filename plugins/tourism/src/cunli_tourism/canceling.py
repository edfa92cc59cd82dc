"""What goes back when a guest cancels: steps in time, declared once, worked out when the booking is made and kept with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from . import moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Until `hour` o'clock, so many days before the first day, so many percent of what was paid go back."""

    days: int
    hour: int
    percent: int


POLICIES: Final[dict[str, tuple[Rule, ...]]] = {
    "loose": (Rule(days=1, hour=18, percent=100), Rule(days=0, hour=18, percent=50)),
    "middle": (Rule(days=3, hour=18, percent=100), Rule(days=1, hour=18, percent=50)),
    "strict": (
        Rule(days=7, hour=18, percent=100),
        Rule(days=3, hour=18, percent=50),
        Rule(days=1, hour=18, percent=20),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Until this moment so many percent go back."""

    until: datetime
    percent: int


def steps(policy: str, first: date) -> list[Step]:
    """The steps of a booking that begins on this day, the earliest first."""
    return [
        Step(until=moments.at(first - timedelta(days=one.days), one.hour), percent=one.percent)
        for one in POLICIES[policy]
    ]


def kept(found: Iterable[Step]) -> list[list[Any]]:
    """As it stands in the row of the booking."""
    return [[one.until.isoformat(), one.percent] for one in found]


def read(rows: Sequence[Sequence[Any]]) -> list[Step]:
    """Out of the row."""
    return [Step(until=datetime.fromisoformat(until), percent=percent) for until, percent in rows]


def back(found: Iterable[Step], moment: datetime, paid_fen: int) -> int:
    """How many of the fen that were paid go back at this moment, down to the fen below."""
    percent = next((one.percent for one in found if moment < one.until), 0)
    return paid_fen * percent // 100
