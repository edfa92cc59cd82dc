"""The payment provider in the box: cash and bank transfer, which a person confirms. Real, and enough for a village market."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from cunli import db
from cunli.clock import now
from cunli.provide.payment import (
    BadNotice,
    KeyTaken,
    NotPossible,
    Payment,
    PaymentOrder,
    Refund,
    TooMuch,
    UnknownPayment,
)
from cunli.settings import Settings
from cunli.trust.audit import By, audit

How = Literal["cash", "transfer"]
_ONE: Final = "SELECT key, fen, refunded_fen, state, paid_at FROM core_offline_payment WHERE key = ?"


class Offline:
    """Keeps what is owed and what was confirmed. It sends nobody anywhere and gets no notices."""

    def __init__(self, settings: Settings) -> None:
        pass

    async def create(self, order: PaymentOrder) -> Payment:
        return await db.run_unit(_create, order)

    async def query(self, key: str) -> Payment:
        return _payment(await _row(key))

    async def close(self, key: str) -> Payment:
        return await db.run_unit(_close, key)

    async def refund(self, key: str, refund_key: str, fen: int) -> Refund:
        return await db.run_unit(_refund, key, refund_key, fen)

    def notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        raise BadNotice("cash sends no notices")


@db.unit
async def confirm_payment(key: str, *, how: How, actor: int | None, by: By = "web") -> Payment:
    """Somebody in charge says that the money came. The same again does nothing; who and how are audited.

    Raises `UnknownPayment`, and `NotPossible` for one that was closed. Whether `actor` may say so is the caller's to ask.
    """
    paid = await db.write(
        "UPDATE core_offline_payment SET state = 'paid', how = ?, paid_at = ?, confirmed_by_id = ?"
        " WHERE key = ? AND state = 'waiting'",
        how,
        now(),
        actor,
        key,
    )
    found = _payment(await _row(key))
    if found.state == "closed":
        raise NotPossible(f"payment {key} was closed")
    if paid:
        await audit("core.payment.confirm", actor=actor, object=("payment", key), by=by, how=how, fen=found.fen)
    return found


async def _create(order: PaymentOrder) -> Payment:
    await db.write(
        "INSERT INTO core_offline_payment (key, fen, refunded_fen, state, how) VALUES (?, ?, 0, 'waiting', '')"
        " ON CONFLICT (key) DO NOTHING",
        order.key,
        order.fen,
    )
    found = _payment(await _row(order.key))
    if found.fen != order.fen:
        raise KeyTaken(f"payment {order.key} is one of {found.fen} fen")
    return found


async def _close(key: str) -> Payment:
    await db.write("UPDATE core_offline_payment SET state = 'closed' WHERE key = ? AND state = 'waiting'", key)
    found = _payment(await _row(key))
    if found.state == "paid":
        raise NotPossible(f"payment {key} is paid: refund it")
    return found


async def _refund(key: str, refund_key: str, fen: int) -> Refund:
    if type(fen) is not int or fen < 1:
        raise ValueError(f"a refund is a whole number of fen, not {fen!r}")
    payment = _payment(await _row(key, lock=True))
    rows = await db.read("SELECT payment_id, fen FROM core_offline_refund WHERE key = ?", refund_key)
    if rows:
        if (rows[0]["payment_id"], rows[0]["fen"]) != (key, fen):
            raise KeyTaken(f"refund {refund_key} is another one")
        return Refund(key=refund_key, payment_key=key, fen=fen, done=True)
    if payment.state != "paid":
        raise NotPossible(f"payment {key} is {payment.state}")
    taken = await db.write(
        "UPDATE core_offline_payment SET refunded_fen = refunded_fen + ? WHERE key = ? AND refunded_fen + ? <= fen",
        fen,
        key,
        fen,
    )
    if not taken:
        raise TooMuch(f"payment {key}: {payment.refunded_fen} of {payment.fen} fen went back already")
    await db.write(
        "INSERT INTO core_offline_refund (key, payment_id, fen, at) VALUES (?, ?, ?, ?)", refund_key, key, fen, now()
    )
    return Refund(key=refund_key, payment_key=key, fen=fen, done=True)


async def _row(key: str, *, lock: bool = False) -> Mapping[str, Any]:
    rows = await db.read(_ONE + (" FOR UPDATE" if lock and db.engine() == "postgres" else ""), key)
    if not rows:
        raise UnknownPayment(key)
    row: Mapping[str, Any] = rows[0]
    return row


def _payment(row: Mapping[str, Any]) -> Payment:
    return Payment(
        key=row["key"],
        fen=row["fen"],
        state=row["state"],
        paid_at=db.when(row["paid_at"]) if row["paid_at"] is not None else None,
        refunded_fen=row["refunded_fen"],
    )
