"""What can happen to an order, as one table. Pages, acts, the seller's desk and the tests read it; nothing else decides.

A basket is not an order yet: what lies in it is held for fifteen minutes (see `basket`). Refunds are rows of their own
(see `refunds`): they leave an order where it is, unless all of its money goes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cunli import gettext as _


class State(StrEnum):
    """Where an order is."""

    PLACED = "placed"
    CLAIMED = "claimed"  # the buyer says that the transfer is made, and the shop has not seen it yet
    CONTESTED = "contested"  # the village looks for the money
    LATE = "late"  # the order was over before the buyer said so: money that came goes back
    UNFOUND = "unfound"
    PAID = "paid"
    ON_CASH = "on_cash"
    PACKED = "packed"
    SENT = "sent"
    RECEIVED = "received"
    SETTLED = "settled"
    DISPUTED = "disputed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class Who(StrEnum):
    """What somebody is to one order."""

    BUYER = "buyer"
    SELLER = "seller"
    OFFICE = "office"  # the village, or the level above it
    MONEY = "money"  # the payment: never a person
    CLOCK = "clock"  # nobody: a term ran out


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that can happen to an order. `to` is `None` where it returns to where it was before a dispute. `ways` limits it
    to ways of paying, `deliveries` to ways of handing over; `stock` gives the goods back to the lot; `needs` names what must be
    said; `settles` moves what the buyer paid to the shop."""

    name: str
    label: Any
    by: frozenset[Who]
    sources: frozenset[State]
    to: State | None
    ways: frozenset[str] = frozenset({"cash", "transfer", "online"})
    deliveries: frozenset[str] = frozenset({"pickup", "own", "courier"})
    stock: bool = False
    needs: tuple[str, ...] = ()
    form: bool = True


def _move(name: str, label: Any, by: Iterable[Who], sources: Iterable[State], to: State | None, **more: object) -> Move:
    sets = {key: frozenset(more.pop(key)) for key in ("ways", "deliveries") if key in more}  # type: ignore[call-overload]
    return Move(name=name, label=label, by=frozenset(by), sources=frozenset(sources), to=to, **sets, **more)  # type: ignore[arg-type]


OPEN: Final = frozenset({State.PAID, State.ON_CASH, State.PACKED, State.SENT, State.RECEIVED})
HELD: Final = frozenset({State.PAID, State.PACKED, State.SENT, State.RECEIVED, State.DISPUTED})
OVER: Final = frozenset({State.SETTLED, State.CANCELED, State.EXPIRED, State.REFUNDED, State.UNFOUND})
SAID: Final = frozenset(
    {State.CLAIMED, State.CONTESTED, State.LATE}
)  # paid as the buyer says, and nobody has found it yet
MOVES: Final = (
    _move("pay", _("钱付了"), [Who.MONEY], [State.PLACED], State.PAID, ways=["online", "transfer"], form=False),
    _move(
        "confirm",
        _("钱到了"),
        [Who.SELLER],
        [State.PLACED, State.CLAIMED, State.CONTESTED],
        State.PAID,
        ways=["transfer"],
    ),
    _move("claim", _("我转了钱"), [Who.BUYER], [State.PLACED], State.CLAIMED, ways=["transfer"], needs=("reference",)),
    _move(
        "retract",
        _("弄错了，我没转钱，不买了"),
        [Who.BUYER],
        [State.CLAIMED, State.CONTESTED],
        State.CANCELED,
        ways=["transfer"],
        stock=True,
    ),
    _move(
        "contest",
        _("没看到钱，请村委会查"),
        [Who.SELLER],
        [State.CLAIMED],
        State.CONTESTED,
        ways=["transfer"],
        needs=("words",),
    ),
    _move(
        "ask_office",
        _("店家三天没答复，请村委会查"),
        [Who.CLOCK],
        [State.CLAIMED],
        State.CONTESTED,
        ways=["transfer"],
        form=False,
    ),
    _move(
        "found",
        _("查到了，钱到了店家"),
        [Who.OFFICE],
        [State.CONTESTED],
        State.PAID,
        ways=["transfer"],
        needs=("words",),
    ),
    _move(
        "not_found",
        _("查过了，没有这笔钱"),
        [Who.OFFICE],
        [State.CONTESTED],
        State.UNFOUND,
        ways=["transfer"],
        stock=True,
        needs=("words",),
    ),
    _move(
        "claim_late",
        _("这一单我转过钱"),
        [Who.BUYER],
        [State.EXPIRED, State.CANCELED],
        State.LATE,
        ways=["transfer"],
        needs=("reference",),
    ),
    _move(
        "late_came",
        _("钱到了，退给买家"),
        [Who.SELLER, Who.OFFICE],
        [State.LATE],
        State.REFUNDED,
        ways=["transfer"],
    ),
    _move(
        "late_not",
        _("查过了，没有这笔钱"),
        [Who.OFFICE],
        [State.LATE],
        State.UNFOUND,
        ways=["transfer"],
        needs=("words",),
    ),
    _move("expire", _("过时没付"), [Who.CLOCK], [State.PLACED], State.EXPIRED, stock=True, form=False),
    _move("cancel", _("不买了"), [Who.BUYER], [State.PLACED, State.ON_CASH], State.CANCELED, stock=True),
    _move(
        "refuse",
        _("接不了这单"),
        [Who.SELLER],
        [State.PLACED, State.ON_CASH],
        State.CANCELED,
        stock=True,
        needs=("words",),
    ),
    _move("give_up", _("不要了，退钱"), [Who.BUYER], [State.PAID], State.REFUNDED, stock=True),
    _move("cannot", _("发不了货，退钱"), [Who.SELLER], [State.PAID], State.REFUNDED, stock=True, needs=("words",)),
    _move("pack", _("装好了"), [Who.SELLER], [State.PAID, State.ON_CASH], State.PACKED),
    _move(
        "send",
        _("寄出了"),
        [Who.SELLER],
        [State.PACKED],
        State.SENT,
        deliveries=["courier"],
        needs=("carrier", "tracking"),
    ),
    _move("set_out", _("送出门了"), [Who.SELLER], [State.PACKED], State.SENT, deliveries=["own"]),
    _move(
        "hand_over",
        _("买家取走了"),
        [Who.SELLER],
        [State.PACKED],
        State.SENT,
        ways=["online", "transfer"],
        deliveries=["pickup"],
    ),
    _move("collect", _("货交了，钱收了"), [Who.SELLER], [State.PACKED, State.SENT], State.RECEIVED, ways=["cash"]),
    _move(
        "fail",
        _("没人收，拿回来了"),
        [Who.SELLER],
        [State.PACKED, State.SENT],
        State.CANCELED,
        ways=["cash"],
        stock=True,
        needs=("words",),
    ),
    _move("receive", _("我收到了"), [Who.BUYER], [State.SENT], State.RECEIVED, ways=["online", "transfer"]),
    _move(
        "fetch",
        _("我取到了"),
        [Who.BUYER],
        [State.PACKED],
        State.RECEIVED,
        ways=["online", "transfer"],
        deliveries=["pickup"],
    ),
    _move(
        "arrive",
        _("七天没说没收到，算收到"),
        [Who.CLOCK],
        [State.SENT],
        State.RECEIVED,
        ways=["online", "transfer"],
        form=False,
    ),
    _move("settle", _("结给店家"), [Who.CLOCK], [State.RECEIVED], State.SETTLED, form=False),
    _move(
        "dispute",
        _("请村委会评理"),
        [Who.BUYER, Who.SELLER],
        [State.PAID, State.PACKED, State.SENT, State.RECEIVED],
        State.DISPUTED,
        needs=("words",),
    ),
    _move(
        "unanswered",
        _("店家没答复退钱，请村委会评理"),
        [Who.CLOCK],
        [State.PAID, State.PACKED, State.SENT, State.RECEIVED],
        State.DISPUTED,
        form=False,
    ),
    _move("go_on", _("按原来的办"), [Who.OFFICE], [State.DISPUTED], None, needs=("words",)),
    _move("give_part", _("退一部分"), [Who.OFFICE], [State.DISPUTED], None, needs=("words",), form=False),
    _move("give_back", _("钱全退给买家"), [Who.OFFICE], [State.DISPUTED], State.REFUNDED, needs=("words",)),
    _move("refund_all", _("钱全退完了"), [Who.MONEY], list(HELD), State.REFUNDED, form=False),
)
BY_NAME: Final = {move.name: move for move in MOVES}
PAYS: Final = frozenset({"pay", "confirm", "collect", "found", "late_came"})  # from here on the buyer's money is there
GIVES_BACK: Final = frozenset(
    {"give_up", "cannot", "give_back", "late_came"}
)  # all of what was paid and did not go back yet

JUDGES: Final = frozenset({"go_on", "give_part", "give_back"})


def moves_of(roles: Iterable[Who], state: State, way: str, delivery: str) -> list[Move]:
    """What somebody can do to an order now, in the order of the table."""
    held = frozenset(roles)
    return [
        move
        for move in MOVES
        if state in move.sources and held & move.by and way in move.ways and delivery in move.deliveries
    ]


def can(name: str, roles: Iterable[Who], state: State, way: str, delivery: str) -> bool:
    """Whether this is open to somebody. An unknown name is not."""
    return any(move.name == name for move in moves_of(roles, state, way, delivery))
