"""What a plugin that takes money calls: each answer means one thing, and whoever does not know says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cunli import (
    BadNotice,
    Payment,
    PaymentError,
    ProviderSlow,
    begin_payment,
    close_payment,
    db,
    find_payment,
    new_key,
    noticed_payment,
    refund_payment,
)
from cunli.provide.payment import KeyTaken, NotPossible, TooMuch
from cunli.testing.live import LiveSite
from cunli.testing.payments import PaymentSandbox, payments_through
from cunli.testing.providers import an_order


@pytest.fixture
def till() -> Iterator[PaymentSandbox]:
    with payments_through(PaymentSandbox()) as sandbox:
        yield sandbox


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds here."""
    monkeypatch.setattr("cunli.provide.chosen.STRETCH", 0.002)


async def begun(till: PaymentSandbox, *, paid: bool = False, fen: int = 1250) -> str:
    order = an_order(fen=fen)
    await begin_payment(order)
    if paid:
        await till.pay(order.key)
    return order.key


async def test_begun_twice_it_is_one_payment_with_one_address(till: PaymentSandbox) -> None:
    order = an_order()
    first = await begin_payment(order)
    assert first == f"https://pay.example/{order.key}"
    assert await begin_payment(order) == first
    assert list(till.payments) == [order.key]
    assert await begin_payment(an_order(order.key, order.fen + 1)) == "", "the same key for another amount"
    assert till.payments[order.key].fen == order.fen


async def test_where_the_service_does_not_answer_there_is_no_address_yet(till: PaymentSandbox, hasty: None) -> None:
    order = an_order()
    till.down = True
    assert await begin_payment(order) == ""
    till.down, till.hangs = False, True
    assert await begin_payment(order) == ""
    till.hangs = False
    assert await begin_payment(order), "the control: a moment later there is"


async def test_a_notice_is_a_hint_and_only_a_genuine_one(till: PaymentSandbox) -> None:
    key = await begun(till)
    headers, body = till.signed(key)
    assert noticed_payment(headers, body) == key
    found = await find_payment(key)
    assert found is not None
    assert found.state == "waiting", "what the notice hints at is not so"
    for wrong in ({}, {"x-signature": "0" * 64}):
        with pytest.raises(BadNotice):
            noticed_payment(wrong, body)
    with pytest.raises(BadNotice):
        noticed_payment(headers, body + b" ")
    nobodys = new_key()
    assert noticed_payment(*till.signed(nobodys)) == nobodys
    assert await find_payment(nobodys) is None, "a genuine notice about a payment that was never begun"


async def test_how_a_payment_stands_is_known_or_not_known_or_never_begun(till: PaymentSandbox, hasty: None) -> None:
    key = await begun(till, paid=True)
    found = await find_payment(key)
    assert found is not None
    assert (found.state, found.fen) == ("paid", 1250)
    assert await find_payment(new_key()) is None
    till.down = True
    with pytest.raises(PaymentError):
        await find_payment(key)
    till.down, till.hangs = False, True
    with pytest.raises(ProviderSlow):
        await find_payment(new_key())


async def test_a_closed_payment_is_unpayable_and_a_paid_one_is_not_closed(till: PaymentSandbox) -> None:
    waiting, paid = await begun(till), await begun(till, paid=True)
    assert await close_payment(waiting)
    assert till.payments[waiting].state == "closed"
    assert await close_payment(waiting), "closed already, by us or because its time was over"
    assert not await close_payment(paid)
    assert till.payments[paid].state == "paid"
    assert await close_payment(new_key()), "never begun"


async def test_whoever_pays_in_the_moment_of_closing_has_paid(
    till: PaymentSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, real = await begun(till), till.close

    async def quicker(of: str) -> Payment:
        await till.pay(of)
        return await real(of)

    monkeypatch.setattr(till, "close", quicker)
    assert not await close_payment(key)
    assert till.payments[key].state == "paid"


async def test_where_nobody_knows_nothing_is_said_to_be_closed(
    till: PaymentSandbox, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, real = await begun(till), till.close
    till.down = True
    with pytest.raises(PaymentError):
        await close_payment(key)
    till.down, till.hangs = False, True
    with pytest.raises(ProviderSlow):
        await close_payment(key)
    till.hangs = False

    async def mended(of: str) -> Payment:
        raise PaymentError("closing is mended just now")

    monkeypatch.setattr(till, "close", mended)
    with pytest.raises(PaymentError, match="mended"):
        await close_payment(key)
    assert till.payments[key].state == "waiting"
    monkeypatch.setattr(till, "close", real)
    assert await close_payment(key), "the control: a minute later it is"


async def test_one_refund_asked_twice_goes_back_once(till: PaymentSandbox) -> None:
    key, first = await begun(till, paid=True), new_key()
    for _twice in range(2):
        assert await refund_payment(key, first, 1000)
    assert till.payments[key].refunded_fen == 1000
    with pytest.raises(KeyTaken):
        await refund_payment(key, first, 1)
    with pytest.raises(TooMuch):
        await refund_payment(key, new_key(), 251)
    assert await refund_payment(key, new_key(), 250), "the control: another key is another refund"
    assert till.payments[key].refunded_fen == 1250
    with pytest.raises(NotPossible):
        await refund_payment(await begun(till), new_key(), 1)


async def test_the_control_a_service_that_gives_back_twice_is_found_out(till: PaymentSandbox) -> None:
    till.fault = "refunds twice"
    key, refund = await begun(till, paid=True), new_key()
    for _twice in range(2):
        assert await refund_payment(key, refund, 600)
    assert till.payments[key].refunded_fen == 1200


async def test_money_that_is_on_its_way_has_not_gone_back_yet(till: PaymentSandbox, hasty: None) -> None:
    key, refund = await begun(till, paid=True), new_key()
    till.slow_refunds = True
    for _n in range(2):
        assert not await refund_payment(key, refund, 1250)
    till.hangs = True
    with pytest.raises(ProviderSlow):
        await refund_payment(key, refund, 1250)
    till.hangs = till.slow_refunds = False
    assert await refund_payment(key, refund, 1250)
    assert till.payments[key].refunded_fen == 1250


@pytest.mark.parametrize(
    "ask",
    [
        lambda: begin_payment(an_order()),
        lambda: find_payment(new_key()),
        lambda: close_payment(new_key()),
        lambda: refund_payment(new_key(), new_key(), 1),
    ],
    ids=["begin", "find", "close", "refund"],
)
async def test_none_of_it_is_asked_while_rows_are_held(site: LiveSite, ask: Callable[[], Any]) -> None:
    with pytest.raises(db.InsideUnit):
        await db.run_unit(ask)
