"""The one place that asks what time it is, so that tests can move it, and the one that knows the villages' time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_zone = ZoneInfo("Asia/Shanghai")


def use_zone(name: str) -> None:
    """Set the villages' time zone (the setting `time_zone`), once at start."""
    global _zone
    _zone = ZoneInfo(name)


def village_zone() -> ZoneInfo:
    """The villages' time zone, whatever the server's own is."""
    return _zone


def now() -> datetime:
    """The present moment, aware, in UTC: what every table stores."""
    return datetime.now(UTC)


def today() -> date:
    """The date on the wall calendar of the villages (the setting `time_zone`), whatever the server's own zone."""
    return datetime.now(_zone).date()


def local(moment: datetime) -> datetime:
    """A moment by the villages' clock."""
    return moment.astimezone(_zone)


def local_date(moment: datetime) -> date:
    """The day that a moment is on by the villages' clock."""
    return local(moment).date()
