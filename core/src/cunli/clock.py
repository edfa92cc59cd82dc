"""The one place that asks what time it is, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VILLAGE_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC: what every table stores."""
    return datetime.now(UTC)


def today() -> date:
    """The date on the wall calendar of a village (Asia/Shanghai), whatever the server's own zone."""
    return datetime.now(VILLAGE_ZONE).date()


def local_date(moment: datetime) -> date:
    """The day that a moment is on by a village's clock."""
    return moment.astimezone(VILLAGE_ZONE).date()
