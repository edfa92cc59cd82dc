"""Buyers whose account was closed while an order of theirs travels.

The seller still has to deliver, and to hand money back: who gets it, where, and at which number stays sealed until the order is over
(个人信息保护法 13, 47: what a contract needs), and goes with its last step. The order itself stays without the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cunli import TaskContext, unit

from . import moments
from .models import Line, Lot, Order, Refund, Step
from .states import OVER

NOBODY: Final = {"receiver": "", "phone": "", "address": "", "note": ""}
STANDS_STILL: Final = timedelta(days=180)  # an order without a step for so long will not be delivered any more
HARVESTED: Final = timedelta(days=60)  # what was ordered ahead may be sent so long after its harvest
MOST: Final = 500
_over: Final = [one.value for one in OVER]


async def leave(person_id: int) -> tuple[int, int]:
    """Take the person out of their orders. How many there were, and how many of them keep their address for now."""
    owed = [one.order_id for one in await Refund.filter(state="agreed", order__buyer_id=person_id)]
    over = Order.filter(buyer_id=person_id, state__in=_over).exclude(id__in=owed)
    done = await over.update(buyer_id=None, **NOBODY)
    open_ = await Order.filter(buyer_id=person_id).update(buyer_id=None)
    return done + open_, open_


async def let_go(order: Order) -> None:
    """After a step: nobody's address stays with an order that is over, unless money is still to be handed back."""
    if order.buyer_id is None and order.state in _over:
        await _forget([order.id])


async def _forget(orders: Sequence[int]) -> int:
    owed = {one.order_id for one in await Refund.filter(order_id__in=list(orders), state="agreed")}
    gone = [one for one in orders if one not in owed]
    return await Order.filter(id__in=gone, buyer_id=None).update(**NOBODY) if gone else 0


async def forget(ctx: TaskContext) -> None:
    """Every night, in each village: what the steps left, and what stands still."""
    await forgotten()


@unit
async def forgotten() -> int:
    """Take away what no order needs any more; of how many orders."""
    rows = Order.filter(buyer_id=None).exclude(phone="")
    gone = await _forget([one.id for one in await rows.filter(state__in=_over).order_by("id").limit(MOST)])
    still = await rows.filter(placed_at__lt=moments.now() - STANDS_STILL).order_by("id").limit(MOST)
    for order in still:
        if await _stands_still(order):
            gone += await Order.filter(id=order.id).update(**NOBODY)
    return gone


async def _stands_still(order: Order) -> bool:
    if await Step.filter(order_id=order.id, at__gte=moments.now() - STANDS_STILL).exists():
        return False
    lots = {one.lot_id for one in await Line.filter(order_id=order.id)}
    return not await Lot.filter(id__in=lots, ready_on__gte=moments.today() - HARVESTED).exists()
