"""The three rates and what stands beside them, from the sums of `tallying`. Every answer is a fixed number of questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.functions import Count, Sum

from .models import Letter, Tally
from .overseeing import Overseen
from .tallying import COLUMNS, COUNTS, STEPS, kind_of, median_hours, month_of, told
from .terms import ZONE

UNANSWERED = ("submitted", "triaged", "assigned", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The three rates of a time, each with what it is of. `silent` is counted apart and is no satisfaction.

    响应率: answered in time ÷ all whose answer is there or overdue. 解决率: closed by the writer or a call-back ÷ all answered.
    满意率: 满意 ÷ everybody who said something. `hours`: about half of the first answers were quicker.
    """

    received: int = 0
    answered: int = 0
    in_time: int = 0
    due: int = 0
    resolved: int = 0
    silent: int = 0
    satisfied: int = 0
    said: int = 0
    hours: float | None = None

    @property
    def response(self) -> float | None:
        return self.in_time / self.due if self.due else None

    @property
    def resolution(self) -> float | None:
        return self.resolved / self.answered if self.answered else None

    @property
    def satisfaction(self) -> float | None:
        return self.satisfied / self.said if self.said else None


def rates(sums: Mapping[str, int], late: int) -> Rates:
    """Rates from summed columns, and how many wait unanswered beyond their term."""
    counts = {name: int(sums.get(name) or 0) for name in COUNTS}
    return Rates(
        **counts,
        due=counts["answered"] + late,
        hours=median_hours({name: int(sums.get(name) or 0) for name in STEPS}),
    )


def months_back(now: datetime, count: int) -> date:
    """The first day of the month with which a span of so many months begins, this one counted."""
    today = now.astimezone(ZONE).date()
    months = today.year * 12 + today.month - count
    return date(months // 12, months % 12 + 1, 1)


async def _sums(**where: Any) -> list[dict[str, Any]]:
    """Sums by village, kind and month."""
    by = ("village_id", "kind", "month")
    summed = Tally.filter(**where).annotate(**{f"sum_{name}": Sum(name) for name in COLUMNS})
    rows = await summed.group_by(*by).values(*by, *(f"sum_{name}" for name in COLUMNS))
    return [{key.removeprefix("sum_"): value for key, value in row.items()} for row in rows]


async def _late(now: datetime, since: date) -> list[tuple[int, str, int]]:
    """How many letters since then wait for their first answer beyond their term: (village, kind, count)."""
    start = datetime.combine(since, datetime.min.time(), tzinfo=ZONE)
    waiting = Letter.filter(
        state__in=UNANSWERED, answered_at__isnull=True, due_at__lte=now, submitted_at__gte=start
    ).annotate(n=Count("id"))
    by = ("village_id", "kind", "about_rank")
    rows = await waiting.group_by(*by).values(*by, "n")
    return [(row["village_id"], kind_of(row["kind"], row["about_rank"]), row["n"]) for row in rows]


def _together(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    found = dict.fromkeys(COLUMNS, 0)
    for row in rows:
        for name in COLUMNS:
            found[name] += int(row[name] or 0)
    return found


async def month(now: datetime, level: int) -> Rates:
    """The rates of this month in the village in scope, as an office of this level may know them."""
    late = await _late(now, month_of(now))
    return rates(await _month_sums(now, level), sum(n for _village, kind, n in late if told(kind, level)))


async def month_counts(now: datetime) -> Rates:
    """What came in and was answered this month, in one question: without what is late, so without a rate of responses. For everybody."""
    return rates(await _month_sums(now, 0), 0)


async def _month_sums(now: datetime, level: int) -> dict[str, int]:
    return _together(row for row in await _sums(month=month_of(now)) if told(row["kind"], level))


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the board shows: all villages together, each (name, address, rates), each kind, and each month."""

    all: Rates
    villages: list[tuple[str, str, Rates]]
    kinds: list[tuple[str, Rates]]
    months: list[tuple[date, Rates]]


def _months(first: date, last: date) -> list[date]:
    """The first days of all months from one to another."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


async def board(over: Overseen, since: date, now: datetime) -> Board:
    """The rates of the villages within reach, as far as the own office may know them. Those with most overdue come first."""
    with over.mine.rows():
        rows = [row for row in await _sums(month__gte=since) if told(row["kind"], over.level(row["village_id"]))]
        late = [one for one in await _late(now, since) if told(one[1], over.level(one[0]))]
    each = [
        (
            one.name,
            one.url,
            rates(
                _together(row for row in rows if row["village_id"] == one.id),
                sum(n for village, _kind, n in late if village == one.id),
            ),
        )
        for one in over.mine.villages
    ]
    kinds = sorted({row["kind"] for row in rows} | {kind for _village, kind, _n in late})
    months = _months(since, month_of(now))
    return Board(
        all=rates(_together(rows), sum(n for _village, _kind, n in late)),
        villages=sorted(each, key=lambda one: (one[2].in_time - one[2].due, -one[2].received)),
        kinds=[
            (
                kind,
                rates(
                    _together(row for row in rows if row["kind"] == kind), sum(n for _v, its, n in late if its == kind)
                ),
            )
            for kind in kinds
        ],
        months=[(month, rates(_together(row for row in rows if row["month"] == month), 0)) for month in months],
    )
