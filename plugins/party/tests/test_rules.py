"""The rules on dated cases. Pure."""

from __future__ import annotations

from datetime import date

import pytest

from cunli_party import rules

RULES = {one.id: one for one in rules.rules().rhythm}
OLD = date(2020, 1, 1)
D = date.fromisoformat


@pytest.mark.parametrize(
    ("rule", "held", "since", "today", "done", "missed"),
    [
        # a meeting of all members, once a quarter
        ("R40-congress", ["2026-10-01"], OLD, "2026-10-01", True, None),
        ("R40-congress", ["2026-12-31"], OLD, "2026-12-31", True, None),
        ("R40-congress", ["2026-09-30"], OLD, "2026-10-01", False, None),
        ("R40-congress", ["2026-11-05"], OLD, "2026-11-04", False, None),  # planned is not held
        # the committee and the groups, once a month
        ("R40-committee", ["2026-02-28"], OLD, "2026-02-28", True, None),
        ("R40-committee", ["2026-02-28"], OLD, "2026-03-01", False, None),
        ("R40-group", ["2024-02-29"], OLD, "2024-02-29", True, None),
        # the party day, once a month; the month of the founding asks for nothing yet
        ("R40-day", [], D("2026-11-10"), "2026-11-29", False, []),
        ("R40-day", [], D("2026-10-31"), "2026-11-29", False, []),
        ("R40-day", [], D("2026-09-30"), "2026-11-29", False, ["2026-10-01"]),
        ("R40-day", ["2026-10-25"], D("2026-09-30"), "2026-11-29", False, []),
        ("R40-day", ["2026-10-25", "2026-11-25"], D("2026-08-31"), "2026-11-29", True, ["2026-09-01"]),
        # once a year
        ("R40-life", ["2026-01-01"], OLD, "2026-12-31", True, None),
        ("R40-life", [], D("2024-06-01"), "2026-03-01", False, ["2025-01-01"]),
        ("R40-review", ["2025-12-31"], D("2024-06-01"), "2026-01-01", False, []),
    ],
)
def test_a_rhythm_on_a_day(
    rule: str, held: list[str], since: date, today: str, done: bool, missed: list[str] | None
) -> None:
    kept = rules.kept(RULES[rule], {D(one) for one in held}, since=since, today=D(today))
    assert kept.done is done
    assert D(today) <= kept.until
    if missed is not None:
        assert [one.first for one in kept.missed] == [D(one) for one in missed]


@pytest.mark.parametrize(
    ("rule", "full", "groups", "asked"),
    [
        ("R40-committee", 6, 0, False),
        ("R40-committee", 7, 0, True),
        ("R40-group", 50, 0, False),
        ("R40-group", 3, 1, True),
        ("R40-congress", 3, 0, True),
    ],
)
def test_what_a_branch_does_not_have_it_need_not_hold(rule: str, full: int, groups: int, asked: bool) -> None:
    assert rules.asked(RULES[rule], full_members=full, groups=groups) is asked


@pytest.mark.parametrize(
    ("present", "expected", "valid"),
    [(2, 3, True), (1, 2, False), (2, 4, False), (3, 4, True), (150, 300, False), (151, 300, True), (0, 0, False)],
)
def test_more_than_half(present: int, expected: int, valid: bool) -> None:
    assert rules.quorum(present, expected) is valid


@pytest.mark.parametrize(
    ("since", "until", "fixed", "how"),
    [
        ("2026-01-15", "2026-07-15", True, "certificate"),  # six months to the day
        ("2026-01-15", "2026-07-16", True, "transfer"),
        ("2026-01-15", "2027-01-15", False, "certificate"),  # no fixed place
        ("2026-01-15", None, True, "certificate"),  # nobody knows how long
        ("2025-08-31", "2026-02-28", True, "certificate"),  # the last day of a short month
        ("2025-08-31", "2026-03-01", True, "transfer"),
    ],
)
def test_a_certificate_or_a_transfer(since: str, until: str | None, fixed: bool, how: str) -> None:
    assert rules.how_to_go(D(since), D(until) if until else None, fixed=fixed) == how


@pytest.mark.parametrize(
    ("reported", "due"), [("2025-11-29", "2026-11-29"), ("2024-02-29", "2025-02-28"), ("2026-01-31", "2027-01-31")]
)
def test_a_report_once_a_year(reported: str, due: str) -> None:
    assert rules.report_due(D(reported)) == D(due)


def test_three_in_one_place_are_together() -> None:
    assert rules.together(["义乌", "义乌", "东莞"]) == []
    assert rules.together(["义乌", "东莞", "义乌", "义乌"]) == ["义乌"]


def test_months_of_dues_that_nobody_noted() -> None:
    today = D("2026-01-03")
    assert rules.dues_months(set(), today, since=OLD) == ["2025-10", "2025-11", "2025-12"]
    assert rules.dues_months({"2025-11"}, today, since=OLD) == ["2025-10", "2025-12"]
    assert rules.dues_months(set(), today, since=D("2025-11-20")) == ["2025-12"], "from the month after joining"


def test_hours_of_study() -> None:
    asked = rules.rules().hours
    assert (asked.member, asked.leader, asked.half_day) == (32, 56, 4)


def test_an_article_stands_only_where_its_words_were_read() -> None:
    """Second-hand numbers name their source and no article."""
    told = rules.rules()
    assert {one.id: one.article for one in told.rhythm} == {
        "R40-congress": "第十一条",
        "R40-committee": "第十二条",
        "R40-group": "第十三条",
        "R40-day": "第十六条",
        "R40-life": "第十七条",
        "R40-review": "第十八条",
    }
    assert (told.hours.law, told.hours.article) == ("中国共产党党员教育管理工作条例", "第二十条")
    assert "规划" in told.hours.leader_law, "the 56 hours are in no regulation"
