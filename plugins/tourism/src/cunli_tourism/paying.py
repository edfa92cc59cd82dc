"""Asking the payment provider, and believing only what it answers. Nothing here writes while it asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cunli import (
    PAYMENT,
    Payment,
    PaymentError,
    PaymentOrder,
    ProviderSlow,
    UnknownPayment,
    audit,
    patiently,
    provider_of,
    unit,
)
from cunli import gettext as _

from . import moments, money, moving
from .models import Booking, Refund
from .states import State, Who

ASKED_FOR: Final = timedelta(days=3)


async def begin(booking: Booking, site: str, url: str) -> str:
    """Where to pay. Empty where nobody takes money online, or does not answer just now."""
    order = PaymentOrder(
        key=booking.key,
        fen=booking.now_fen,
        title=str(_("乡村游订单")),
        back_url=f"{site}{url}/bookings/{booking.key}",
        notice_url=f"{site}{url}/notice",
        expires_at=booking.due_at or moments.now() + moving.PAYS_WITHIN,
    )
    try:
        begun = await patiently(provider_of(PAYMENT).create(order))
    except (PaymentError, ProviderSlow):
        return ""
    return begun.pay_url


def noticed(headers: Mapping[str, str], body: bytes) -> str:
    """The key of the payment that a notice is about. Raises `BadNotice`, a `PaymentError`. It is a hint: ask next."""
    return provider_of(PAYMENT).notice(headers, body).key


async def look(key: str, url: str) -> str:
    """Ask how a payment stands, and write down what is so. Gives how the booking's payment stands."""
    booking = await Booking.get_or_none(key=key)
    if booking is None or booking.way != "online" or not booking.payment:
        return ""
    try:
        found = await patiently(provider_of(PAYMENT).query(key))
    except UnknownPayment:
        return booking.payment
    return await _write_down(found, url)


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


async def close_or_look(booking: Booking, url: str) -> bool:
    """Before a booking ends unpaid: make its payment unpayable. False where it was paid after all, or nobody knows."""
    provider = provider_of(PAYMENT)
    try:
        await patiently(provider.query(booking.key))
    except PaymentError as unknown:
        return isinstance(unknown, UnknownPayment)  # never begun, so it cannot be paid
    try:
        await patiently(provider.close(booking.key))
    except PaymentError:  # paid after all, or it does not say
        await look(booking.key, url)
        return False
    await _closed(booking.id)
    return True


@unit
async def _closed(booking_id: int) -> None:
    await Booking.filter(id=booking_id, payment="waiting").update(payment="closed")


async def give_back(key: str, url: str) -> None:
    """Have the provider give money back, and write down that it did. The key of the refund makes the second time harmless."""
    refund = await Refund.get_or_none(key=key, state="agreed")
    if refund is None:
        return
    booking = await Booking.get(id=refund.booking_id)
    sent = await patiently(provider_of(PAYMENT).refund(booking.key, refund.key, refund.fen))
    if sent.done and sent.fen == refund.fen:
        await moving.refunded(key, url)
