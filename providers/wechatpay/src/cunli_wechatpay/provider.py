"""The provider: payments and refunds by the merchant's own numbers, so that asking twice is asking once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cunli.provide.calling import Answer, Breaker, CallFailed, Way
from cunli.provide.payment import (
    BadNotice,
    KeyTaken,
    NotPossible,
    Payment,
    PaymentError,
    PaymentOrder,
    PaymentState,
    Refund,
    TooMuch,
    UnknownPayment,
)

from .settings import WechatPaySettings
from .signing import Keys, NotSigned

STATES: Final[Mapping[str, PaymentState]] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "waiting",
    "USERPAYING": "waiting",
    "PAYERROR": "waiting",
    "CLOSED": "closed",
    "REVOKED": "closed",
}
GIVEN_BACK: Final = frozenset({"SUCCESS"})
ON_ITS_WAY: Final = frozenset({"PROCESSING", "SUCCESS"})


class WechatPay:
    """WeChat's own books are the only ones: nothing is kept here."""

    def __init__(self, given: WechatPaySettings) -> None:
        self._given, self._keys = given, Keys(given)
        self._way, self._breaker = Way.to(given.api), Breaker()

    async def create(self, order: PaymentOrder) -> Payment:
        status, said = await self._ask("POST", "/v3/pay/transactions/native", self._new(order))
        if status == 200:
            return Payment(key=order.key, fen=order.fen, state="waiting", pay_url=str(said.get("code_url", "")))
        there = await self.query(order.key)  # the number was used before: for the same thing, or for another
        if there.fen != order.fen:
            raise KeyTaken(f"payment {order.key} is one of {there.fen} fen")
        return there

    def _new(self, order: PaymentOrder) -> dict[str, Any]:
        return {
            "appid": self._given.app_id,
            "mchid": self._given.merchant_id,
            "description": order.title,
            "out_trade_no": order.key,
            "time_expire": order.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "notify_url": order.notice_url,
            "amount": {"total": order.fen, "currency": "CNY"},
        }

    async def query(self, key: str) -> Payment:
        path = f"/v3/pay/transactions/out-trade-no/{key}?mchid={self._given.merchant_id}"
        status, said = await self._ask("GET", path)
        if status == 404:
            raise UnknownPayment(key)
        if status != 200:
            raise PaymentError(f"WeChat answers {status} {said.get('code', '')}")
        return self._payment(said)

    def _payment(self, said: Mapping[str, Any]) -> Payment:
        """A transaction as WeChat tells it, for this merchant and app only."""
        try:
            if (said["mchid"], said["appid"]) != (self._given.merchant_id, self._given.app_id):
                raise PaymentError("a transaction of another merchant or app")
            amount = said.get("amount") or {}
            if amount.get("currency", "CNY") != "CNY":
                raise PaymentError("another currency")
            paid_at = said.get("success_time")
            return Payment(
                key=str(said["out_trade_no"]),
                fen=int(amount.get("total", 0)),
                state=STATES[said["trade_state"]],
                paid_at=datetime.fromisoformat(paid_at).astimezone(UTC) if paid_at else None,
                reference=str(said.get("transaction_id", "")),
            )
        except (KeyError, TypeError, ValueError):
            raise PaymentError("a transaction that cannot be read") from None

    async def close(self, key: str) -> Payment:
        path = f"/v3/pay/transactions/out-trade-no/{key}/close"
        status, said = await self._ask("POST", path, {"mchid": self._given.merchant_id})
        found = await self.query(key)
        if found.state == "paid":
            raise NotPossible(f"payment {key} is paid: refund it")
        if found.state != "closed":
            raise PaymentError(f"WeChat answers {status} {said.get('code', '')}")
        return found

    async def refund(self, key: str, refund_key: str, fen: int) -> Refund:
        payment = await self.query(key)
        if payment.state != "paid":
            raise NotPossible(f"payment {key} is {payment.state}")
        if fen > payment.fen:
            raise TooMuch(f"payment {key} is one of {payment.fen} fen")
        status, said = await self._ask(
            "POST",
            "/v3/refund/domestic/refunds",
            {
                "out_trade_no": key,
                "out_refund_no": refund_key,
                "amount": {"refund": fen, "total": payment.fen, "currency": "CNY"},
            },
        )
        if status != 200:
            said = await self._refund_there(refund_key)
        return self._refund(said, key, refund_key, fen)

    async def _refund_there(self, refund_key: str) -> dict[str, Any]:
        status, said = await self._ask("GET", f"/v3/refund/domestic/refunds/{refund_key}")
        if status == 404:  # refused, and there is none of this number: more than what is left
            raise TooMuch(f"refund {refund_key} was not taken")
        if status != 200:
            raise PaymentError(f"WeChat answers {status} {said.get('code', '')}")
        return said

    def _refund(self, said: Mapping[str, Any], key: str, refund_key: str, fen: int) -> Refund:
        try:
            there = (str(said["out_trade_no"]), int(said["amount"]["refund"]))
            state = str(said["status"])
        except (KeyError, TypeError, ValueError):
            raise PaymentError("a refund that cannot be read") from None
        if there != (key, fen):
            raise KeyTaken(f"refund {refund_key} is another one")
        if state not in ON_ITS_WAY:
            raise PaymentError(f"refund {refund_key} is {state}: see the merchant platform")
        return Refund(key=refund_key, payment_key=key, fen=fen, done=state in GIVEN_BACK)

    def notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        try:
            self._keys.check(headers, body)
            kind, said = self._keys.opened(body)
        except NotSigned as exc:
            raise BadNotice(f"a notice with a wrong {exc}") from None
        if not kind.startswith("TRANSACTION."):
            raise BadNotice("a notice about something else than a payment")
        try:
            return self._payment(said)
        except PaymentError as exc:
            raise BadNotice(str(exc)) from None

    async def _ask(
        self, method: str, path: str, content: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """One signed request. Answers are believed only with WeChat's signature; mistakes it answers with 4xx bear none we need."""
        body = json.dumps(content, ensure_ascii=False) if content is not None else ""
        try:
            self._breaker.admit()
            answer = await self._way.ask(
                method,
                f"{self._given.api}{path}",
                headers=self._keys.headers(method, _target(path), body),
                content=body.encode(),
            )
            self._breaker.worked()
        except CallFailed as exc:
            self._breaker.failed()
            raise PaymentError(str(exc)) from None
        if answer.status >= 500 or answer.status == 429:
            raise PaymentError(f"WeChat answers {answer.status}")
        return answer.status, self._believed(answer)

    def _believed(self, answer: Answer) -> dict[str, Any]:
        if answer.status == 204:
            return {}
        if answer.status == 200:
            try:
                self._keys.check(answer.headers, answer.body)
            except NotSigned as exc:
                raise PaymentError(f"an answer with a wrong {exc}") from None
        try:
            return answer.mapping()
        except CallFailed as exc:
            raise PaymentError(str(exc)) from None


def _target(path: str) -> str:
    parts = urlsplit(path)
    return parts.path + (f"?{parts.query}" if parts.query else "")
