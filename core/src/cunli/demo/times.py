"""When things happened in the demo: counted back from the moment of loading, and never while the village sleeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cunli.clock import village_zone

WAKES: Final = 7
SLEEPS: Final = 23
_LAST: Final = time(22, 30)  # whoever loads the demo at night sees the evening before
_AGO: Final = re.compile(r"(\d+)([mh])")
_DAY: Final = re.compile(r"(\d+)d (\d\d):(\d\d)")
_IN_TEXT: Final = re.compile(r"\{([+-]\d+)\}")
_NIGHT: Final = 6  # before this hour nobody posts
_FIRST_LIGHT: Final = timedelta(hours=6, minutes=20)  # what would come at night comes between these two
_BREAKFAST: Final = timedelta(hours=7, minutes=10)


@dataclass(frozen=True, slots=True)
class Times:
    """`now` is the newest moment of the demo: the moment of loading, or the end of the last waking day."""

    now: datetime

    @classmethod
    def of(cls, moment: datetime) -> Times:
        """The demo as it looks at `moment`."""
        local = moment.astimezone(village_zone())
        if WAKES <= local.hour < SLEEPS:
            return cls(local)
        day = local.date() if local.hour >= SLEEPS else local.date() - timedelta(days=1)
        return cls(datetime.combine(day, _LAST, village_zone()))

    @property
    def today(self) -> date:
        return self.now.date()

    def at(self, when: str) -> datetime:
        """`40m` and `3h` ago, or `2d 07:42`: so many days ago at that hour. In UTC."""
        if ago := _AGO.fullmatch(when):
            minutes = int(ago[1]) * (60 if ago[2] == "h" else 1)
            return _evening(self.now - timedelta(minutes=minutes)).astimezone(UTC)
        if day := _DAY.fullmatch(when):
            hour = time(int(day[2]), int(day[3]))
            return datetime.combine(self.today - timedelta(days=int(day[1])), hour, village_zone()).astimezone(UTC)
        raise ValueError(f"not a time of the demo: {when!r}")

    def day(self, offset: int) -> date:
        """The day so many days from today."""
        return self.today + timedelta(days=offset)

    def fill(self, text: str) -> str:
        """`{+3}` and `{-24}` in a text as dates: 11月25日."""

        def written(found: re.Match[str]) -> str:
            day = self.day(int(found[1]))
            return f"{day.month}月{day.day}日"

        return _IN_TEXT.sub(written, text)

    def later(self, start: datetime, gaps: Sequence[timedelta]) -> list[datetime]:
        """Moments after `start`, each a gap after the one before: not at night, not in the future, in order."""
        end = max(self.now.astimezone(UTC) - timedelta(minutes=1), start)
        whole = sum(gaps, timedelta())
        squeeze = min(1.0, (end - start) / whole) if whole else 1.0
        found: list[datetime] = []
        gone = timedelta()
        for gap in gaps:
            gone += gap * squeeze
            found.append(max(start, min(_morning(start + gone), end)))
        return found


def _evening(local: datetime) -> datetime:
    """A moment of the night, moved into the evening before; the order of two such moments stays."""
    if local.hour >= _NIGHT:
        return local
    into = (local.hour * 60 + local.minute) / (_NIGHT * 60)
    return datetime.combine(local.date() - timedelta(days=1), time(20, 30), village_zone()) + into * timedelta(hours=2)


def _morning(moment: datetime) -> datetime:
    """A moment of the night, moved to the morning after it; the order of moments stays."""
    local = moment.astimezone(village_zone())
    midnight = datetime.combine(local.date(), time(), village_zone())
    into = (local - midnight) / _BREAKFAST
    return (midnight + _FIRST_LIGHT + into * (_BREAKFAST - _FIRST_LIGHT)).astimezone(UTC) if into < 1 else moment
