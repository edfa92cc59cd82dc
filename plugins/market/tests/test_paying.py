"""Paying online, through WeChat's gateway on this machine: lost, late, doubled, forged and strange payments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from ground import URL, books_agree, good_of, ordered, shop_of
from stalls import M, do, order, order_of, put_up, seller_of, take
from tortoise import connections

from cunli import Reach, unit
from cunli.testing.live import LiveSite
from cunli.testing.payments import payments_through
from cunli.testing.visitor import Opened, Visitor
from cunli_market import basket, moving, paying, refunds
from cunli_market.models import Bill, MoneyLine, Order, Refund
from cunli_market.settings import ONLINE
from cunli_market.states import Who
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway

pytestmark = pytest.mark.both_databases


@dataclass
class Till:
    """A site that takes money through the gateway, and its people."""

    site: LiveSite
    gateway: Gateway

    async def notice(self, key: str, **changed: object) -> Opened:
        headers, body = self.gateway.notice(key, **changed)  # type: ignore[arg-type]
        return await self.raw(headers, body)

    async def raw(self, headers: dict[str, str], body: bytes) -> Opened:
        machine = self.site.visitor()
        response = await machine.client.post(f"{M}/notice", content=body, headers=headers)
        return Opened(machine, response)


@pytest_asyncio.fixture(loop_scope="session")
async def till(plugin_site: LiveSite) -> AsyncIterator[Till]:
    async with Gateway() as gateway:
        with payments_through(WechatPay(WechatPaySettings.model_validate(gateway.settings()))):
            await plugin_site.set_value(ONLINE, True)
            yield Till(plugin_site, gateway)


async def an_order(till: Till) -> tuple[Visitor, Visitor, str, str]:
    """Somebody ordered online and stands before the page that says where to pay: buyer, seller, order, key of the bill."""
    seller = await seller_of(till.site)
    good = await put_up(seller, stock="5")
    buyer = await till.site.sign_in(await till.site.stranger("覃女士"))
    await take(buyer, good, 2)
    page = await order(buyer, way="online", delivery="pickup")
    assert "weixin://" in page.html
    return buyer, seller, await order_of(buyer), page.url.rsplit("/", 1)[-1]


async def state_of(till: Till) -> str:
    with till.site.inside():
        await books_agree()
        return (await Order.all())[0].state


async def test_a_genuine_notice_pays_once_however_often_it_comes(till: Till) -> None:
    buyer, seller, address, key = await an_order(till)
    till.gateway.pay(key)
    for forged in ({"by": "merchant"}, {"age": 400}, {"mchid": "1900000000"}, {"appid": "wxother"}):
        assert (await till.notice(key, **forged)).status == 401
        assert await state_of(till) == "placed"
    assert (await till.raw({}, b"")).status == 401
    answers = await asyncio.gather(*(till.notice(key) for _n in range(8)))
    assert {one.status for one in answers} == {204}
    assert await state_of(till) == "paid"
    with till.site.inside():
        assert await MoneyLine.filter(account="gateway").count() == 1
    await do(seller, address, "pack")
    await do(buyer, address, "fetch")
    page = await buyer.open(address)
    back = page.form("form[action$='/back']").fill(amount="8", reason="坏了四个")
    await back.send()
    page = await seller.open(address)
    await page.form("form[action$='/answer']").fill(fen="8").send(button=("do", "agree"))
    await refunded(till)
    await refunded(till)
    assert till.gateway.given_back(key) == 800
    assert "退好了" in (await buyer.open(address)).text
    assert await state_of(till) == "received"


async def refunded(till: Till) -> None:
    """As the worker would: every job that waits, and the sweep behind it."""
    await till.site.run_task("market.refunds_left")


async def test_a_notice_that_says_paid_where_the_service_says_no_is_not_believed(till: Till) -> None:
    _buyer, _seller, _address, key = await an_order(till)
    assert (await till.notice(key, trade_state="SUCCESS")).status == 204
    assert await state_of(till) == "placed"


async def test_another_amount_is_held_and_nothing_is_sent(till: Till) -> None:
    buyer, _seller, _address, key = await an_order(till)
    till.gateway.pay(key, fen=7959)
    assert (await till.notice(key)).status == 204
    assert await state_of(till) == "placed"
    assert "钱数和账单不一样" in (await buyer.open(f"{M}/pay/{key}")).text
    await late(till)
    await till.site.run_task("market.tidy")
    assert await state_of(till) == "placed"


@unit
async def late_now() -> None:
    await connections.get("default").execute_script("UPDATE market_order SET due_at = placed_at")


async def late(till: Till) -> None:
    """The time to pay is over."""
    with till.site.inside():
        await late_now()


async def test_a_lost_notice_is_found_by_asking_before_the_order_ends(till: Till) -> None:
    _buyer, _seller, _address, key = await an_order(till)
    till.gateway.pay(key)
    await late(till)
    await till.site.run_task("market.tidy")
    assert await state_of(till) == "paid"


async def test_the_county_asks_for_payments_of_which_no_notice_came(till: Till) -> None:
    _buyer, _seller, _address, key = await an_order(till)
    till.gateway.pay(key)
    await till.site.run_task("market.reconcile", None)
    assert await state_of(till) == "paid"


async def test_an_order_that_ended_cannot_be_paid_any_more_and_money_that_came_anyway_goes_back(till: Till) -> None:
    _buyer, _seller, _address, key = await an_order(till)
    await late(till)
    till.gateway.faults = ["closed"]
    await till.site.run_task("market.tidy")
    assert await state_of(till) == "placed", "nobody knows whether it is paid, so it does not end"
    await till.site.run_task("market.tidy")
    assert await state_of(till) == "expired"
    assert till.gateway.transactions[key]["trade_state"] == "CLOSED"
    till.gateway.transactions[key]["trade_state"] = "NOTPAY"  # the other side was slow to close it
    till.gateway.pay(key)
    for _n in range(2):
        assert (await till.notice(key)).status == 204
    for _n in range(2):
        await refunded(till)
    assert till.gateway.given_back(key) == 7960
    assert await state_of(till) == "expired"
    with till.site.inside():
        assert await Refund.filter(state="done").count() == 1


async def test_money_for_an_order_that_ended_goes_back_though_its_village_was_off_when_it_came(till: Till) -> None:
    buyer, _seller, address, key = await an_order(till)
    await do(buyer, address, "cancel")
    till.gateway.pay(key)
    assert await paying.look(key, Reach(())) == "paid", "the village is not among those where the market is on"
    assert till.gateway.given_back(key) == 0
    for _n in range(2):
        await till.site.run_task("market.refunds_left")
    assert till.gateway.given_back(key) == 7960
    assert await state_of(till) == "canceled"


async def test_refunds_at_once_never_are_more_than_was_paid(till: Till) -> None:
    site = till.site
    with site.inside():
        seller, buyer = await site.villager("石满仓"), await site.stranger("覃女士")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=9)
        await basket.put(buyer.id, variant.id, 2)
        (one,) = await ordered(site, buyer.id, way="transfer", delivery="pickup")
        await moving.do(one.key, "confirm", {Who.SELLER}, actor=seller.id, url=URL)
        asked = [await asked_for(one, buyer.id) for _n in range(3)]
        one = await Order.get(id=one.id)
        tries = [refunds.answer(one, row, 900, actor=seller.id, url=URL) for row in asked for _n in range(3)]
        ended = await asyncio.gather(*tries, return_exceptions=True)
        assert all(isinstance(end, moving.NotOpen) for end in ended if end is not None), ended
        assert (await Order.get(id=one.id)).refunded_fen == 1800
        for row in await Refund.filter(state="agreed"):
            await asyncio.gather(*(refunds.done(row.key, actor=seller.id, url=URL) for _n in range(3)))
        await books_agree()


async def test_an_order_of_which_all_goes_back_by_hand_is_settled_and_keeps_no_other_waiting(till: Till) -> None:
    site = till.site
    with site.inside():
        seller, buyer = await site.villager("石满仓"), await site.stranger("覃女士")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=900, count=9)
        received = []
        for _n in range(2):
            await basket.put(buyer.id, variant.id, 1)
            (one,) = await ordered(site, buyer.id, way="transfer", delivery="pickup")
            for move, who in (("confirm", Who.SELLER), ("pack", Who.SELLER), ("fetch", Who.BUYER)):
                await moving.do(one.key, move, {who}, actor=None, url=URL)
            received.append(await Order.get(id=one.id))
        row = await asked_for(received[0], buyer.id)
        await refunds.answer(received[0], row, 900, actor=seller.id, url=URL)
    await late(till)
    await site.run_task("market.tidy")
    with site.inside():
        assert [(await Order.get(id=one.id)).state for one in received] == ["settled", "settled"]
        await books_agree()
        await refunds.done(row.key, actor=seller.id, url=URL)
        assert {account: fen for account, fen in (await MoneyLine.balances()).items() if fen} == {}
        await books_agree()


async def asked_for(one: Order, buyer_id: int) -> Refund:
    await refunds.ask(await Order.get(id=one.id), 900, "坏了", [], buyer_id=buyer_id, url=URL)
    row = await Refund.filter(order_id=one.id, state="asked").order_by("-id").first()
    assert row is not None
    return row


async def test_the_same_form_five_times_is_one_order_and_one_charge(till: Till) -> None:
    seller = await seller_of(till.site)
    buyer = await till.site.sign_in(await till.site.stranger("覃女士"))
    await take(buyer, await put_up(seller, stock="9"), 2)
    page = await buyer.open(f"{M}/basket")
    form = page.form("form[action$='/basket/order']")
    chosen = {
        n: "online" if n.startswith("way") else "pickup" for n in form.fields if n.startswith(("way-", "delivery-"))
    }
    form.fill(name="覃大娘", phone="13900000000", **chosen)
    first = await form.send()
    others = await asyncio.gather(*(form.send() for _n in range(4)))
    assert {one.url for one in others} == {first.url}
    with till.site.inside():
        assert await Order.all().count() == 1
        assert await Bill.all().count() == 1
        await books_agree()
    assert len(till.gateway.transactions) == 1
