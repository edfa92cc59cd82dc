"""Figures by village, month and kind, kept up to date with every move: no page counts letters one by one.

What a letter adds to the figures is a pure function of its row. When the row changes, the difference is added in the same unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from tortoise.expressions import F

from .models import Letter, Tally
from .terms import ZONE

HOURS: Final = (1, 2, 4, 8, 24, 48, 72, 120, 240, 360)  # steps of the time to the first answer
COUNTS: Final = ("received", "answered", "in_time", "resolved", "silent", "satisfied", "said")
STEPS: Final = (*(f"within_{hours}" for hours in HOURS), "within_more")
COLUMNS: Final = (*COUNTS, *STEPS)
ABOUT: Final = "about"  # with the level of the cadre, in place of the kind of a letter about one
BY_WRITER: Final = ("confirmed", "called_back")


def month_of(moment: datetime) -> date:
    """The first day of the month, by the villages' clock."""
    return moment.astimezone(ZONE).date().replace(day=1)


def adds(row: Mapping[str, Any]) -> dict[str, int]:
    """What a letter adds: 1 in the columns that count it. Nothing before it is sent."""
    if row["submitted_at"] is None:
        return {}
    counted = {
        "received": True,
        "answered": row["answered_at"] is not None,
        "in_time": row["answered_at"] is not None and not row["answered_late"],
        "resolved": row["closed_how"] in BY_WRITER,
        "silent": row["closed_how"] == "silent",
        "satisfied": row["satisfaction"] == 3,
        "said": bool(row["satisfaction"]),
    }
    if row["answered_at"] is not None:
        counted[_step(row["answered_at"] - row["submitted_at"])] = True
    return {name: 1 for name, yes in counted.items() if yes}


def _step(took: Any) -> str:
    hours = took.total_seconds() / 3600
    return next((f"within_{most}" for most in HOURS if hours <= most), "within_more")


def kind_of(kind: str, about_rank: int) -> str:
    """Under what a letter is counted. One about a cadre is counted apart, so that his own figures do not tell him of it."""
    return f"{ABOUT}{about_rank}" if about_rank else kind


def told(kind: str, level: int) -> bool:
    """Whether figures for somebody of a level count this kind: not what is about cadres of that level or above. 0: everybody."""
    return not kind.startswith(ABOUT) or int(kind.removeprefix(ABOUT)) < level


FIELDS: Final = ("submitted_at", "answered_at", "answered_late", "closed_how", "satisfaction")


def row_of(letter: Letter) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in FIELDS}


async def count(letter: Letter, before: Mapping[str, int]) -> None:
    """Add what changed about a letter, in the unit that changed it."""
    after = adds(row_of(letter))
    change = {
        name: after.get(name, 0) - before.get(name, 0) for name in COLUMNS if after.get(name, 0) != before.get(name, 0)
    }
    if not change or letter.submitted_at is None:
        return
    where = {
        "series": letter.series or letter.village_id,
        "month": month_of(letter.submitted_at),
        "kind": kind_of(letter.kind, letter.about_rank),
    }
    await Tally.get_or_create(**where)
    await Tally.filter(**where).update(**{name: F(name) + more for name, more in change.items()})


def median_hours(steps: Mapping[str, int]) -> float | None:
    """About how long half of the answers took, from the steps: even within a step, the last one counted as its beginning."""
    total = sum(steps.values())
    if not total:
        return None
    wanted, seen, below = total / 2, 0, 0
    for most, name in zip((*HOURS, HOURS[-1]), STEPS, strict=True):
        here = steps.get(name, 0)
        if here and seen + here >= wanted:
            return below + (most - below) * (wanted - seen) / here
        seen, below = seen + here, most
    return float(HOURS[-1])
