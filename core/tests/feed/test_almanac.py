"""The day as a village tells it."""

from __future__ import annotations

from datetime import date

import pytest

from cunli.feed.almanac import almanac


@pytest.mark.parametrize(
    ("day", "lunar", "festival", "term"),
    [
        (date(2026, 10, 18), "九月初九", "重阳节", ""),
        (date(2026, 2, 17), "正月初一", "春节", ""),
        (date(2026, 11, 22), "十月十四", "", "小雪"),
    ],
)
def test_lunar_dates_festivals_and_terms(day: date, lunar: str, festival: str, term: str) -> None:
    found = almanac(day, "")
    assert (found.lunar, found.festival, found.term, found.market) == (lunar, festival, term, "")


def test_the_next_market_day() -> None:
    # 22 November 2026 is the fourteenth of the tenth lunar month
    assert str(almanac(date(2026, 11, 22), "4,9").market) == "今天逢场"
    assert str(almanac(date(2026, 11, 22), "5").market) == "明天逢场"
    assert str(almanac(date(2026, 11, 22), "3,8").market) == "周四逢场"
    assert str(almanac(date(2026, 11, 22), "3").market) == "12月1日逢场"
    assert almanac(date(2026, 11, 22), "看天").market == ""


def test_one_sentence_for_the_elderly() -> None:
    assert str(almanac(date(2026, 10, 18), "9").sentence) == "今天九月初九 重阳节，今天逢场"
    assert str(almanac(date(2026, 11, 22), "").sentence) == "今天十月十四 小雪"
