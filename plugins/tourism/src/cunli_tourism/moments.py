"""What time it is. In one place, so that tests can let months go by, and the demo can tell of last month."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_told: ContextVar[datetime | None] = ContextVar("cunli_tourism_moment", default=None)


def now() -> datetime:
    """The moment, aware."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Everything inside happens at this moment."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)


ZONE = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day by the villages' clock."""
    return day(now())


def day(moment: datetime) -> date:
    """The day of a moment by the villages' clock."""
    return moment.astimezone(ZONE).date()


def at(when: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day by the villages' clock."""
    return datetime.combine(when, time(hour, minute), tzinfo=ZONE)
