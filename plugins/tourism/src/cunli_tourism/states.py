"""What can happen to a booking, as one table. Pages, acts, the host's desk and the tests read it; nothing else decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cunli import gettext as _


class State(StrEnum):
    """Where a booking is."""

    REQUESTED = "requested"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    REVIEWED = "reviewed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"
    CALLED_OFF = "called_off"
    NO_SHOW = "no_show"


class Who(StrEnum):
    """What somebody is to one booking."""

    GUEST = "guest"
    HOST = "host"
    OFFICE = "office"  # the village, for a host without a smartphone
    CODE = "code"  # whoever knows the word that only the host was told
    MONEY = "money"  # the payment: never a person
    CLOCK = "clock"  # nobody: a term ran out


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that can happen. `ways` limits it to ways of paying; `frees` gives rooms and seats back; `back` says what of the
    money goes back: all, by step, or nothing; `day` is the earliest day, counted from the first one; `words`: a reason is needed."""

    name: str
    label: object
    by: frozenset[Who]
    sources: frozenset[State]
    to: State
    ways: frozenset[str] = frozenset({"online", "arrival"})
    frees: bool = False
    back: str = ""  # all, step
    settles: bool = False
    day: int | None = None
    words: bool = False
    form: bool = True


_HOSTS: Final = frozenset({Who.HOST, Who.OFFICE, Who.CODE})
_THERE: Final = frozenset({Who.HOST, Who.OFFICE})
_ASKED: Final = frozenset({State.REQUESTED})
_OPEN: Final = frozenset({State.REQUESTED, State.HELD})
_SURE: Final = frozenset({State.CONFIRMED})
MOVES: Final = (
    Move(name="accept", label=_("答应"), by=_HOSTS, sources=_ASKED, to=State.HELD, ways=frozenset({"online"})),
    Move(name="agree", label=_("答应"), by=_HOSTS, sources=_ASKED, to=State.CONFIRMED, ways=frozenset({"arrival"})),
    Move(
        name="decline",
        label=_("接不了"),
        by=_HOSTS,
        sources=_ASKED,
        to=State.DECLINED,
        frees=True,
        back="all",
        words=True,
    ),
    Move(
        name="pay",
        label=_("钱付了"),
        by=frozenset({Who.MONEY}),
        sources=frozenset({State.HELD}),
        to=State.CONFIRMED,
        ways=frozenset({"online"}),
        form=False,
    ),
    Move(
        name="expire",
        label=_("过时了"),
        by=frozenset({Who.CLOCK}),
        sources=_OPEN,
        to=State.EXPIRED,
        frees=True,
        form=False,
    ),
    Move(name="withdraw", label=_("不订了"), by=frozenset({Who.GUEST}), sources=_OPEN, to=State.CANCELED, frees=True),
    Move(
        name="cancel",
        label=_("取消"),
        by=frozenset({Who.GUEST}),
        sources=_SURE,
        to=State.CANCELED,
        frees=True,
        back="step",
        settles=True,
    ),
    Move(
        name="call_off",
        label=_("接不了了，全退"),
        by=_THERE,
        sources=frozenset({State.HELD, State.CONFIRMED}),
        to=State.CALLED_OFF,
        frees=True,
        back="all",
        words=True,
    ),
    Move(name="arrive", label=_("客人到了"), by=_THERE, sources=_SURE, to=State.ARRIVED, day=0),
    Move(name="miss", label=_("没有来"), by=_THERE | {Who.CLOCK}, sources=_SURE, to=State.NO_SHOW, settles=True, day=1),
    Move(
        name="finish",
        label=_("客人走了"),
        by=_THERE | {Who.CLOCK},
        sources=frozenset({State.ARRIVED}),
        to=State.COMPLETED,
        settles=True,
    ),
    Move(
        name="review",
        label=_("说说怎么样"),
        by=frozenset({Who.GUEST}),
        sources=frozenset({State.COMPLETED}),
        to=State.REVIEWED,
        form=False,
    ),
)
BY_NAME: Final = {move.name: move for move in MOVES}
TAKES: Final = frozenset({State.REQUESTED, State.HELD, State.CONFIRMED, State.ARRIVED})  # what still has a room or seat
STAYED: Final = frozenset({State.ARRIVED, State.COMPLETED, State.REVIEWED})
COMING: Final = frozenset({State.HELD, State.CONFIRMED})


def moves_of(roles: Iterable[Who], state: State, way: str, days: int) -> list[Move]:
    """What somebody can do now, in the order of the table. `days`: since the first day of the booking, negative before it."""
    held = frozenset(roles)
    return [
        move
        for move in MOVES
        if state in move.sources and held & move.by and way in move.ways and (move.day is None or days >= move.day)
    ]


def can(name: str, roles: Iterable[Who], state: State, way: str, days: int) -> bool:
    """Whether this is open to somebody. An unknown name is not."""
    return any(move.name == name for move in moves_of(roles, state, way, days))
