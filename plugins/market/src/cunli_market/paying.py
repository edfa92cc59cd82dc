"""Asking the payment provider, and believing only what it answers. Nothing here writes while it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cunli import (
    Payment,
    PaymentOrder,
    Reach,
    audit,
    begin_payment,
    close_payment,
    find_payment,
    refund_payment,
    unit,
)
from cunli import gettext as _

from . import moments, money, refunds
from .models import Bill, Order, Refund
from .moving import do, owe_back
from .states import State, Who

ASKED_FOR: Final = timedelta(days=3)


async def begin(bill: Bill, site: str, notice_url: str) -> str:
    """Where to pay. Empty where nobody takes money online, or does not answer just now."""
    return await begin_payment(
        PaymentOrder(
            key=bill.key,
            fen=bill.fen,
            title=str(_("村集市订单")),
            back_url=f"{site}{bill.back_url}",
            notice_url=f"{site}{notice_url}",
            expires_at=bill.expires_at,
        )
    )


async def look(key: str, reach: Reach) -> str:
    """Ask how a payment stands, and write down what is so. Gives the state of the bill."""
    bill = await Bill.get_or_none(key=key, way="online")
    if bill is None:
        return ""
    found = await find_payment(key)
    if found is None or found.state != "paid":
        return bill.state
    return await _write_down(found, reach)


@unit
async def _write_down(found: Payment, reach: Reach) -> str:
    bill = await Bill.get(key=found.key)
    right = found.fen == bill.fen
    changes = {"state": "paid" if right else "strange", "paid_fen": found.fen, "reference": found.reference[:64]}
    at = found.paid_at or moments.now()
    if await Bill.filter(id=bill.id, state__in=("waiting", "closed")).update(**changes, paid_at=at):
        await audit("market.bill.paid", actor=None, object=("bill", bill.id), by="system", fen=found.fen, right=right)
    if not right:
        return "strange"
    for village in reach.villages:
        with reach.into(village.id):
            await catch_up(f"{village.url}/market", bill_id=bill.id)
    return "paid"


@unit
async def catch_up(url: str, *, bill_id: int | None = None) -> int:
    """Move on the orders of the village in scope whose bill is paid. An order that was given up meanwhile gets its money back."""
    rows = Order.filter(way="online", bill__state="paid")
    rows = rows.filter(bill_id=bill_id) if bill_id is not None else rows.filter(state=State.PLACED)
    moved = 0
    for order in await rows.order_by("id").limit(100):
        if order.state == State.PLACED:
            await do(order.key, "pay", {Who.MONEY}, actor=None, url=url)
            moved += 1
        elif order.state in (State.EXPIRED, State.CANCELED):
            moved += await _too_late(order)
    return moved


async def _too_late(order: Order) -> bool:
    """Money came for an order that is over. It is entered, and goes back."""
    if await money.is_paid(order):
        return False
    await money.paid(order)
    await owe_back(order, order.total_fen - order.refunded_fen, "late")
    return True


@unit
async def over_before_it_was_paid() -> int:
    """The same for orders that were over while nobody could be told: the market was off in their village when the money came."""
    over = (State.EXPIRED, State.CANCELED)
    found = Order.filter(way="online", state__in=over, refunded_fen=0, bill__state="paid")
    return sum([await _too_late(order) for order in await found.order_by("id").limit(100)])


async def close_or_look(bill: Bill, reach: Reach) -> bool:
    """Before an order expires: make its payment unpayable. False where it was paid after all."""
    if not await close_payment(bill.key):
        await look(bill.key, reach)
        return False
    await _closed(bill.id)
    return True


@unit
async def _closed(bill_id: int) -> None:
    await Bill.filter(id=bill_id, state="waiting").update(state="closed")


async def give_back(key: str, url: str) -> None:
    """Have the provider give money back, and write down that it did. The key of the refund makes the second time harmless."""
    refund = await Refund.get_or_none(key=key, state="agreed")
    if refund is None:
        return
    order = await Order.get(id=refund.order_id)
    bill = await Bill.get(id=order.bill_id)
    if await refund_payment(bill.key, refund.key, refund.fen):
        await refunds.done(key, actor=None, url=url)
