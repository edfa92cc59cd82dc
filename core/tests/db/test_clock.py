"""The clock of the village."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine

from cunli import clock
from cunli.clock import now, today


def test_now_is_aware_and_in_utc() -> None:
    with time_machine.travel(datetime(2026, 2, 17, 4, 30, tzinfo=UTC), tick=False):
        assert now() == datetime(2026, 2, 17, 4, 30, tzinfo=UTC)
        assert now().tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 2, 16, 15, 59, tzinfo=UTC), date(2026, 2, 16)),
        (datetime(2026, 2, 16, 16, 0, tzinfo=UTC), date(2026, 2, 17)),  # New Year's Day begins in the village
    ],
)
def test_today_is_the_villages_date_whatever_the_servers_zone(moment: datetime, day: date) -> None:
    with time_machine.travel(moment, tick=False):
        assert today() == day


def test_the_setting_decides_whose_day_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_zone", clock.village_zone())  # put back at the end
    clock.use_zone("Asia/Urumqi")
    with time_machine.travel(
        datetime(2026, 2, 16, 16, 30, tzinfo=UTC), tick=False
    ):  # half past ten in the evening there
        assert (today(), clock.local(now()).hour) == (date(2026, 2, 16), 22)
