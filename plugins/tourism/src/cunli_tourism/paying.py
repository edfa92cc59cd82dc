"""Asking the payment provider, and believing only what it answers. Nothing here writes while it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cunli import Payment, audit, find_payment, refund_payment, unit

from . import money, moving
from .models import Booking, Refund
from .states import State, Who

ASKED_FOR: Final = timedelta(days=3)


async def look(key: str, url: str) -> str:
    """Ask how a payment stands, and write down what is so. Gives how the booking's payment stands."""
    booking = await Booking.get_or_none(key=key)
    if booking is None or booking.way != "online" or not booking.payment:
        return ""
    found = await find_payment(key)
    return booking.payment if found is None else await _write_down(found, url)


@unit
async def _write_down(found: Payment, url: str) -> str:
    booking = await Booking.get(key=found.key)
    if found.state != "paid":
        return booking.payment
    right = found.fen == booking.now_fen
    changes = {"payment": "paid" if right else "strange", "reference": found.reference[:64]}
    if right:
        changes["paid_fen"] = found.fen  # type: ignore[assignment]
    if not await Booking.filter(id=booking.id, payment__in=("waiting", "closed")).update(**changes):
        return (await Booking.get(key=found.key)).payment
    await audit(
        "tourism.booking.paid", actor=None, object=("booking", booking.id), by="system", fen=found.fen, right=right
    )
    if not right:
        return "strange"
    booking = await Booking.get(key=found.key)
    await money.paid(booking, found.fen)
    if booking.state == State.HELD:
        await moving.do(booking.key, "pay", {Who.MONEY}, actor=None, url=url)
    else:  # it was given up meanwhile
        await moving.owe_back(booking, booking.paid_fen - booking.refunded_fen)
    return "paid"


@unit
async def closed(booking_id: int) -> None:
    """Nobody can pay it any more."""
    await Booking.filter(id=booking_id, payment="waiting").update(payment="closed")


async def give_back(refund: Refund, url: str) -> None:
    """Have the provider give money back, and write down that it did. The key of the refund makes the second time harmless."""
    booking = await Booking.get(id=refund.booking_id)
    if await refund_payment(booking.key, refund.key, refund.fen):
        await moving.refunded(refund.key, url)
