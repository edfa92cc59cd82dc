"""What a stay costs and what goes back, as a table of dated cases in whole fen: counted by hand, not by the program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cunli import Day
from cunli.provide.holidays import China
from cunli_tourism import canceling, licences, pricing
from cunli_tourism.licences import Asked as Papers
from cunli_tourism.pricing import Asked

CHINA = China()
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Room:
    """An offer, or a season of it."""

    fen: int = 100_00
    weekend_fen: int = 150_00
    holiday_fen: int = 300_00


@dataclass
class Season(Room):
    """Other prices in a time."""

    name: str = "油菜花"
    since: date = date(2025, 3, 1)
    until: date = date(2025, 4, 10)
    yearly: bool = False


def stay(first: str, last: str, *seasons: Season, room: Room | None = None) -> list[int]:
    days = pricing.nights(date.fromisoformat(first), date.fromisoformat(last))
    return [pricing.on(one, room or Room(), seasons, CHINA, night=True).fen for one in days]


FLOWERS = Season(fen=120_00, weekend_fen=180_00, holiday_fen=0)
NEW_YEAR = Season(
    name="春节", since=date(2025, 1, 28), until=date(2025, 2, 4), fen=500_00, weekend_fen=0, holiday_fen=600_00
)
WINTER = Season(
    name="冬天",
    since=date(2020, 12, 1),
    until=date(2020, 2, 28),
    yearly=True,
    fen=80_00,
    weekend_fen=90_00,
    holiday_fen=0,
)
LEAP = Season(
    name="闰日",
    since=date(2024, 2, 29),
    until=date(2024, 2, 29),
    yearly=True,
    fen=29_00,
    weekend_fen=29_00,
    holiday_fen=29_00,
)
CASES: list[tuple[str, list[int], list[int]]] = [
    ("a working week", stay("2025-06-09", "2025-06-12"), [100_00, 100_00, 100_00]),
    ("Friday and Saturday are dear, Sunday is not", stay("2025-06-13", "2025-06-16"), [150_00, 150_00, 100_00]),
    ("into a season on its first day", stay("2025-02-27", "2025-03-03", FLOWERS), [100_00, 150_00, 180_00, 120_00]),
    ("out of a season after its last day", stay("2025-04-09", "2025-04-12", FLOWERS), [120_00, 120_00, 150_00]),
    ("Qingming inside the season: no price for holidays, so that of the weekend", stay("2025-04-03", "2025-04-07", FLOWERS), [180_00, 180_00, 180_00, 120_00]),
    ("Spring Festival, from the eve to the last day off", stay("2025-01-27", "2025-02-05", NEW_YEAR), [300_00, 600_00, 600_00, 600_00, 600_00, 600_00, 600_00, 600_00, 500_00]),
    ("National Day: from the evening before to the last night", stay("2025-09-30", "2025-10-02"), [300_00, 300_00]),
    ("the night before work begins again is a plain one", stay("2025-10-07", "2025-10-10"), [300_00, 100_00, 100_00]),
    ("a Saturday that is worked makes its Friday night plain", stay("2025-10-10", "2025-10-13"), [100_00, 150_00, 100_00]),
    ("29 February stands for itself", stay("2024-02-28", "2024-03-02", LEAP), [100_00, 29_00, 150_00]),
    ("a year without it has none of it", stay("2025-02-27", "2025-03-01", LEAP), [100_00, 150_00]),
    ("a yearly season over New Year", stay("2025-11-29", "2025-12-03", WINTER), [150_00, 100_00, 80_00, 80_00]),
    ("and its other end; 28 February 2026 is a Saturday that is worked", stay("2026-02-27", "2026-03-02", WINTER), [80_00, 90_00, 100_00]),
    ("of two seasons the one written last counts", stay("2025-03-04", "2025-03-05", FLOWERS, Season(fen=1, weekend_fen=1, holiday_fen=1)), [1]),
    ("no weekend price: the plain one", stay("2025-06-13", "2025-06-14", room=Room(weekend_fen=0)), [100_00]),
]  # fmt: skip


@pytest.mark.parametrize(("found", "right"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_night_costs_what_the_table_says(found: list[int], right: list[int]) -> None:
    assert found == right


def test_a_year_that_is_not_announced_knows_weekends_only() -> None:
    far = date(2090, 10, 1)
    assert CHINA.day(far) == Day(kind="weekend", provisional=True)
    assert pricing.on(far - timedelta(days=1), Room(), [], CHINA, night=True).fen == 150_00


def quoted(**more: Any) -> pricing.Quote:
    given: dict[str, Any] = {
        "units": 1,
        "people": 2,
        "meals": 0,
        "included": 0,
        "extra_fen": 0,
        "meal_fen": 0,
        "prepay": 0,
    }
    given |= more
    first = date(2025, 6, 12)
    asked = Asked(
        first=first,
        last=first + timedelta(days=3),
        **{name: given.pop(name) for name in ("units", "people", "meals")},
    )
    costs = [pricing.on(one, Room(), [], CHINA, night=True) for one in pricing.nights(asked.first, asked.last)]
    return pricing.quote(asked, costs, night=True, **given)


@pytest.mark.parametrize(
    ("more", "total", "now"),
    [
        ({}, 400_00, 0),
        ({"units": 2}, 800_00, 0),
        ({"people": 4, "included": 3, "extra_fen": 30_00}, 490_00, 0),  # one more, three nights
        ({"people": 5, "units": 2, "included": 3, "extra_fen": 30_00}, 800_00, 0),  # six are included in two rooms
        ({"people": 4, "extra_fen": 30_00}, 400_00, 0),  # all who fit are in the price
        ({"meals": 2, "meal_fen": 60_00}, 520_00, 0),
        ({"prepay": 30}, 400_00, 120_00),
        ({"prepay": 100, "meals": 1, "meal_fen": 1}, 400_01, 400_01),
        ({"prepay": 50, "meals": 1, "meal_fen": 1}, 400_01, 200_00),  # down to the fen below
    ],
)
def test_the_sum_and_what_is_paid_at_once(more: dict[str, Any], total: int, now: int) -> None:
    found = quoted(**more)
    assert (found.total_fen, found.now_fen) == (total, now)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("policy", "at", "back"),
    [
        ("loose", "2024-02-27T10:00", 333_33),
        ("loose", "2024-02-28T17:59:59", 333_33),
        ("loose", "2024-02-28T18:00", 166_66),  # half of 33333 fen, down to the fen below
        ("loose", "2024-02-29T17:59", 166_66),
        ("loose", "2024-02-29T18:00", 0),
        ("middle", "2024-02-26T17:59", 333_33),
        ("middle", "2024-02-26T18:00", 166_66),
        ("middle", "2024-02-28T17:59", 166_66),
        ("middle", "2024-02-28T18:00", 0),
        ("strict", "2024-02-22T17:59", 333_33),
        ("strict", "2024-02-22T18:00", 166_66),
        ("strict", "2024-02-26T18:00", 66_66),
        ("strict", "2024-02-28T17:59", 66_66),
        ("strict", "2024-02-28T18:00", 0),
    ],
)
def test_what_goes_back_at_each_step(policy: str, at: str, back: int) -> None:
    """A stay from 29 February on, of which 333.33 yuan were paid."""
    steps = canceling.steps(policy, date(2024, 2, 29))
    assert canceling.back(canceling.read(canceling.kept(steps)), moment(at), 333_33) == back


@dataclass
class Paper:
    """A licence."""

    kind: str
    until: date | None = None


def test_a_paper_holds_on_its_last_day_and_not_on_the_next() -> None:
    papers = [Paper("business"), Paper("hygiene", date(2025, 6, 30)), Paper("special", date(2026, 1, 1))]
    wanted = licences.needed("homestay", Papers())
    assert licences.lacking(wanted, papers, date(2025, 6, 30)) == ()
    assert licences.lacking(wanted, papers, date(2025, 7, 1)) == ("hygiene",)
    assert licences.first_end(wanted, papers) == date(2025, 6, 30)
    assert licences.lacking(licences.needed("homestay", Papers(fire=True), meals=True), papers, date(2025, 6, 1)) == (
        "fire",
        "food",
    )
    assert "special" not in licences.needed("homestay", Papers(special=False))
    assert licences.needed("walk", Papers()) == ()
