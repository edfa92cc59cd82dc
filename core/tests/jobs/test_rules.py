"""When things run: pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cunli.jobs.rules import LONGEST_PAUSE, back_off, error_text, next_run

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def middle() -> float:
    return 0.5


def test_the_pause_grows_fourfold_and_has_an_end() -> None:
    assert [back_off(n, middle) for n in range(1, 6)] == [15_000, 60_000, 240_000, 960_000, 3_840_000]
    assert back_off(50, middle) == LONGEST_PAUSE


def test_jobs_that_failed_together_come_back_apart() -> None:
    earliest, latest = back_off(2, lambda: 0.0), back_off(2, lambda: 0.999)
    assert earliest == 48_000
    assert 71_900 < latest <= 72_000


def test_every_so_often_counts_from_the_last_due_time_not_from_when_somebody_looked() -> None:
    every = timedelta(minutes=10)
    due = at("2026-03-01T08:00+08:00")
    assert next_run(after=due + 3_000, every=every, daily=None, zone=SHANGHAI, last=due) == due + 10 * MINUTE


def test_times_missed_while_nothing_ran_are_not_made_up_for() -> None:
    every = timedelta(minutes=10)
    due = at("2026-03-01T08:00+08:00")
    after_a_night = at("2026-03-01T20:04+08:00")
    assert next_run(after=after_a_night, every=every, daily=None, zone=SHANGHAI, last=due) == at(
        "2026-03-01T20:10+08:00"
    )


def test_exactly_on_time_means_the_next_time() -> None:
    due = at("2026-03-01T08:00+08:00")
    assert next_run(after=due, every=timedelta(minutes=10), daily=None, zone=SHANGHAI, last=due) == due + 10 * MINUTE
    assert next_run(after=due, every=None, daily=time(8), zone=SHANGHAI) == at("2026-03-02T08:00+08:00")


def test_daily_means_the_clock_of_the_village() -> None:
    evening_in_utc = int(datetime(2026, 2, 28, 19, 0, tzinfo=UTC).timestamp() * 1000)  # 03:00 on 1 March in Shanghai
    assert next_run(after=evening_in_utc, every=None, daily=time(3, 30), zone=SHANGHAI) == at("2026-03-01T03:30+08:00")


def test_daily_survives_a_zone_that_changes_its_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before_spring = at("2026-03-28T12:00+01:00")
    assert next_run(after=before_spring, every=None, daily=time(12), zone=berlin) == at("2026-03-29T12:00+02:00")


def test_an_error_says_what_and_where_and_never_what_people_typed() -> None:
    def fails() -> None:
        raise ValueError("phone 13800138000 of 张桂秀")

    with pytest.raises(ValueError, match="13800138000") as caught:
        fails()
    text = error_text(caught.value)
    assert text.startswith("ValueError < ")
    assert ".fails:" in text
    assert "1380" not in text
    assert "张" not in text
