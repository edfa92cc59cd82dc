"""Calendars for the tests: the State Council's arrangement for 2025 and 2026, written by hand, so that the tests and the library check each other."""

from __future__ import annotations

from datetime import date

from cunli import Day

OFF = [
    "2025-01-01",
    "2025-01-28",
    "2025-01-29",
    "2025-01-30",
    "2025-01-31",
    "2025-02-03",
    "2025-02-04",
    "2025-04-04",
    "2025-05-01",
    "2025-05-02",
    "2025-05-05",
    "2025-06-02",
    "2025-10-01",
    "2025-10-02",
    "2025-10-03",
    "2025-10-06",
    "2025-10-07",
    "2025-10-08",
    "2026-01-01",
    "2026-01-02",
    "2026-02-16",
    "2026-02-17",
    "2026-02-18",
    "2026-02-19",
    "2026-02-20",
    "2026-02-23",
    "2026-04-06",
    "2026-05-01",
    "2026-05-04",
    "2026-05-05",
    "2026-06-19",
    "2026-09-25",
    "2026-10-01",
    "2026-10-02",
    "2026-10-05",
    "2026-10-06",
    "2026-10-07",
]
WORKED = [
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
]


class Announced:
    """Knows the years it was told; every other year has weekends only and is provisional."""

    def __init__(self, *years: int) -> None:
        self.years = years or (2024, 2025, 2026)

    def known(self, year: int) -> bool:
        return year in self.years

    def day(self, day: date) -> Day:
        if self.known(day.year):
            if day.isoformat() in WORKED:
                return Day(kind="workday")
            if day.isoformat() in OFF:
                return Day(kind="holiday")
        return Day(kind="weekend" if day.weekday() > 4 else "workday", provisional=not self.known(day.year))
