"""The machine stops in the middle of paying: wherever that is, the order reaches one end, and nobody pays or is paid twice."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from ground import URL, books_agree, good_of, ordered, reach_of, shop_of

from cunli import PAYMENT, Payment, PaymentOrder
from cunli import Refund as Returned
from cunli.provide.chosen import provide_through, providers_of
from cunli.testing.live import LiveSite
from cunli_market import basket, moving, paying, refunds
from cunli_market.models import Bill, MoneyLine, Order, Refund
from cunli_market.states import Who
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway

POINTS = ("create", "created", "query", "queried", "enter", "paid", "refund", "refunded", "given back")


class Stopped(BaseException):
    """As when the power goes: no handler of the program sees it."""


class Fragile:
    """The provider, on a machine that stops before or after it was asked, once."""

    def __init__(self, real: WechatPay) -> None:
        self.real, self.at = real, ""

    def _stop(self, point: str) -> None:
        if self.at == point:
            self.at = ""
            raise Stopped(point)

    async def create(self, order: PaymentOrder) -> Payment:
        self._stop("create")
        found = await self.real.create(order)
        self._stop("created")
        return found

    async def query(self, key: str) -> Payment:
        self._stop("query")
        found = await self.real.query(key)
        self._stop("queried")
        return found

    async def close(self, key: str) -> Payment:
        return await self.real.close(key)

    async def refund(self, key: str, refund_key: str, fen: int) -> Returned:
        self._stop("refund")
        found = await self.real.refund(key, refund_key, fen)
        self._stop("refunded")
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[Gateway]:
    before = dict(providers_of(PAYMENT))
    async with Gateway() as service:
        yield service
    provide_through(PAYMENT, **before)


async def test_wherever_it_stops_there_is_one_end(
    plugin_site: LiveSite, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Fragile(WechatPay(WechatPaySettings.model_validate(gateway.settings())))
    provide_through(PAYMENT, wechatpay=provider)
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("石满仓"), await plugin_site.stranger("覃女士")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=len(POINTS))
        for point in POINTS:
            await basket.put(buyer.id, variant.id, 1)
            (order,) = await ordered(plugin_site, buyer.id, way="online", delivery="pickup")
            bill = await Bill.get(id=order.bill_id)
            await one_life(plugin_site, gateway, provider, bill, point, monkeypatch)
            order = await Order.get(id=order.id)
            assert order.state == "refunded", (point, order.state)
            assert gateway.given_back(bill.key) == 1000, point
            assert await Refund.filter(order_id=order.id).count() == 1
            assert await MoneyLine.filter(order_id=order.id, account="gateway", fen__gt=0).count() == 1
            await books_agree()


async def one_life(
    site: LiveSite, gateway: Gateway, provider: Fragile, bill: Bill, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pay, then give it back, on a machine that stops once and is started again; what the clock does comes round each time."""
    stopping = {"enter": (moving, "_stock_and_money"), "paid": (paying, "catch_up"), "given back": (refunds, "done")}
    reach = reach_of(site)
    provider.at = point
    with monkeypatch.context() as broken:
        if point in stopping:
            broken.setattr(*stopping[point], stops)
        with contextlib.suppress(Stopped):
            await paying.begin(bill, "http://127.0.0.1", f"{URL}/notice")
            pay_once(gateway, bill.key)
            await paying.look(bill.key, reach)
    await paying.begin(bill, "http://127.0.0.1", f"{URL}/notice")
    pay_once(gateway, bill.key)
    for _again in range(2):
        await paying.look(bill.key, reach)
        await paying.catch_up(URL)
    order = await Order.get(bill_id=bill.id)
    await moving.do(order.key, "cannot", {Who.SELLER}, actor=None, url=URL, words="霜打了")
    with monkeypatch.context() as broken:
        if point == "given back":
            broken.setattr(refunds, "done", stops)
        for _again in range(2):
            with contextlib.suppress(Stopped):
                await paying.give_back((await Refund.get(order_id=order.id)).key, URL)
    for _again in range(2):
        await paying.give_back((await Refund.get(order_id=order.id)).key, URL)
    assert provider.at == "" or point in (*stopping,), f"{point} was never come to"


def pay_once(gateway: Gateway, key: str) -> None:
    if key in gateway.transactions and gateway.transactions[key]["trade_state"] == "NOTPAY":
        gateway.pay(key)


async def stops(*_args: Any, **_more: Any) -> None:
    raise Stopped
