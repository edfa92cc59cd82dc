"""The rules as data, and what follows from them on a day. Pure: no clock, no database."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

Every = Literal["month", "quarter", "year"]
MONTHS: Final[dict[str, int]] = {"month": 1, "quarter": 3, "year": 12}
COMMITTEE_FROM: Final = 7  # full members from which a branch has a committee
LOOKS_BACK: Final = 12  # months in which something missed is still shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a kind of meeting is held. `article` is empty where nobody has read it."""

    id: str
    kind: str
    every: Every
    law: str
    article: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours of study in a year; those who lead have another source."""

    id: str
    member: int
    leader: int
    half_day: int
    law: str
    leader_law: str
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """What holds for members who are away."""

    id: str
    short_months: int
    report_months: int
    together: int
    dues_months: int
    law: str
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of them."""

    rhythm: tuple[Rhythm, ...]
    hours: Hours
    away: Away


@lru_cache
def rules() -> Rules:
    data: dict[str, Any] = tomllib.loads(files("cunli_party").joinpath("rules.toml").read_text("utf-8"))
    return Rules(
        rhythm=tuple(Rhythm(**row) for row in data["rhythm"]),
        hours=Hours(**data["hours"]),
        away=Away(**data["away"]),
    )


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A month, a quarter or a year: its first and its last day."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def add_months(day: date, months: int) -> date:
    """The first of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def span(every: Every, day: date) -> Span:
    """The span of the calendar that a day lies in."""
    length = MONTHS[every]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    return Span(first, add_months(first, length) - timedelta(days=1))


def spans(every: Every, since: date, today: date) -> Iterator[Span]:
    """Whole spans of a branch's life up to today, the newest first; the one in which it was founded asks for nothing yet."""
    at = span(every, today)
    while since < at.first:
        yield at
        at = span(every, at.first - timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How a rule stands: whether it is kept in the span of today, until when there is time, and which spans were missed."""

    rule: Rhythm
    done: bool
    until: date
    missed: tuple[Span, ...]

    @property
    def overdue(self) -> bool:
        return bool(self.missed)


def kept(rule: Rhythm, held: Collection[date], *, since: date, today: date) -> Kept:
    """How a rule stands on a day. `held`: days of valid meetings of its kind."""
    now = span(rule.every, today)
    back = add_months(now.first, -max(LOOKS_BACK, MONTHS[rule.every]))
    missed = tuple(
        one
        for one in spans(rule.every, since, today)
        if one != now and one.first >= back and not any(day in one for day in held)
    )
    return Kept(rule=rule, done=any(day in now and day <= today for day in held), until=now.last, missed=missed)


def asked(rule: Rhythm, *, full_members: int, groups: int) -> bool:
    """Whether the branch has what the rule is about."""
    if rule.needs == "committee":
        return full_members >= COMMITTEE_FROM
    return groups > 0 if rule.needs == "groups" else True


def quorum(present: int, expected: int) -> bool:
    """More than half. Whoever only read the minutes was not there."""
    return present * 2 > expected


def how_to_go(since: date, until: date | None, *, fixed: bool) -> Literal["certificate", "transfer"]:
    """Up to six months, or to no fixed place: a certificate of activity. Longer and fixed: the membership goes along."""
    if until is None or not fixed:
        return "certificate"
    short = add_months(since, rules().away.short_months)
    last = date(short.year, short.month, min(since.day, (add_months(short, 1) - timedelta(days=1)).day))
    return "transfer" if until > last else "certificate"


def report_due(reported: date) -> date:
    """The day by which somebody away reports again."""
    later = add_months(reported, rules().away.report_months)
    return date(later.year, later.month, min(reported.day, (add_months(later, 1) - timedelta(days=1)).day))


def together(places: Sequence[str]) -> list[str]:
    """Places where so many are together that they found a temporary branch."""
    counts: dict[str, int] = {}
    for place in places:
        counts[place] = counts.get(place, 0) + 1
    return [place for place, count in counts.items() if count >= rules().away.together]


def dues_months(months: Collection[str], today: date, *, since: date, look_back: int = 3) -> list[str]:
    """Months before this one that are not settled, the oldest first."""
    first = add_months(today, 0)
    wanted = [add_months(first, -back) for back in range(look_back, 0, -1)]
    return [f"{one:%Y-%m}" for one in wanted if one > since and f"{one:%Y-%m}" not in months]
