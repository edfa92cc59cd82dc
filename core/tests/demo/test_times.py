"""Times of the demo follow the moment of loading, and nobody writes at night or in the future."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli.clock import village_zone
from cunli.demo.times import Times

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2031, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=village_zone())


def test_days_and_hours_are_counted_back_from_now() -> None:
    times = Times.of(at("2026-11-22T14:30"))
    assert times.at("40m") == at("2026-11-22T13:50")
    assert times.at("3h") == at("2026-11-22T11:30")
    assert times.at("2d 07:42") == at("2026-11-20T07:42")
    assert times.day(-3) == date(2026, 11, 19)
    assert times.fill("{-24}体检，{+9}以前交") == "10月29日体检，12月1日以前交"


def test_whoever_loads_the_demo_at_night_sees_the_evening_before() -> None:
    for moment, newest in (("2026-11-22T03:10", "2026-11-21T22:30"), ("2026-11-22T23:40", "2026-11-22T22:30")):
        times = Times.of(at(moment))
        assert times.now == at(newest)
        assert times.at("10m") == at(newest) - timedelta(minutes=10)
    assert Times.of(at("2026-11-22T07:00")).at("3h") == at("2026-11-21T21:50"), "not at four in the morning"


@pytest.mark.parametrize("wrong", ["", "yesterday", "3d", "0d 8:30", "3w", "-3h"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        Times.of(at("2026-11-22T14:30")).at(wrong)


@given(MOMENTS, st.integers(0, 3000), st.lists(st.integers(1, 900), max_size=12))
def test_what_follows_comes_in_order_by_day_and_never_from_the_future(
    moment: datetime, ago: int, gaps: list[int]
) -> None:
    times = Times.of(moment)
    start = times.at(f"{ago}m")
    later = times.later(start, [timedelta(minutes=gap) for gap in gaps])
    assert len(later) == len(gaps)
    assert later == sorted(later)
    for each in later:
        assert start <= each <= max(times.now - timedelta(minutes=1), start) <= moment
        assert each.astimezone(village_zone()).hour >= 6


@given(MOMENTS, st.integers(0, 100_000))
def test_nothing_is_posted_at_night(moment: datetime, ago: int) -> None:
    posted = Times.of(moment).at(f"{ago}m")
    assert posted <= moment
    assert posted.astimezone(village_zone()).hour >= 6
