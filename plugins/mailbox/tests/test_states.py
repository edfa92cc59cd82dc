"""The table of moves, by itself: what nobody may do, whatever the pages show."""

from __future__ import annotations

import pytest

from cunli_mailbox.states import BACK, BY_NAME, MOVES, OVER, State, Who, can, moves_of

STAFF = (Who.RECEIVER, Who.HANDLER, Who.ABOVE)


def test_no_office_closes_a_letter() -> None:
    closing = {move.name: move.by for move in MOVES if move.to is State.CLOSED}
    assert set(closing) == {"confirm", "call_back", "fall_silent"}
    assert not any(who in STAFF for by in closing.values() for who in by)


def test_whoever_wrote_it_down_for_somebody_neither_says_that_it_is_done_nor_takes_it_back() -> None:
    theirs = {move.name: move for move in MOVES if Who.HELPER in move.by}
    assert {"contest", "not_done", "supplement", "ask_review"} <= set(theirs)
    assert not any(move.to in (State.CLOSED, State.WITHDRAWN) for move in theirs.values())


def test_the_writer_can_always_do_something_about_a_letter_that_is_answered_or_closed() -> None:
    for stage in (0, 1):
        for state in (State.REPLIED, State.CLOSED):
            assert moves_of([Who.WRITER], state, stage), (state, stage)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DRAFT])
def test_every_state_can_be_reached_and_left_or_is_over(state: State) -> None:
    assert any(move.to is state for move in MOVES)
    assert state in OVER or any(
        (state in move.sources and move.to not in (None, state)) or move.name in BACK for move in MOVES
    )


def test_a_letter_goes_its_way_and_no_other() -> None:
    way = [
        ("submit", Who.WRITER, State.DRAFT),
        ("triage", Who.RECEIVER, State.SUBMITTED),
        ("assign", Who.RECEIVER, State.TRIAGED),
        ("reply", Who.HANDLER, State.ASSIGNED),
        ("confirm", Who.WRITER, State.REPLIED),
        ("reopen", Who.WRITER, State.CLOSED),
    ]
    for name, who, state in way:
        assert can(name, [who], state)
        assert not any(can(name, [other], state) for other in Who if other not in BY_NAME[name].by)
        assert not any(can(name, [who], other) for other in State if other not in BY_NAME[name].sources)


def test_a_review_is_asked_once_and_a_re_review_once_after_it() -> None:
    asked = {
        stage: [m.name for m in moves_of([Who.WRITER], State.REPLIED, stage) if m.name.startswith("ask_")]
        for stage in (0, 1, 2)
    }
    assert asked == {0: ["ask_review"], 1: ["ask_rereview"], 2: []}


def test_whoever_takes_a_letter_out_of_hand_says_why_and_where_to() -> None:
    for name in ("transfer", "refuse"):
        assert BY_NAME[name].needs == ("reason", "route")
    for name in ("hand_over", "object", "not_done", "reopen", "ask_review", "ask_rereview", "contest"):
        assert "reason" in BY_NAME[name].needs, name
