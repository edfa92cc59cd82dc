"""How a term is counted: pure functions over dates, without tables and without the letter.

民法典 第二百零一条至第二百零四条: the day of the event is not counted; a term in days ends with its last day; when that is a
day off, with the next working day; a term in hours runs from the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from cunli import Day, add_working_days, working_days_between

ZONE: Final = ZoneInfo("Asia/Shanghai")
Unit = Literal["hour", "day", "workday"]


class Calendar(Protocol):
    """What a county chose to know holidays by; see `cunli.HOLIDAYS`."""

    def known(self, year: int) -> bool: ...

    def day(self, day: date) -> Day: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """So many hours, calendar days or working days."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which the term does not run. `end` is `None` while it lasts."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The first moment at which the term is over. `provisional`: a year on the way is not announced, so it may still move."""

    at: datetime
    provisional: bool = False


def deadline(term: Term, start: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Deadline | None:
    """When a term that began at `start` is over. `None` while it is paused: it waits, and cannot be missed.

    Pauses are in order, do not overlap, and begin at or after `start`. A pause that began when the term was over already
    changes nothing.
    """
    due = _end(term, start, calendar)
    left = term
    since = start
    for pause in pauses:
        if pause.start >= due.at:
            return due
        if pause.end is None:
            return None
        left = Term(amount=max(0, left.amount - _gone(left.unit, since, pause.start, calendar)), unit=left.unit)
        if left.unit == "hour":
            due = Deadline(at=due.at + (pause.end - pause.start))
        else:
            now = _end(left, pause.end, calendar)
            due = Deadline(at=max(due.at, now.at), provisional=due.provisional or now.provisional)
        since = pause.end
    return due


def _gone(unit: Unit, since: datetime, until: datetime, calendar: Calendar) -> int:
    """How many whole units were used up between two moments; for hours the moments themselves are moved instead."""
    first, last = _date(since), _date(until)
    if unit == "workday":
        return working_days_between(calendar, first, last)
    return (last - first).days if unit == "day" else 0


def _end(term: Term, start: datetime, calendar: Calendar) -> Deadline:
    if term.unit == "hour":
        return Deadline(at=start + timedelta(hours=term.amount))
    if term.unit == "workday":
        due = add_working_days(calendar, _date(start), term.amount)
        return Deadline(at=_midnight_after(due.day), provisional=due.provisional)
    last = _date(start) + timedelta(days=term.amount)
    rolled = add_working_days(calendar, last, 0)  # the last day, or the next one that is worked
    return Deadline(at=_midnight_after(rolled.day), provisional=rolled.provisional)


def _date(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZONE)


def last_day(due: Deadline) -> date:
    """The day that people are told: the last one on which the answer is in time."""
    return _date(due.at - timedelta(microseconds=1))


def soonest(dues: Iterable[Deadline | None]) -> Deadline | None:
    """The deadline that comes first; `None` where none runs."""
    return min((due for due in dues if due is not None), key=lambda due: due.at, default=None)
