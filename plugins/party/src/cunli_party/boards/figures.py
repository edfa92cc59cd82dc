"""The figures of many villages. Seven questions, however many villages, members or exchanges there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.functions import Count, Sum

from cunli import Reach
from cunli_party.heads import ALWAYS, START, parts_of
from cunli_party.models import Branch, Completion, Journey, Tally
from cunli_party.rules import add_months, span
from cunli_party.school.reading import first

WHOLE = (
    "branch",
    "general",
    "committee",
)  # a group is part of its branch, and who is in a temporary one is counted at home


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one village, or of all. Rates have what they are of."""

    branches: int = 0
    members: int = 0
    probationary: int = 0
    away: int = 0
    registered: int = 0
    party_day: int = 0
    congress: int = 0
    completions: int = 0
    exchanges: int = 0

    @property
    def registration(self) -> int | None:
        """Members away who are registered ÷ all members away, in percent."""
        return rate(self.registered, self.away)

    @property
    def kept_day(self) -> int | None:
        """Branches that held their party day this month ÷ all branches, in percent."""
        return rate(self.party_day, self.branches)

    @property
    def kept_congress(self) -> int | None:
        """Branches that held a meeting of all members this quarter ÷ all branches, in percent."""
        return rate(self.congress, self.branches)


def rate(part: int, whole: int) -> int | None:
    """In percent; nothing where there is nothing to take it of."""
    return round(100 * part / whole) if whole else None


NAMES = (
    "branches",
    "members",
    "probationary",
    "away",
    "registered",
    "party_day",
    "congress",
    "completions",
    "exchanges",
)


def together(each: Sequence[Figures]) -> Figures:
    """Of all villages: sums, and rates of the sums."""
    return Figures(**{name: sum(getattr(one, name) for one in each) for name in NAMES})


async def of_villages(mine: Reach, today: date) -> dict[int, Figures]:
    """The figures of every village within reach."""
    month = f"{today:%Y-%m}"
    quarter = span("quarter", today)
    months = [f"{add_months(quarter.first, n):%Y-%m}" for n in range(3)]
    with mine.rows():
        heads = await _heads()
        found: dict[str, Mapping[int, int]] = {
            "branches": await _count(Branch.filter(dissolved_on__isnull=True, kind__in=WHOLE)),
            "members": _sum(heads),
            "probationary": _sum([row for row in heads if row["status"] == "probationary"]),
            "away": _sum([row for row in heads if row["away"] == "out"]),
            "registered": await _count(Journey.filter(back_on__isnull=True), Count("member_id", distinct=True)),
            "party_day": await _count(_held("day", [month]), Count("branch_id", distinct=True)),
            "congress": await _count(_held("congress", months), Count("branch_id", distinct=True)),
            "completions": await _count(
                Completion.filter(withdrawn_at__isnull=True, at__gte=first(today.year), at__lt=first(today.year + 1))
            ),
            "exchanges": await _count(_exchanges(today.year), Sum("count")),
        }
    return {
        village.id: Figures(**{name: found[name].get(village.id, 0) for name in NAMES}) for village in mine.villages
    }


async def _heads() -> list[dict[str, Any]]:
    """Members by village, status and where they are, from the sums of the branches."""
    query = Tally.filter(kind__startswith=START, month=ALWAYS).annotate(n=Sum("count")).group_by("village_id", "kind")
    rows = []
    for row in await query.values("village_id", "kind", "n"):
        status, away = parts_of(row["kind"])
        rows.append({"village_id": row["village_id"], "status": status, "away": away, "n": row["n"]})
    return rows


def _sum(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in rows:
        found[row["village_id"]] = found.get(row["village_id"], 0) + int(row["n"])
    return found


def _held(kind: str, months: list[str]) -> Any:
    whole = Tally.filter(branch__kind__in=WHOLE, branch__dissolved_on__isnull=True)
    return whole.filter(kind=f"meeting.{kind}", month__in=months, count__gt=0)


def _exchanges(year: int) -> Any:
    return Tally.filter(kind="exchange", month__gte=f"{year}-01", month__lte=f"{year}-12")


async def _count(query: Any, what: Any = None) -> dict[int, int]:
    rows = await query.annotate(n=what or Count("id")).group_by("village_id").values("village_id", "n")
    return {row["village_id"]: int(row["n"] or 0) for row in rows}


async def by_month(mine: Reach, today: date, months: int = 12) -> list[tuple[date, int]]:
    """Exchanges of all villages within reach, month by month."""
    wanted = [add_months(today, -back) for back in range(months - 1, -1, -1)]
    with mine.rows():
        query = Tally.filter(kind="exchange", month__gte=f"{wanted[0]:%Y-%m}").annotate(n=Sum("count"))
        rows = {row["month"]: int(row["n"]) for row in await query.group_by("month").values("month", "n")}
    return [(one, rows.get(f"{one:%Y-%m}", 0)) for one in wanted]
