"""Taking payments: what a plugin asks of the provider that the county chose. Nothing here writes, and none of it may be called in a unit."""

from __future__ import annotations

from collections.abc import Mapping

from cunli.provide.chosen import ProviderSlow, patiently, provider_of
from cunli.provide.kinds import PAYMENT
from cunli.provide.payment import Payment, PaymentError, PaymentOrder, PaymentState, UnknownPayment


async def begin_payment(order: PaymentOrder) -> str:
    """Where to send whoever pays. Empty where a person is paid, or the provider does not answer just now: show the page again later.

    The same key may begin again and again; it is one payment.
    """
    try:
        begun = await patiently(provider_of(PAYMENT).create(order))
    except (PaymentError, ProviderSlow):
        return ""
    return begun.pay_url


def noticed_payment(headers: Mapping[str, str], body: bytes) -> str:
    """The key of the payment that a notice is about. It is a hint and no more: ask `find_payment` next.

    Raises `BadNotice` unless the provider signed it. Header names are lower case.
    """
    return provider_of(PAYMENT).notice(headers, body).key


async def find_payment(key: str) -> Payment | None:
    """How a payment stands, from the provider's own books. None for one that was never begun.

    Raises `PaymentError` or `ProviderSlow` where nobody knows. Compare `fen` with what you asked for before you believe `paid`.
    """
    try:
        return await patiently(provider_of(PAYMENT).query(key))
    except UnknownPayment:
        return None


async def close_payment(key: str) -> bool:
    """Make a payment unpayable before what it is for ends. True where nobody can pay it now, or it was never begun; False where it is paid.

    Raises `PaymentError` or `ProviderSlow` where nobody knows: then nothing may end, and the clock asks again.
    """
    state = await _state(key)
    if state == "waiting":
        try:
            await patiently(provider_of(PAYMENT).close(key))
        except PaymentError:  # somebody was quicker, or it does not say
            state = await _state(key)
            if state == "waiting":
                raise
    return state != "paid"


async def _state(key: str) -> PaymentState | None:
    found = await find_payment(key)
    return None if found is None else found.state


async def refund_payment(key: str, refund_key: str, fen: int) -> bool:
    """Give part or all of a payment back, once for each `refund_key` however often it is asked. False while it is on its way: ask again.

    Raises `PaymentError` or `ProviderSlow` where it is refused or nobody knows; whether it went is then asked with the same key.
    """
    sent = await patiently(provider_of(PAYMENT).refund(key, refund_key, fen))
    return sent.done and sent.fen == fen
