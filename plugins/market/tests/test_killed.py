"""The server is killed in the middle of paying, wherever that is; it comes back, and the same form is sent again: one order, one
charge, and whatever goes back goes back once.

A few points here; with `MARKET_RUNS` set as many as thirty, spread over everything that is asked of the database and of the service.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from ground import MANY, PROGRAM, books_agree, good_of, shop_of
from stalls import M

from cunli.testing.live import LiveSite
from cunli.testing.outside import Reply
from cunli.testing.payments import payments_through
from cunli.testing.processes import Process
from cunli.testing.visitor import Filling, Visitor
from cunli.web import cookies
from cunli_market import basket, moving
from cunli_market.models import Bill, MoneyLine, Order, Refund
from cunli_market.settings import ONLINE
from cunli_market.states import Who
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway

pytestmark = pytest.mark.both_databases

POINTS = 30 if MANY else 2


class Quick(Gateway):
    """Whoever is shown where to pay has paid."""

    def _create(self, said: dict[str, Any]) -> Reply:
        answer = super()._create(said)
        if self.transactions[said["out_trade_no"]]["trade_state"] == "NOTPAY":
            self.pay(said["out_trade_no"])
        return answer


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[Quick]:
    async with Quick() as service:
        with payments_through(WechatPay(WechatPaySettings.model_validate(service.settings()))):
            yield service


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Somebody with a good in the basket and the form filled in."""

    visitor: Visitor
    form: Filling
    told: dict[str, Any]


async def with_a_form(site: LiveSite, gateway: Quick, variant: int, name: str) -> Buyer:
    visitor = await site.sign_in(await site.stranger(name))
    with site.inside():
        await basket.put(visitor.person.id, variant, 1)  # type: ignore[attr-defined]
    page = await visitor.open(f"{M}/basket")
    form = page.form("form[action$='/basket/order']")
    chosen = {
        n: "online" if n.startswith("way") else "pickup" for n in form.fields if n.startswith(("way-", "delivery-"))
    }
    form.fill(name="覃大娘", phone="13900000000", **chosen)
    session = visitor.cookies[cookies.name(site.settings, cookies.SESSION)]
    told = {"session": session, "form": form.fields, "gateway": gateway.settings()}
    return Buyer(visitor=visitor, form=form, told=told)


async def lived(site: LiveSite, buyer: Buyer, kill_at: int) -> dict[str, Any] | None:
    worker = await Process.start(PROGRAM, site, "life", **buyer.told, kill_at=kill_at)
    await worker.ready()
    said, complaint = await worker.work()
    if not kill_at and said is None:
        raise AssertionError(complaint)
    return said


async def again(site: LiveSite, buyer: Buyer) -> None:
    """The server is back: the buyer sends the form again, twice, and says that they paid; what the clock does comes round."""
    for _twice in range(2):
        page = await buyer.form.send()
        assert page.status == 200, page.text[:300]
        if page.all(f"form[action*='{M}/pay/']"):
            await page.form(f"form[action*='{M}/pay/']").send()
    for _twice in range(2):
        await site.run_task("market.reconcile", None)
        await site.run_task("market.tidy")
    with site.inside():
        (order,) = await Order.filter(buyer_id=buyer.visitor.person.id)  # type: ignore[attr-defined]
        if order.state == "paid":
            await moving.do(order.key, "cannot", {Who.SELLER}, actor=None, url=M, words="霜打了")
        for _twice in range(2):
            await site.run_task("market.refunds_left")


async def one_end(gateway: Quick, buyer: Buyer, at: int) -> None:
    (order,) = await Order.filter(buyer_id=buyer.visitor.person.id)  # type: ignore[attr-defined]
    (bill,) = await Bill.filter(buyer_id=buyer.visitor.person.id)  # type: ignore[attr-defined]
    assert order.state == "refunded", (at, order.state)
    assert (bill.state, bill.fen) == ("paid", 1000), at
    assert gateway.transactions[bill.key]["trade_state"] == "SUCCESS"
    assert gateway.given_back(bill.key) == 1000, at
    assert await Refund.filter(order_id=order.id).count() == 1, at
    assert await MoneyLine.filter(order_id=order.id, account="gateway", fen__gt=0).count() == 1, at


async def test_wherever_the_server_is_killed_there_is_one_order_and_one_charge(
    plugin_site: LiveSite, gateway: Quick
) -> None:
    site = plugin_site
    await site.set_value(ONLINE, True)
    with site.inside():
        variant = await good_of(await shop_of((await site.villager("石满仓")).id), "蜜橘", fen=1000, count=POINTS + 1)
    whole = await lived(site, await with_a_form(site, gateway, variant.id, "头一个"), 0)
    assert whole
    assert whole["points"] > POINTS, "there are that many points"
    step = whole["points"] * 0.9 / POINTS  # the first time asks a little more than the others
    ended = 0
    for number in range(POINTS):
        at = max(1, int(number * step + random.random() * step))
        buyer = await with_a_form(site, gateway, variant.id, f"买家{number}")
        ended += await lived(site, buyer, at) is None
        await again(site, buyer)
        with site.inside():
            await one_end(gateway, buyer, at)
            await books_agree()
    assert ended >= POINTS // 2, "hardly any was killed, so nothing was tried"
    assert len(gateway.transactions) == POINTS + 1
