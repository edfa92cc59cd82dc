"""Calendars that other sites and phones read and write (RFC 5545): the days that are gone, and nothing about anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from .moments import ZONE

OURS: Final = "@tourism.cunli"
MOST_BYTES: Final = 300_000
MOST_LINES: Final = 12_000  # a listing site writes some eight lines for an entry; a minute of work cannot be asked for
MOST_ENTRIES: Final = 1000
_FOLDED: Final = re.compile(rb"\r?\n[ \t]")
# What the library raises on hostile input: mostly ValueError, the others where a value is of a kind that it did not expect.
_STUMBLES: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class Unreadable(Exception):
    """This is no calendar, or one that is too large. `why` is a word: no, large."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file says: days that are gone; entries that repeat, of which only the first time counts; entries without a day."""

    days: frozenset[date]
    repeated: int
    broken: int


def read(body: bytes, first: date, last: date) -> Found:
    """The days from `first` to the day before `last` that are gone. Takes up to a second of work: not in the loop. Raises
    `Unreadable`."""
    if len(body) > MOST_BYTES or body.count(b"\n") > MOST_LINES or body.upper().count(b"BEGIN:") > MOST_ENTRIES * 3:
        raise Unreadable("large")
    try:
        calendar = Calendar.from_ical(_without_zones(body))
    except _STUMBLES as stumble:
        raise Unreadable("no") from stumble
    inside = list(calendar.subcomponents)
    if calendar.name != "VCALENDAR" or any(one.name == "VCALENDAR" for one in inside):
        raise Unreadable("no")
    entries = [one for one in inside if one.name == "VEVENT"]
    if len(entries) > MOST_ENTRIES:
        raise Unreadable("large")
    return _found([one for one in entries if _counts(one)], first, last)


def _without_zones(body: bytes) -> bytes:
    """Rules of time zones are a small program of whoever wrote the file, and may run for ever. The names of zones suffice."""
    kept, inside = [], False
    for line in _FOLDED.sub(b"", body).splitlines():
        word = line.strip().upper()
        inside = inside or word == b"BEGIN:VTIMEZONE"
        if not inside:
            kept.append(line)
        inside = inside and word != b"END:VTIMEZONE"
    return b"\r\n".join(kept) + b"\r\n"


def _counts(entry: Any) -> bool:
    """Whether an entry takes days: not what was called off, what leaves one free, or what came from here."""
    status, transparent = str(entry.get("status", "")).upper(), str(entry.get("transp", "")).upper()
    return not (status == "CANCELLED" or transparent == "TRANSPARENT" or str(entry.get("uid", "")).endswith(OURS))


def _found(entries: Iterable[Any], first: date, last: date) -> Found:
    days: set[date] = set()
    repeated = broken = 0
    for one in entries:
        repeated += any(name in one for name in ("RRULE", "RDATE"))
        try:
            since, until = _nights(one)
        except _STUMBLES:
            broken += 1
            continue
        since, until = max(since, first), min(until, last)
        days.update(since + timedelta(days=n) for n in range((until - since).days))
    return Found(days=frozenset(days), repeated=repeated, broken=broken)


def _nights(entry: Any) -> tuple[date, date]:
    """The first night, and the day of leaving."""
    start = entry["dtstart"].dt
    since = _day(start)
    if "dtend" in entry:
        until = _day(entry["dtend"].dt)
    elif "duration" in entry:
        until = _day(start + entry["duration"].dt)
    else:
        until = since
    if until < since:
        raise ValueError("it ends before it begins")
    return since, max(until, since + timedelta(days=1))


def _day(moment: object) -> date:
    """The day by the villages' clock. A zone that is not known counts as theirs."""
    if isinstance(moment, datetime):
        known = moment.tzinfo is UTC or isinstance(moment.tzinfo, ZoneInfo)
        return moment.astimezone(ZONE).date() if known else moment.date()
    if isinstance(moment, date):
        return moment
    raise ValueError("no day")


def written(days: Iterable[date], *, of: str, says: str, at: datetime) -> bytes:
    """A calendar with one whole day for each of `days`. The same day of the same offer keeps its name (`of`) for ever."""
    calendar = Calendar()
    calendar.add("prodid", "-//Cunli//tourism//ZH")
    calendar.add("version", "2.0")
    for one in sorted(days):
        event = Event()
        event.add("uid", f"{one:%Y%m%d}-{of}{OURS}")
        event.add("dtstamp", at)
        event.add("dtstart", one)
        event.add("dtend", one + timedelta(days=1))
        event.add("summary", says)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
