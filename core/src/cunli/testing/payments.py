"""A payment service in memory, for tests of whatever takes money: people pay, notices are signed, and it fails when it is told to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

from cunli.clock import now
from cunli.provide import chosen
from cunli.provide.kinds import PAYMENT
from cunli.provide.payment import (
    BadNotice,
    KeyTaken,
    NotPossible,
    Payment,
    PaymentError,
    PaymentOrder,
    PaymentProvider,
    Refund,
    TooMuch,
    UnknownPayment,
)
from cunli.web.tokens import new_key

P = TypeVar("P", bound=PaymentProvider)
_SECRET: Final = b"the sandbox's"


class PaymentSandbox:
    """A payment provider whose payments stand in `payments` and whose refunds in `refunds`, by key.

    `fault` names one thing that it does wrong, always: see `cunli.testing.providers`. `down`: it refuses every question.
    `hangs`: it answers none until the test is over. `slow_refunds`: money that goes back stays on its way.
    """

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refund] = {}
        self.down = self.hangs = self.slow_refunds = False
        self._over = asyncio.Event()

    async def _here(self) -> None:
        if self.hangs:
            await self._over.wait()
        if self.down:
            raise PaymentError("the service does not answer")

    async def create(self, order: PaymentOrder) -> Payment:
        await self._here()
        known = self.payments.get(order.key)
        if known is None or self.fault == "begins anew":
            known = self.payments[order.key] = Payment(
                key=order.key,
                fen=order.fen,
                state="waiting",
                pay_url=f"https://pay.example/{order.key}",
                reference=new_key(),
            )
        if known.fen != order.fen and self.fault != "changes the amount":
            raise KeyTaken(order.key)
        return known

    async def query(self, key: str) -> Payment:
        await self._here()
        if key not in self.payments and self.fault != "knows what nobody asked for":
            raise UnknownPayment(key)
        return self.payments.get(key, Payment(key=key, fen=1, state="waiting"))

    async def close(self, key: str) -> Payment:
        payment = await self.query(key)
        if payment.state == "paid" and self.fault != "closes what is paid":
            raise NotPossible(key)
        self.payments[key] = replace(payment, state="closed")
        return self.payments[key]

    async def refund(self, key: str, refund_key: str, fen: int) -> Refund:
        payment, known = await self.query(key), self.refunds.get(refund_key)
        if known is not None and self.fault != "refunds twice":
            if known.fen != fen:
                raise KeyTaken(refund_key)
            self.refunds[refund_key] = replace(known, done=not self.slow_refunds)
            return self.refunds[refund_key]
        if payment.state != "paid" and self.fault != "refunds what nobody paid":
            raise NotPossible(key)
        if payment.refunded_fen + fen > payment.fen and self.fault != "refunds too much":
            raise TooMuch(key)
        self.payments[key] = replace(payment, refunded_fen=payment.refunded_fen + fen)
        self.refunds[refund_key] = Refund(key=refund_key, payment_key=key, fen=fen, done=not self.slow_refunds)
        return self.refunds[refund_key]

    def notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        right = hmac.compare_digest(headers.get("x-signature", ""), _signature(body))
        if not right and self.fault != "believes everybody":
            raise BadNotice("the signature is wrong")
        key = json.loads(body or b"{}").get("key", "")
        return self.payments.get(key, Payment(key=key, fen=0, state="paid"))

    async def pay(self, key: str, fen: int | None = None) -> None:
        """Somebody pays what was asked, or another amount: whatever its state, as money that is late does."""
        moment = now().replace(tzinfo=None) if self.fault == "has no time zone" else now()
        payment = self.payments[key]
        self.payments[key] = replace(payment, state="paid", paid_at=moment, fen=payment.fen if fen is None else fen)

    def end(self) -> None:
        """Whoever still hangs is let go."""
        self.hangs = False
        self._over.set()

    def signed(self, key: str) -> tuple[dict[str, str], bytes]:
        """A genuine notice about a payment: its headers and its body."""
        body = json.dumps({"key": key}).encode()
        return {"x-signature": _signature(body)}, body


def _signature(body: bytes) -> str:
    return hmac.new(_SECRET, body, hashlib.sha256).hexdigest()


@contextmanager
def payments_through(provider: P) -> Iterator[P]:
    """Inside, the county takes money through this provider: the sandbox, or one of yours."""
    before = dict(chosen.providers_of(PAYMENT))
    chosen.provide_through(PAYMENT, tested=provider)
    try:
        yield provider
    finally:
        if isinstance(provider, PaymentSandbox):
            provider.end()
        chosen.provide_through(PAYMENT, **before)
