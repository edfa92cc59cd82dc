"""What a stay costs: pure functions over days, in whole fen, without tables.

A night is dear because of the morning after it: before a working day it costs the plain price, before a free day that of the
weekend, before a public holiday that of the holiday. A seat by day goes by its own day. Which days are worked (调休 too) says
the calendar that the county chose; where a year is not announced yet, it knows weekends only, and what was seen is what is paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Protocol

from cunli import Day

LONGEST: Final = 28  # nights of one booking
Rung = Literal["plain", "weekend", "holiday"]


class Calendar(Protocol):
    """What a county chose to know holidays by; see `cunli.HOLIDAYS`."""

    def known(self, year: int) -> bool: ...

    def day(self, day: date) -> Day: ...


class Prices(Protocol):
    """The three prices of an offer or of a season. 0: as the one before it."""

    fen: int
    weekend_fen: int
    holiday_fen: int


class Time(Prices, Protocol):
    """A season."""

    name: str
    since: date
    until: date
    yearly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one unit costs on a day, why, and in which season."""

    day: date
    fen: int
    rung: Rung
    season: str = ""


def within(season: Time, day: date) -> bool:
    """Whether a day lies in a season, both ends included. Every year: by month and day, so that 29 February needs no rule."""
    if not season.yearly:
        return season.since <= day <= season.until
    first, last = (season.since.month, season.since.day), (season.until.month, season.until.day)
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


def rung(day: date, calendar: Calendar, *, night: bool) -> Rung:
    """Which of the three prices counts."""
    deciding = calendar.day(day + timedelta(days=1) if night else day)
    return {"workday": "plain", "weekend": "weekend", "holiday": "holiday"}[deciding.kind]  # type: ignore[return-value]


def on(day: date, offer: Prices, seasons: Iterable[Time], calendar: Calendar, *, night: bool) -> Cost:
    """What a unit costs on a day. Of several seasons that hold, the one that was written last counts."""
    chosen: Prices = offer
    name = ""
    for one in seasons:
        if within(one, day):
            chosen, name = one, one.name
    step = rung(day, calendar, night=night)
    plain = chosen.fen
    weekend = chosen.weekend_fen or plain
    fen = {"plain": plain, "weekend": weekend, "holiday": chosen.holiday_fen or weekend}[step]
    return Cost(day=day, fen=fen, rung=step, season=name)


def nights(first: date, last: date) -> list[date]:
    """The nights of a stay: the day of leaving is not one."""
    return [first + timedelta(days=n) for n in range((last - first).days)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a quote, as it is shown and kept."""

    what: Literal["night", "seat", "extra", "meal", "take"]
    day: date
    count: int
    fen: int
    season: str = ""
    rung: Rung = "plain"

    @property
    def sum_fen(self) -> int:
        return self.count * self.fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """So many units for so many people, meals for so many of them on the first evening, and so many portions to take home."""

    first: date
    last: date
    units: int
    people: int
    meals: int = 0
    takes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Everything that it costs, and how much of it is paid with the booking."""

    lines: tuple[Line, ...]
    now_fen: int

    @property
    def total_fen(self) -> int:
        return sum(one.sum_fen for one in self.lines)


def quote(
    asked: Asked,
    costs: Sequence[Cost],
    *,
    night: bool,
    included: int,
    extra_fen: int,
    meal_fen: int,
    prepay: int,
    take_fen: int = 0,
) -> Quote:
    """The lines of a quote. People beyond `included` for each unit pay `extra_fen` for each day. What is paid at once is
    `prepay` percent of the sum, down to the fen below."""
    more = max(0, asked.people - included * asked.units) if included and extra_fen else 0
    lines: list[Line] = []
    for cost in costs:
        what: Literal["night", "seat"] = "night" if night else "seat"
        lines.append(Line(what=what, day=cost.day, count=asked.units, fen=cost.fen, season=cost.season, rung=cost.rung))
        if more:
            lines.append(Line(what="extra", day=cost.day, count=more, fen=extra_fen))
    if asked.meals:
        lines.append(Line(what="meal", day=asked.first, count=asked.meals, fen=meal_fen))
    if asked.takes:
        lines.append(Line(what="take", day=asked.first, count=asked.takes, fen=take_fen))
    total = sum(one.sum_fen for one in lines)
    return Quote(lines=tuple(lines), now_fen=total * prepay // 100)
