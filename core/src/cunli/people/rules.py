"""What may happen to a membership, who may grant which office, how long a session lives. Pure: no database, no clock of its own."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, Protocol, TypedDict

from cunli.people.models import MembershipState as State

MembershipState = State  # as other rooms call it

# ---- memberships ---------------------------------------------------------------------------------------------------

Actor = Literal["person", "official"]


class Move(StrEnum):
    """Everything that can happen to a membership."""

    APPLY = "apply"
    WITHDRAW = "withdraw"
    ASK_MORE = "ask_more"
    VERIFY = "verify"
    REFUSE = "refuse"
    SUSPEND = "suspend"
    RESUME = "resume"
    LEAVE = "leave"
    MARK_LEFT = "mark_left"
    MARK_DECEASED = "mark_deceased"
    MISTAKEN = "mistaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """From which states a move leads where, who makes it, and whether it needs a reason that the person is shown."""

    by: Actor
    before: frozenset[State]
    after: State
    reason: bool = False


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


# `APPLY` on nothing at all makes the membership; every other change of a state anywhere in the program is in this table.
MOVES: Final[dict[Move, Transition]] = {
    Move.APPLY: Transition(
        by="person", before=_from(State.MORE_INFO, State.REFUSED, State.WITHDRAWN, State.LEFT), after=State.APPLIED
    ),
    Move.WITHDRAW: Transition(by="person", before=_from(State.APPLIED, State.MORE_INFO), after=State.WITHDRAWN),
    Move.LEAVE: Transition(by="person", before=_from(State.VERIFIED), after=State.LEFT),
    Move.ASK_MORE: Transition(by="official", before=_from(State.APPLIED), after=State.MORE_INFO, reason=True),
    Move.VERIFY: Transition(by="official", before=_from(State.APPLIED, State.MORE_INFO), after=State.VERIFIED),
    Move.REFUSE: Transition(
        by="official", before=_from(State.APPLIED, State.MORE_INFO), after=State.REFUSED, reason=True
    ),
    Move.SUSPEND: Transition(by="official", before=_from(State.VERIFIED), after=State.SUSPENDED, reason=True),
    Move.RESUME: Transition(by="official", before=_from(State.SUSPENDED), after=State.VERIFIED),
    Move.MARK_LEFT: Transition(
        by="official", before=_from(State.VERIFIED, State.SUSPENDED), after=State.LEFT, reason=True
    ),
    Move.MARK_DECEASED: Transition(
        by="official", before=_from(State.VERIFIED, State.SUSPENDED, State.LEFT), after=State.DECEASED
    ),
    # A wrong tap must not end a living person's account for good.
    Move.MISTAKEN: Transition(by="official", before=_from(State.DECEASED), after=State.VERIFIED, reason=True),
}
WAITING: Final = (State.APPLIED, State.MORE_INFO)


def moves_from(state: State, by: Actor) -> tuple[Move, ...]:
    """What somebody of this kind can do with a membership in this state."""
    return tuple(move for move, rule in MOVES.items() if rule.by == by and state in rule.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChange:
    """What a move does to the numbers that stand on the village's page."""

    verified: int
    away: int


def count_change(before: State | None, after: State, *, was_away: bool, is_away: bool) -> CountChange:
    """Verified people are counted, and among them those who are away."""
    was, now = before == State.VERIFIED, after == State.VERIFIED
    return CountChange(verified=int(now) - int(was), away=int(now and is_away) - int(was and was_away))


# ---- offices -------------------------------------------------------------------------------------------------------

LEVELS: Final = {"county_admin": 3, "township_admin": 4, "village_admin": 5}  # kind of office → level of its region


class Held(Protocol):
    """An office somebody holds."""

    @property
    def kind(self) -> str: ...
    @property
    def region_id(self) -> int: ...


def may_grant(held: Iterable[Held], kind: str, chain: Collection[int]) -> bool:
    """Whether somebody with the offices `held` may give the office `kind` on the region whose chain to the root is given.

    Authority goes down its own subtree only, and nobody grants above their own level.
    """
    return any(mine.region_id in chain and LEVELS[mine.kind] <= LEVELS[kind] for mine in held)


def may_revoke(held: Iterable[Held], kind: str, chain: Collection[int]) -> bool:
    """Whether they may take it away: from above only. Colleagues of one level do not remove each other."""
    return any(mine.region_id in chain and LEVELS[mine.kind] < LEVELS[kind] for mine in held)


def outranks(held: Iterable[Held], theirs: Iterable[Held], chain: Collection[int]) -> bool:
    """Whether an official may act on the membership of somebody who may hold offices here: only with a higher one than theirs."""
    top = min((LEVELS[each.kind] for each in theirs if each.region_id in chain), default=99)
    mine = min((LEVELS[each.kind] for each in held if each.region_id in chain), default=99)
    return mine < top


# ---- sessions and codes --------------------------------------------------------------------------------------------

ABSOLUTE: Final = timedelta(days=180)
MEMBER_IDLE: Final = timedelta(days=30)
VILLAGE_ADMIN_IDLE: Final = timedelta(hours=12)
OFFICE_IDLE: Final = timedelta(minutes=30)
CODE_LIFE: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5


PENDING_LIFE: Final = timedelta(minutes=10)  # between password and second factor
SECOND_FOR: Final = frozenset({"county_admin", "township_admin"})


def needs_second(kinds: Collection[str], *, enrolled: bool, required: bool) -> bool:
    """Whether somebody with these offices shows a second factor when signing in: who has one always does."""
    return enrolled or (required and bool(SECOND_FOR.intersection(kinds)))


_DUE: Final = {limit: min(limit / 10, timedelta(hours=1)) for limit in (MEMBER_IDLE, VILLAGE_ADMIN_IDLE, OFFICE_IDLE)}


def idle_limit(kinds: Collection[str]) -> timedelta:
    """How long a session of somebody with these offices may rest: the more they may do, the shorter."""
    if not kinds:
        return MEMBER_IDLE
    return OFFICE_IDLE if {"county_admin", "township_admin"} & set(kinds) else VILLAGE_ADMIN_IDLE


def is_rested(last_seen: datetime, now: datetime, kinds: Collection[str]) -> bool:
    """Whether a session has rested too long."""
    return now - last_seen > idle_limit(kinds)


def is_due(last_seen: datetime, now: datetime, kinds: Collection[str]) -> bool:
    """Whether it is time to note that a session is in use: a tenth of its idle limit, at most an hour."""
    return now - last_seen > _DUE[idle_limit(kinds)]


# ---- faces ---------------------------------------------------------------------------------------------------------

CLOTHS: Final = ("plum", "rice", "fish", "tea", "ridge")
DYES: Final = ("", "teal", "night", "tea")


class Avatar(TypedDict):
    """What stands for a person in a picture: a surname on a cloth."""

    surname: str
    cloth: str
    dye: str


def avatar_of(key: str, display_name: str) -> Avatar:
    """The avatar of a person with this key and name."""
    cloth, dye = cloth_of(key)
    return Avatar(surname=initial(display_name), cloth=cloth, dye=dye)


@functools.lru_cache(maxsize=20_000)
def cloth_of(key: str) -> tuple[str, str]:
    """The cloth and dye of a person's avatar: theirs for good, and different from most of their neighbours'."""
    number = hashlib.sha256(key.encode()).digest()[0]
    return CLOTHS[number % len(CLOTHS)], DYES[number // len(CLOTHS) % len(DYES)]


_INVISIBLE: Final = dict.fromkeys(
    map(
        ord,
        "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\u3164\uffa0",
    )
)


def plain_name(text: str) -> str:
    """A name without characters that nobody sees: two people must not look alike and be different. Empty when no letter is left."""
    visible = " ".join(text.translate(_INVISIBLE).split())
    return visible if any(char.isalnum() for char in visible) else ""


def initial(display_name: str) -> str:
    """The one character on the avatar: the first letter or 汉字 of the name."""
    return next((char.upper() for char in display_name if char.isalnum()), "乡")


def group_seal(name: str) -> str:
    """三组 of 三组 上垄: what a seal has room for."""
    return name.split()[0][:6] if name.strip() else ""
