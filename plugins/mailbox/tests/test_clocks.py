"""Dated cases of the rules: what the last day is, by hand and by law. The day of the event is not counted (民法典 201)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from calendars import Announced
from hypothesis import given
from hypothesis import strategies as st

from cunli_mailbox.clocks import Happened, RuleError, clocks, default_rules, read
from cunli_mailbox.terms import ZONE, Pause, Term, deadline, last_day

RULES = {rule.id: rule for rule in default_rules()}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def paused(*spans: str) -> list[Pause]:
    cut = [span.split(" to ") for span in spans]
    return [Pause(start=at(first), end=at(last)) for first, last in cut]


# rule, start, last day in time, and what else there is: pauses, units more, provisional
DAYS: list[tuple[str, str, str, dict[str, Any]]] = [
    # R01, R02: 15 days; the last day rolls on when nobody works on it
    ("R01-dispatch", "2026-03-02T09:00", "2026-03-17", {}),
    ("R01-dispatch", "2026-03-05T23:59", "2026-03-20", {}),
    ("R01-dispatch", "2026-03-06T00:00", "2026-03-23", {}),  # 21 March is a Saturday
    ("R01-dispatch", "2026-03-07T12:00", "2026-03-23", {}),  # Sunday
    ("R02-receipt", "2026-02-01T10:00", "2026-02-24", {}),  # 16 February begins Spring Festival, back on the 24th
    ("R02-receipt", "2026-02-08T10:00", "2026-02-24", {}),  # 23 February is still a holiday
    ("R02-receipt", "2026-02-13T10:00", "2026-02-28", {}),  # a Saturday that is worked
    ("R02-receipt", "2026-01-30T10:00", "2026-02-14", {}),  # a Saturday that is worked before the festival
    ("R02-receipt", "2025-01-12T10:00", "2025-01-27", {}),
    ("R02-receipt", "2025-01-13T10:00", "2025-02-05", {}),  # the 28th of January to the 4th of February are off
    ("R02-receipt", "2025-01-11T10:00", "2025-01-26", {}),  # a Sunday that is worked
    ("R02-receipt", "2025-12-17T08:00", "2026-01-04", {}),  # 1 January off, 2 and 3 too, 4 is a Sunday that is worked
    ("R02-receipt", "2025-12-16T08:00", "2025-12-31", {}),
    ("R02-receipt", "2025-09-16T08:00", "2025-10-09", {}),  # 1 to 8 October
    ("R02-receipt", "2026-09-16T08:00", "2026-10-08", {}),  # 1 to 7 October
    ("R02-receipt", "2026-12-20T08:00", "2027-01-04", {"provisional": True}),  # nobody has announced 2027
    ("R02-receipt", "2026-12-16T08:00", "2026-12-31", {}),
    # R03: 5 working days
    ("R03-objection", "2026-03-02T09:00", "2026-03-09", {}),
    ("R03-objection", "2026-02-09T09:00", "2026-02-14", {}),  # 10 11 12 13 and Saturday 14
    ("R03-objection", "2026-02-10T09:00", "2026-02-24", {}),
    ("R03-objection", "2026-09-29T09:00", "2026-10-12", {}),  # 30, then 8 9 and Saturday 10, Monday 12
    ("R03-objection", "2026-09-18T09:00", "2026-09-24", {}),  # Sunday 20, 21 22 23 24
    ("R03-objection", "2025-09-26T17:00", "2025-10-10", {}),  # Sunday 28, 29, 30, then 9 and 10 October
    ("R03-objection", "2025-12-29T09:00", "2026-01-06", {}),  # 30, 31, Sunday 4, 5, 6
    ("R03-objection", "2026-12-28T09:00", "2027-01-04", {"provisional": True}),
    ("R03-objection", "2026-02-28T09:00", "2026-03-06", {}),
    ("R03-objection", "2026-05-01T09:00", "2026-05-11", {}),  # on a holiday; 6 7 8, Saturday 9, Monday 11
    # R04: 60 days, once 30 more
    ("R04-answer", "2026-03-02T09:00", "2026-05-06", {}),  # 1 May is a holiday, 6 May is the next working day
    ("R04-answer", "2026-03-03T09:00", "2026-05-06", {}),
    ("R04-answer", "2026-03-10T09:00", "2026-05-09", {}),  # a Saturday that is worked
    ("R04-answer", "2026-03-09T09:00", "2026-05-08", {}),
    ("R04-answer", "2026-03-02T09:00", "2026-06-01", {"more": 30}),  # 90 days: 31 May is a Sunday
    ("R04-answer", "2026-03-02T09:00", "2026-05-11", {"more": 10}),
    ("R04-answer", "2025-11-03T09:00", "2026-01-04", {}),  # 2 January is off, 4 is worked
    ("R04-answer", "2025-12-20T09:00", "2026-02-24", {}),  # 18 February is in Spring Festival
    ("R04-answer", "2024-01-01T09:00", "2024-03-01", {}),  # 2024 has a 29 February
    ("R04-answer", "2026-11-15T09:00", "2027-01-14", {"provisional": True}),
    ("R04-answer", "2026-11-01T09:00", "2026-12-31", {}),
    ("R04-answer", "2026-03-02T09:00", "2026-05-11", {"pauses": paused("2026-03-10T09:00 to 2026-03-20T16:00")}),
    ("R04-answer", "2026-03-02T09:00", "2026-05-06", {"pauses": paused("2026-03-10T09:00 to 2026-03-10T16:00")}),
    (
        "R04-answer",
        "2026-03-02T09:00",
        "2026-05-18",
        {"pauses": paused("2026-03-10T09:00 to 2026-03-20T16:00", "2026-04-01T09:00 to 2026-04-07T09:00")},
    ),
    (
        "R04-answer",
        "2026-03-02T09:00",
        "2026-05-06",
        {"pauses": paused("2026-05-08T09:00 to 2026-05-28T09:00")},
    ),  # too late
    (
        "R04-answer",
        "2026-03-02T09:00",
        "2026-06-10",
        {"more": 30, "pauses": paused("2026-03-10T09:00 to 2026-03-20T16:00")},
    ),
    # R05: 30 days to ask, 30 to answer, twice
    ("R05-ask-review", "2026-03-02T09:00", "2026-04-01", {}),
    ("R05-ask-review", "2026-03-05T09:00", "2026-04-07", {}),  # 4 April is 清明, off until Monday 6
    ("R05-review", "2026-08-26T09:00", "2026-09-28", {}),  # 25 September is 中秋, Friday
    ("R05-review", "2026-08-21T09:00", "2026-09-20", {}),  # a Sunday that is worked
    (
        "R05-review",
        "2026-03-02T09:00",
        "2026-04-07",
        {"pauses": paused("2026-03-10T09:00 to 2026-03-14T09:00")},
    ),  # hearing
    ("R05-ask-rereview", "2026-01-15T09:00", "2026-02-14", {}),
    ("R05-rereview", "2026-01-20T09:00", "2026-02-24", {}),
    # R14: 5 working days, R13: never later than 15 days
    ("R14-finish", "2026-03-02T09:00", "2026-03-09", {}),
    ("R14-finish", "2026-03-06T20:00", "2026-03-13", {}),
    ("R14-finish", "2026-03-07T20:00", "2026-03-13", {}),  # written on a Saturday
    ("R14-finish", "2026-03-02T09:00", "2026-03-16", {"more": 5}),
    ("R14-finish", "2026-03-02T09:00", "2026-03-12", {"pauses": paused("2026-03-04T09:00 to 2026-03-09T09:00")}),
    ("R14-finish", "2026-03-02T09:00", "2026-03-10", {"pauses": paused("2026-03-07T09:00 to 2026-03-09T20:00")}),
    ("R13-finish-most", "2026-03-02T09:00", "2026-03-17", {}),
    ("R17-again", "2026-04-03T09:00", "2026-04-13", {}),  # 6 April is off
    # R22, R23: what was reported with a name
    ("R22-acceptance", "2026-03-02T09:00", "2026-03-23", {}),
    ("R22-acceptance", "2026-02-02T09:00", "2026-02-28", {}),  # two Saturdays that are worked, and Spring Festival
    ("R22-result", "2026-04-20T09:00", "2026-05-13", {}),
    ("R23-upward", "2026-06-15T09:00", "2026-06-23", {}),  # 19 June is 端午
    # M2: silence
    ("M2-silence", "2026-03-02T09:00", "2026-03-17", {}),
    ("M2-silence", "2025-12-31T23:59", "2026-01-15", {}),
]
HOURS = [
    ("R13-dispatch-life", "2026-02-17T00:30", "2026-02-17T01:30"),  # the first night of the year: hours know no holiday
    ("R13-dispatch-life", "2026-12-31T23:30", "2027-01-01T00:30"),
    ("R13-dispatch-utility", "2026-03-01T23:00", "2026-03-02T01:00"),
    ("R13-dispatch-general", "2026-02-28T08:00", "2026-03-01T08:00"),
    ("R13-dispatch-general", "2024-02-28T08:00", "2024-02-29T08:00"),
    ("R13-feedback-life", "2026-03-07T12:00", "2026-03-07T14:00"),
    ("R13-feedback-utility", "2026-03-07T12:00", "2026-03-08T12:00"),
]


def term_of(rule: str, more: int = 0) -> Term:
    given = RULES[rule].term
    return Term(amount=given.amount + more, unit=given.unit)


@pytest.mark.parametrize(("rule", "start", "last", "more"), DAYS)
def test_the_last_day_is_the_one_that_the_law_says(rule: str, start: str, last: str, more: dict[str, Any]) -> None:
    assert more.get("more", 0) <= RULES[rule].extend
    due = deadline(term_of(rule, more.get("more", 0)), at(start), Announced(), more.get("pauses", ()))
    assert due is not None
    assert (last_day(due).isoformat(), due.provisional) == (last, more.get("provisional", False))


@pytest.mark.parametrize(("rule", "start", "end"), HOURS)
def test_hours_run_day_and_night(rule: str, start: str, end: str) -> None:
    due = deadline(term_of(rule), at(start), Announced(2026))
    assert due is not None
    assert (due.at, due.provisional) == (at(end), False)


def test_a_year_that_is_not_announced_gives_a_date_that_may_move_and_moves_when_it_is() -> None:
    start = at("2025-12-29T09:00")
    before = deadline(term_of("R03-objection"), start, Announced(2025))
    after = deadline(term_of("R03-objection"), start, Announced(2025, 2026))
    assert before is not None
    assert after is not None
    assert (last_day(before), before.provisional) == (date(2026, 1, 5), True)
    assert (last_day(after), after.provisional) == (date(2026, 1, 6), False)


def test_a_term_that_waits_for_the_writer_has_no_end_yet() -> None:
    waiting = [Pause(start=at("2026-03-04T09:00"))]
    assert deadline(term_of("R14-finish"), at("2026-03-02T09:00"), Announced(), waiting) is None


def test_a_county_makes_a_term_shorter_and_never_longer() -> None:
    assert RULES["R04-answer"].shortened(30).term == Term(amount=30, unit="day")
    for wrong in (61, 0, -1):
        with pytest.raises(RuleError, match="只能缩短"):
            RULES["R04-answer"].shortened(wrong)


LETTER = {"track": "appeal", "urgency": "general", "stage": 0, "named": True}


def test_handing_a_letter_on_gives_nobody_more_time() -> None:
    told = [Happened(what="submitted", at=at("2026-03-02T09:00")), Happened(what="triaged", at=at("2026-03-03T09:00"))]
    straight = {run.rule.id: run.due for run in clocks(LETTER, told, Announced())}
    passed = [*told, *(Happened(what="handed_over", at=at(f"2026-03-{day}T09:00")) for day in (10, 12, 20))]
    handed = {run.rule.id: run.due for run in clocks(LETTER, passed, Announced())}
    assert handed["R04-answer"] == straight["R04-answer"] is not None


def test_an_answer_in_time_stops_the_clock_and_a_late_one_stays_late() -> None:
    start = [Happened(what="submitted", at=at("2026-03-02T09:00")), Happened(what="triaged", at=at("2026-03-02T10:00"))]
    for day, late in (("2026-05-06T23:59", False), ("2026-05-07T00:00", True)):
        runs = clocks(LETTER, [*start, Happened(what="replied", at=at(day))], Announced())
        [answer] = [run for run in runs if run.rule.id == "R04-answer"]
        assert answer.met == at(day)
        assert answer.overdue(at("2027-01-01T00:00")) is late


def test_a_term_is_extended_once_within_its_cap() -> None:
    told = [Happened(what="triaged", at=at("2026-03-02T09:00"))]
    [run] = [
        run for run in clocks(LETTER, told, Announced(), extended={"R04-answer": 30}) if run.rule.id == "R04-answer"
    ]
    assert run.due is not None
    assert last_day(run.due) == date(2026, 6, 1)
    with pytest.raises(RuleError, match="最多延长 30"):
        clocks(LETTER, told, Announced(), extended={"R04-answer": 31})


def test_a_new_rule_is_a_table_and_no_code() -> None:
    rules = read("""
        [[rule]]
        id = "X01"
        name = "县里的规矩"
        law = "某县办法"
        article = "第一条"
        for = { urgency = ["utility"] }
        from = "submitted"
        until = ["replied"]
        amount = 3
        unit = "workday"
    """)
    told = [Happened(what="submitted", at=at("2026-02-13T09:00"))]
    assert clocks(LETTER, told, Announced(), rules=rules) == []
    [run] = clocks({**LETTER, "urgency": "utility"}, told, Announced(), rules=rules)
    assert run.due is not None
    assert last_day(run.due) == date(2026, 2, 25)  # Saturday 14, 24, 25


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('id = "a"', "a: 缺 name、law、article、from、until、amount、unit"),
        ('id = "a"\ncolour = 1', "a: 不认识 colour"),
        (
            'id = "a"\nname = "n"\nlaw = "l"\narticle = "1"\nfrom = "gone"\nuntil = ["replied"]\namount = 1\nunit = "day"',
            "a: 没有叫 gone 的事件",
        ),
        (
            'id = "a"\nname = "n"\nlaw = "l"\narticle = "1"\nfrom = "submitted"\nuntil = ["replied"]\namount = 1\nunit = "week"',
            "unit 要是",
        ),
        (
            'id = "a"\nname = "n"\nlaw = "l"\narticle = "1"\nfrom = "submitted"\nuntil = ["replied"]\namount = -1\nunit = "day"',
            "amount 要是",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_named_with_its_field(wrong: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        read(f"[[rule]]\n{wrong}\n")


def test_every_rule_says_where_it_comes_from() -> None:
    assert len(RULES) >= 19
    for rule in RULES.values():
        assert all((rule.law, rule.article, rule.name)), rule.id


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 10, 1)).map(lambda moment: moment.replace(tzinfo=ZONE))


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)), st.sampled_from(sorted(RULES)))
def test_who_begins_later_is_never_due_earlier(start: datetime, later: timedelta, rule: str) -> None:
    first, second = (deadline(term_of(rule), when, Announced()) for when in (start, start + later))
    assert first is not None
    assert second is not None
    assert start < first.at <= second.at


@given(
    MOMENTS,
    st.sampled_from(sorted(RULES)),
    st.timedeltas(timedelta(0), timedelta(days=20)),
    st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_waiting_never_makes_a_term_shorter(start: datetime, rule: str, after: timedelta, long: timedelta) -> None:
    plain = deadline(term_of(rule), start, Announced())
    waited = deadline(term_of(rule), start, Announced(), [Pause(start=start + after, end=start + after + long)])
    assert plain is not None
    assert waited is not None
    assert waited.at >= plain.at
