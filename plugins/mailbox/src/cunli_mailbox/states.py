"""What can happen to a letter, as one table. Pages, actions, the desk and the tests read it; nothing else decides.

No move of an official leads to `closed`: only the writer's word, a call-back by somebody independent, or silence (M2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cunli import gettext as _


class State(StrEnum):
    """Where a letter is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    PAUSED = "paused"
    REPLIED = "replied"
    CLOSED = "closed"
    REOPENED = "reopened"
    REVIEW = "review"
    REREVIEW = "rereview"
    TRANSFERRED = "transferred"
    NOT_ACCEPTED = "not_accepted"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Who(StrEnum):
    """What somebody is to one letter. One person can be several; nobody is anything to a letter about himself but its writer."""

    WRITER = "writer"  # who wrote it
    HELPER = "helper"  # the official who wrote it down for somebody: speaks for them, but never says that it is done
    RECEIVER = "receiver"  # the office that received it first and stays responsible (首接负责)
    HANDLER = "handler"  # the office it is assigned to
    ABOVE = "above"  # the next level up
    JOINT = "joint"  # a department that helps with it (协办)
    CALLER = "caller"  # an official who neither received, assigned nor handled it
    CLOCK = "clock"  # nobody: a term ran out


OFFICIAL: Final = frozenset({Who.RECEIVER, Who.HANDLER, Who.ABOVE, Who.CALLER, Who.JOINT})
WORKED_ON: Final = frozenset(
    {State.SUBMITTED, State.TRIAGED, State.ASSIGNED, State.REOPENED, State.REVIEW, State.REREVIEW}
)
OVER: Final = frozenset({State.CLOSED, State.MERGED, State.WITHDRAWN, State.NOT_ACCEPTED, State.TRANSFERRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that somebody can do to a letter.

    `to` is `None` where it stays where it is, or, for going on after a pause, returns to where it was. `needs` names the
    fields without which it is refused. `event` is what the clocks hear. `stage` limits it to letters in that stage: 0 as it
    was handled first, 1 after a review, 2 after a re-review.
    """

    name: str
    label: str
    by: frozenset[Who]
    sources: frozenset[State]
    to: State | None
    event: str = ""
    needs: tuple[str, ...] = ()
    stage: frozenset[int] = frozenset({0, 1, 2})
    tells_writer: bool = True


def _move(
    name: str, label: object, by: Iterable[Who], sources: Iterable[State], to: State | None, **more: object
) -> Move:
    return Move(name=name, label=label, by=frozenset(by), sources=frozenset(sources), to=to, **more)  # type: ignore[arg-type]


OFFICE: Final = (Who.RECEIVER, Who.HANDLER, Who.ABOVE)
MOVES: Final = (
    _move("submit", _("寄出"), [Who.WRITER, Who.HELPER], [State.DRAFT], State.SUBMITTED, event="submitted"),
    _move(
        "triage",
        _("登记分类"),
        [Who.RECEIVER, Who.ABOVE],
        [State.SUBMITTED],
        State.TRIAGED,
        event="triaged",
        needs=("track", "urgency"),
    ),
    _move(
        "assign",
        _("派给办理人"),
        [Who.RECEIVER, Who.ABOVE],
        [State.SUBMITTED, State.TRIAGED, State.ASSIGNED, State.REOPENED],
        State.ASSIGNED,
        event="assigned",
        needs=("office",),
    ),
    _move(
        "hand_over",
        _("转给别的单位"),
        OFFICE,
        [State.SUBMITTED, State.TRIAGED, State.ASSIGNED, State.REOPENED],
        State.ASSIGNED,
        event="handed_over",
        needs=("office", "reason"),
    ),
    _move(
        "object",
        _("不该我们办，退回"),
        [Who.HANDLER],
        [State.ASSIGNED],
        State.TRIAGED,
        event="objected",
        needs=("reason",),
        tells_writer=False,
    ),
    _move("progress", _("告诉写信人办到哪了"), OFFICE, WORKED_ON, None, event="answered", needs=("words",)),
    _move(
        "note",
        _("内部备注"),
        (*OFFICE, Who.JOINT),
        WORKED_ON | {State.PAUSED, State.REPLIED},
        None,
        needs=("words",),
        tells_writer=False,
    ),
    _move(
        "join",
        _("请部门协办"),
        OFFICE,
        WORKED_ON | {State.PAUSED},
        None,
        needs=("office", "reason"),
    ),
    _move(
        "supervise",
        _("督办"),
        [Who.ABOVE],
        WORKED_ON | {State.PAUSED, State.REPLIED},
        None,
        needs=("words",),
        tells_writer=False,
    ),
    _move("greet", _("自动回复"), [Who.CLOCK], [State.SUBMITTED], None, needs=("words",)),
    _move("pause", _("请写信人补充"), OFFICE, WORKED_ON, State.PAUSED, needs=("words",)),
    _move("supplement", _("补充"), [Who.WRITER, Who.HELPER], [State.PAUSED], None, needs=("words",)),
    _move("go_on", _("不等了，接着办"), OFFICE, [State.PAUSED], None, needs=("reason",)),
    _move("extend", _("延长期限"), [Who.RECEIVER, Who.ABOVE], WORKED_ON, None, needs=("rule", "amount", "reason")),
    _move(
        "reply",
        _("答复"),
        [Who.RECEIVER, Who.HANDLER],
        [State.TRIAGED, State.ASSIGNED, State.REOPENED],
        State.REPLIED,
        event="replied",
        needs=("words", "outcome"),
    ),
    _move(
        "answer_review",
        _("复查答复"),
        [Who.ABOVE],
        [State.REVIEW, State.REREVIEW],
        State.REPLIED,
        event="replied",
        needs=("words", "outcome"),
    ),
    _move(
        "transfer",
        _("转送平台外的单位"),
        [Who.RECEIVER, Who.ABOVE],
        [State.SUBMITTED, State.TRIAGED, State.ASSIGNED],
        State.TRANSFERRED,
        event="transferred",
        needs=("reason", "route"),
    ),
    _move(
        "refuse",
        _("不予受理"),
        [Who.RECEIVER, Who.ABOVE],
        [State.SUBMITTED, State.TRIAGED],
        State.NOT_ACCEPTED,
        event="not_accepted",
        needs=("reason", "route"),
    ),
    _move(
        "merge",
        _("并入同一件事"),
        [Who.RECEIVER, Who.ABOVE],
        [State.SUBMITTED, State.TRIAGED, State.ASSIGNED],
        State.MERGED,
        event="merged",
        needs=("into",),
    ),
    _move(
        "separate",
        _("从并入的信里分出来"),
        [Who.RECEIVER, Who.ABOVE],
        [State.MERGED],
        State.TRIAGED,
        event="reopened",
        needs=("reason",),
    ),
    _move(
        "confirm",
        _("办好了"),
        [Who.WRITER],
        [State.REPLIED],
        State.CLOSED,
        event="closed",
        needs=("satisfaction",),
        tells_writer=False,
    ),
    _move(
        "call_back",
        _("回访：办好了"),
        [Who.CALLER],
        [State.REPLIED],
        State.CLOSED,
        event="closed",
        needs=("words", "satisfaction"),
    ),
    _move("fall_silent", _("到期没有回话"), [Who.CLOCK], [State.REPLIED], State.CLOSED, event="closed"),
    _move(
        "not_done",
        _("没办好，退回重办"),
        [Who.WRITER, Who.HELPER, Who.CALLER],
        [State.REPLIED],
        State.REOPENED,
        event="reopened",
        needs=("reason",),
        stage=frozenset({0}),
    ),
    _move(
        "reopen",
        _("又出问题了"),
        [Who.WRITER, Who.HELPER],
        [State.CLOSED],
        State.REOPENED,
        event="reopened",
        needs=("reason",),
        stage=frozenset({0}),
        tells_writer=False,
    ),
    _move(
        "contest",
        _("不同意不受理"),
        [Who.WRITER, Who.HELPER],
        [State.NOT_ACCEPTED, State.TRANSFERRED],
        State.SUBMITTED,
        event="reopened",
        needs=("reason",),
        tells_writer=False,
    ),
    _move(
        "ask_review",
        _("请上一级复查"),
        [Who.WRITER, Who.HELPER],
        [State.REPLIED, State.CLOSED],
        State.REVIEW,
        event="review",
        needs=("reason",),
        stage=frozenset({0}),
        tells_writer=False,
    ),
    _move(
        "ask_rereview",
        _("请再上一级复核"),
        [Who.WRITER, Who.HELPER],
        [State.REPLIED, State.CLOSED],
        State.REREVIEW,
        event="rereview",
        needs=("reason",),
        stage=frozenset({1}),
        tells_writer=False,
    ),
    _move(
        "withdraw",
        _("撤回"),
        [Who.WRITER],
        WORKED_ON | {State.PAUSED, State.REPLIED},
        State.WITHDRAWN,
        event="closed",
        tells_writer=False,
    ),
)
BY_NAME: Final = {move.name: move for move in MOVES}
BACK: Final = ("supplement", "go_on")  # moves that return to where the letter was before the pause


def moves_of(roles: Iterable[Who], state: State, stage: int = 0) -> list[Move]:
    """What somebody can do to a letter now, in the order of the table."""
    held = frozenset(roles)
    return [move for move in MOVES if state in move.sources and held & move.by and stage in move.stage]


def can(name: str, roles: Iterable[Who], state: State, stage: int = 0) -> bool:
    """Whether this move is open to somebody. An unknown name is not."""
    return any(move.name == name for move in moves_of(roles, state, stage))
