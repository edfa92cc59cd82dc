"""What time it is. In one place, so that the demo can tell of last month."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
_told: ContextVar[datetime | None] = ContextVar("cunli_market_moment", default=None)


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


def today() -> date:
    """The day by the villages' clock."""
    return day(now())


def ahead(ready_on: date | None) -> date | None:
    """The day of a harvest that is still to come."""
    return ready_on if ready_on is not None and ready_on > today() else None


def day(moment: datetime) -> date:
    """The day of a moment by the villages' clock."""
    return moment.astimezone(ZONE).date()
