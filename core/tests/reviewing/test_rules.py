"""Whatever is tried in whatever order: no illegal move, nobody in their own case, every move recorded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cunli.reviewing import rules
from cunli.reviewing.rules import Case

START = datetime(2026, 11, 29, tzinfo=UTC)
DAYS = 7
LEVEL = {11: 5, 12: 5, 21: 4, 22: 4, 31: 3, 32: 3}  # officials: two each of the village, its township and its county
PEOPLE = (1, *LEVEL)  # 1 is the author, who holds no office
KIND = st.sampled_from(rules.QUEUED[:2])
OUTCOME = st.sampled_from([rules.KEEP, rules.HIDE, rules.RELEASE, rules.REFUSE, rules.RESTORE, rules.UPHOLD, "rubbish"])


class Desk(RuleBasedStateMachine):
    """One thing that people report, decide about, appeal and think better of, while the clock goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.cases: list[Case] = []
        self.audit: list[str] = []
        self.author = 1

    @initialize(kind=KIND, author=st.sampled_from(PEOPLE), reporters=st.frozensets(st.sampled_from(PEOPLE), max_size=2))
    def begin(self, kind: str, author: int, reporters: frozenset[int]) -> None:
        self.author, self.reporters = author, reporters if kind == rules.REPORT else frozenset[int]()
        self.cases = [self.case(kind, 5)]

    def case(self, kind: str, level: int, appeal_of: int = 0) -> Case:
        return Case(
            id=len(self.cases) + 1, key=f"k{len(self.cases)}", village_id=1, chain=(1, 2, 3), kind=kind, object_kind="post",
            object_id=1, author_id=self.author, level=level, rule="other", opened_at=self.now,
            due_at=self.now + timedelta(days=1), appeal_of_id=appeal_of,
        )  # fmt: skip

    @property
    def deciders(self) -> frozenset[int]:
        return frozenset(case.decided_by_id for case in self.cases if case.decided_by_id)

    @rule(who=st.sampled_from(PEOPLE), outcome=OUTCOME)
    def decide(self, who: int, outcome: str) -> None:
        last = self.cases[-1]
        reporters = self.reporters if last.state == rules.OPEN else frozenset[int]()
        why = rules.why_not_decide(last, who, LEVEL.get(who, 9), reporters, self.deciders)
        if why or not rules.fits(last, outcome):
            return
        self.cases[-1] = replace(
            last, state=rules.DECIDED, outcome=outcome, decided_by_id=who, decided_level=LEVEL[who], decided_at=self.now
        )
        self.audit.append(outcome)

    @rule(who=st.sampled_from(PEOPLE))
    def appeal(self, who: int) -> None:
        last = self.cases[-1]
        if not rules.may_appeal(last, who, self.now, DAYS):
            return
        self.cases[-1] = replace(last, appealed=True)
        self.cases.append(self.case(rules.APPEAL, rules.appeal_level(last), last.id))
        self.audit.append("appeal")

    @rule(who=st.sampled_from(PEOPLE))
    def undo(self, who: int) -> None:
        last = self.cases[-1]
        if rules.may_undo(last, who, self.now):
            self.cases[-1] = replace(
                last, state=rules.OPEN, outcome="", decided_by_id=0, decided_level=0, decided_at=None
            )
            self.audit += ["undo"]

    @rule(minutes=st.sampled_from([1, 9, 60, 60 * 24 * 8]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def nobody_judges_their_own(self) -> None:
        for case in self.cases:
            assert case.decided_by_id != self.author
            if case.kind == rules.REPORT:
                assert case.decided_by_id not in self.reporters

    @invariant()
    def appeals_go_up_and_to_somebody_else_and_end(self) -> None:
        judged = [case.decided_by_id for case in self.cases if case.decided_by_id]
        assert len(judged) == len(set(judged))
        for before, after in zip(self.cases, self.cases[1:], strict=False):
            assert after.kind == rules.APPEAL
            assert before.outcome in rules.AGAINST_AUTHOR
            assert after.level == max(3, before.decided_level - 1)
            assert not after.decided_level or after.decided_level <= after.level
            assert before.decided_at is not None
            assert after.opened_at - before.decided_at <= timedelta(days=DAYS)
        assert len(self.cases) <= 4  # village, township, county; or the county twice

    @invariant()
    def every_move_is_legal_and_recorded(self) -> None:
        decided = [case for case in self.cases if case.state == rules.DECIDED]
        assert all(case.outcome in rules.OUTCOMES[case.kind] for case in decided)
        undone = self.audit.count("undo")
        assert len(decided) == len(self.audit) - self.audit.count("appeal") - 2 * undone
        assert [case.state for case in self.cases[:-1]] == [rules.DECIDED] * (len(self.cases) - 1)


TestDesk = Desk.TestCase


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 100), st.integers(0, 500)), max_size=20))
def test_times_are_a_share_and_a_middle(hours: list[tuple[int, int, int]]) -> None:
    waits = [(START, START + timedelta(hours=due), START + timedelta(hours=took)) for _at, due, took in hours]
    found = rules.times(waits)
    assert (found.decided, 0 <= found.share <= 100) == (len(waits), True)
    assert found.in_time == sum(took <= due for _at, due, took in hours)
