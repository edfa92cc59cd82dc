"""Working days: which days are workdays, weekends and holidays, and counting in working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Protocol

from cunli.settings import Settings

DayKind = Literal["workday", "weekend", "holiday"]
LONGEST: Final = 10_000  # working days


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day is. `name` is that of the holiday, also on a weekend day that is worked in exchange for it.

    `provisional`: the year's holidays are not announced yet, and this may still change.
    """

    kind: DayKind
    name: str = ""
    provisional: bool = False


class Calendar(Protocol):
    """Knows days. Packages offer one as a factory under the entry point group `cunli.holidays`.

        def tibet(settings: Settings) -> Calendar: ...

    Both calls answer from memory, without I/O, for any date, and never raise.
    """

    def known(self, year: int) -> bool:
        """Whether the holidays of this year are announced and here."""
        ...

    def day(self, day: date) -> Day:
        """What a day is; provisional exactly where its year is not known."""
        ...


class Weekends:
    """Saturdays and Sundays."""

    def __init__(self, settings: Settings | None = None) -> None:
        pass

    def known(self, year: int) -> bool:
        return False

    def day(self, day: date) -> Day:
        return Day(kind="weekend" if day.weekday() > 4 else "workday", provisional=True)


class China:
    """The State Council's arrangement for each year, with the weekend days that are worked in exchange (调休)."""

    def __init__(self, settings: Settings | None = None) -> None:
        import chinese_calendar

        self._of = chinese_calendar.get_holiday_detail
        self._names = {one.value: one.chinese for one in chinese_calendar.Holiday}

    def known(self, year: int) -> bool:
        if not 1 <= year <= 9999:
            return False
        try:
            self._of(date(year, 1, 1))
        except NotImplementedError:  # how the library says that it has no data for a year
            return False
        return True

    def day(self, day: date) -> Day:
        if not self.known(day.year):
            return Weekends().day(day)
        off, name = self._of(day)
        kind: DayKind = "workday" if not off else "holiday" if name else "weekend"
        return Day(kind=kind, name=self._names.get(name, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A day that was counted to. `provisional`: a year on the way is not announced, so it may still move."""

    day: date
    provisional: bool


def add_working_days(calendar: Calendar, start: date, count: int) -> Due:
    """The `count`-th working day after `start`, which is day zero. With 0: `start`, or the next working day.

    Raises `ValueError` for a negative count or one over ten thousand.
    """
    if not 0 <= count <= LONGEST:
        raise ValueError(f"from 0 to {LONGEST} working days, not {count}")
    day, left = start, count
    while True:
        if left == 0 and calendar.day(day).kind == "workday":
            break
        day += timedelta(days=1)
        left -= left > 0 and calendar.day(day).kind == "workday"
    return Due(day=day, provisional=_provisional(calendar, start, day))


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """How many working days come after `start` up to and with `end`; 0 where `end` is not later."""
    days = (start + timedelta(days=n) for n in range(1, max(0, (end - start).days) + 1))
    return sum(calendar.day(day).kind == "workday" for day in days)


def _provisional(calendar: Calendar, start: date, end: date) -> bool:
    return not all(calendar.known(year) for year in range(start.year, end.year + 1))
