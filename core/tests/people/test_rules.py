"""The state machine of memberships, who grants which office, how long sessions live."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cunli.people import rules
from cunli.people.models import MembershipState as State
from cunli.people.rules import MOVES, Move, count_change, moves_from

NOW = datetime(2026, 10, 18, 1, 26, tzinfo=UTC)


class MembershipLife(RuleBasedStateMachine):
    """Any number of people, any sequence of moves: what must hold whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[int, State] = {}
        self.away: dict[int, bool] = {}
        self.verified = self.away_count = 0

    @rule(person=st.integers(0, 4), away=st.booleans())
    def apply_first(self, person: int, away: bool) -> None:
        if person not in self.states:
            self.states[person], self.away[person] = State.APPLIED, away

    @precondition(lambda self: self.states)
    @rule(data=st.data(), move=st.sampled_from(list(Move)))
    def move(self, data: st.DataObject, move: Move) -> None:
        person = data.draw(st.sampled_from(sorted(self.states)))
        before, allowed = self.states[person], MOVES[move]
        if before not in allowed.before:
            assert move not in moves_from(before, allowed.by)
            return
        change = count_change(before, allowed.after, was_away=self.away[person], is_away=self.away[person])
        self.verified += change.verified
        self.away_count += change.away
        self.states[person] = allowed.after
        if allowed.after == State.VERIFIED:
            assert allowed.by == "official", "nobody verifies themselves"

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def come_or_go(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(sorted(self.states)))
        state, was = self.states[person], self.away[person]
        self.away[person] = not was
        self.away_count += count_change(state, state, was_away=was, is_away=not was).away

    @invariant()
    def counters_say_what_the_rows_say(self) -> None:
        verified = [p for p, s in self.states.items() if s == State.VERIFIED]
        assert self.verified == len(verified)
        assert self.away_count == sum(self.away[p] for p in verified)


TestMembershipLife = MembershipLife.TestCase
TestMembershipLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def reachable(start: State) -> set[State]:
    found, open_ones = {start}, [start]
    while open_ones:
        state = open_ones.pop()
        for allowed in MOVES.values():
            if state in allowed.before and allowed.after not in found:
                found.add(allowed.after)
                open_ones.append(allowed.after)
    return found


def test_every_state_can_be_reached_from_an_application_and_is_left_by_some_move() -> None:
    assert reachable(State.APPLIED) == set(State)
    for state in State:
        assert any(state in allowed.before for allowed in MOVES.values()), f"{state} is a dead end"


def test_only_officials_verify_and_a_refusal_or_suspension_needs_a_reason() -> None:
    assert {m for m, allowed in MOVES.items() if allowed.after == State.VERIFIED and allowed.by != "official"} == set()
    assert {m for m, allowed in MOVES.items() if allowed.reason} == {
        Move.ASK_MORE, Move.REFUSE, Move.SUSPEND, Move.MARK_LEFT, Move.MISTAKEN,
    }  # fmt: skip


def test_a_suspended_person_cannot_get_out_by_themselves() -> None:
    assert moves_from(State.SUSPENDED, "person") == ()


@dataclass(frozen=True)
class Office:
    kind: str
    region_id: int


# county 1 > township 10 > villages 100, 101; township 11 > village 110; county 2 > township 20 > village 200
CHAINS = {
    1: (1,),
    10: (10, 1),
    11: (11, 1),
    100: (100, 10, 1),
    101: (101, 10, 1),
    110: (110, 11, 1),
    2: (2,),
    20: (20, 2),
    200: (200, 20, 2),
}
KIND_OF = {
    1: "county_admin",
    2: "county_admin",
    10: "township_admin",
    11: "township_admin",
    20: "township_admin",
    100: "village_admin",
    101: "village_admin",
    110: "village_admin",
    200: "village_admin",
}
offices = st.builds(lambda region: Office(KIND_OF[region], region), st.sampled_from(sorted(CHAINS)))


@given(held=st.lists(offices, max_size=3), target=st.sampled_from(sorted(CHAINS)))
def test_authority_goes_down_its_own_subtree_and_nobody_grants_above_their_level(
    held: list[Office], target: int
) -> None:
    kind, chain = KIND_OF[target], CHAINS[target]
    inside = [office for office in held if office.region_id in chain]
    may = rules.may_grant(held, kind, chain)
    if may:
        assert inside, "an office outside the subtree granted something"
        assert min(rules.LEVELS[o.kind] for o in inside) <= rules.LEVELS[kind]
    for higher in ("county_admin", "township_admin"):
        if all(rules.LEVELS[o.kind] > rules.LEVELS[higher] for o in inside):
            assert not rules.may_grant(held, higher, chain), "somebody granted above their own level"
    if rules.may_revoke(held, kind, chain):
        assert may, "what may be taken may be given"
        assert min(rules.LEVELS[o.kind] for o in inside) < rules.LEVELS[kind]


@pytest.mark.parametrize(
    ("mine", "kind", "region", "grants", "revokes"),
    [
        (Office("county_admin", 1), "county_admin", 1, True, False),
        (Office("county_admin", 1), "township_admin", 10, True, True),
        (Office("county_admin", 1), "village_admin", 110, True, True),
        (Office("county_admin", 1), "village_admin", 200, False, False),
        (Office("county_admin", 1), "county_admin", 2, False, False),
        (Office("township_admin", 10), "township_admin", 10, True, False),
        (Office("township_admin", 10), "village_admin", 101, True, True),
        (Office("township_admin", 10), "village_admin", 110, False, False),
        (Office("township_admin", 10), "township_admin", 11, False, False),
        (Office("township_admin", 10), "county_admin", 1, False, False),
        (Office("village_admin", 100), "village_admin", 100, True, False),
        (Office("village_admin", 100), "village_admin", 101, False, False),
        (Office("village_admin", 100), "township_admin", 10, False, False),
    ],
)
def test_the_table_of_who_grants_what(mine: Office, kind: str, region: int, grants: bool, revokes: bool) -> None:
    assert rules.may_grant([mine], kind, CHAINS[region]) is grants
    assert rules.may_revoke([mine], kind, CHAINS[region]) is revokes


def test_planted_control_without_the_level_check_a_village_admin_would_make_a_county_admin() -> None:
    def careless(held: list[Office], chain: tuple[int, ...]) -> bool:
        return any(o.region_id in chain for o in held)

    insider = Office("village_admin", 1)  # an office on the county's own region: only the level keeps it in place
    assert careless([insider], CHAINS[1])
    assert not rules.may_grant([insider], "county_admin", CHAINS[1])


@pytest.mark.parametrize(
    ("kinds", "limit"),
    [((), timedelta(days=30)), (("village_admin",), timedelta(hours=12)), (("township_admin",), timedelta(minutes=30)), (("village_admin", "county_admin"), timedelta(minutes=30))],
)  # fmt: skip
def test_the_more_somebody_may_do_the_shorter_their_session_rests(kinds: tuple[str, ...], limit: timedelta) -> None:
    assert not rules.is_rested(NOW - limit, NOW, kinds)
    assert rules.is_rested(NOW - limit - timedelta(seconds=1), NOW, kinds)
    assert rules.is_due(NOW - limit / 5, NOW, kinds)
    assert not rules.is_due(NOW - limit / 100, NOW, kinds) or limit > timedelta(days=1)


def test_a_face_is_the_same_every_time_and_faces_differ() -> None:
    assert rules.cloth_of("abc") == rules.cloth_of("abc")
    assert len({rules.cloth_of(str(n)) for n in range(200)}) == len(rules.CLOTHS) * len(rules.DYES)


@pytest.mark.parametrize(
    ("name", "one"),
    [("张桂秀", "张"), ("  小禾", "小"), ("“老李”", "老"), ("amy", "A"), ("🌾🌾", "乡"), ("", "乡"), ("🌾禾", "禾")],
)
def test_an_avatar_shows_one_character(name: str, one: str) -> None:
    assert rules.initial(name) == one


@pytest.mark.parametrize(
    ("name", "seal"),
    [("三组 上垄", "三组"), ("大屋场", "大屋场"), ("", ""), ("第十三村民小组的一个很长的名字", "第十三村民小")],
)
def test_a_seal_has_room_for_little(name: str, seal: str) -> None:
    assert rules.group_seal(name) == seal


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("罗\u200b春秀", "罗春秀"), ("\u3164", ""), ("  ", ""), ("🌾", ""), ("小  禾", "小 禾"), ("阿卜杜拉·买买提", "阿卜杜拉·买买提"), ("老李🌾", "老李🌾")],
)  # fmt: skip
def test_a_name_has_no_invisible_characters_and_at_least_one_letter(typed: str, kept: str) -> None:
    assert rules.plain_name(typed) == kept
