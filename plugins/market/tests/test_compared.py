"""Once a day our books are laid beside those of the payment service: every kind of difference is found, once, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from ground import URL, good_of, ordered, reach_of, shop_of
from stalls import M

from cunli import PaymentError, new_key, unit
from cunli.testing.live import LiveSite
from cunli.testing.payments import payments_through
from cunli_market import basket, moments, paying
from cunli_market.models import Bill, Mismatch, Order, Refund
from cunli_market.settings import ONLINE
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(plugin_site: LiveSite) -> AsyncIterator[Gateway]:
    async with Gateway() as service:
        with payments_through(WechatPay(WechatPaySettings.model_validate(service.settings()))):
            await plugin_site.set_value(ONLINE, True)
            yield service


async def bills(site: LiveSite, gateway: Gateway, count: int) -> list[Bill]:
    """So many orders, each shown where to pay."""
    seller, buyer = await site.villager("石满仓"), await site.stranger("覃女士")
    variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=count)
    found = []
    for _n in range(count):
        await basket.put(buyer.id, variant.id, 1)
        (order,) = await ordered(site, buyer.id, way="online", delivery="pickup")
        bill = await Bill.get(id=order.bill_id)
        await paying.begin(bill, "http://127.0.0.1", f"{URL}/notice")
        found.append(bill)
    return found


@unit
async def hanging(order: Order) -> None:
    """A refund that was agreed two days ago, and whose job is lost."""
    at = moments.now() - timedelta(days=2)
    await Refund.create(key=new_key(), order_id=order.id, fen=300, reason="坏了", state="agreed", at=at)


async def compared(site: LiveSite) -> dict[int, str]:
    """What differs, after the task has run."""
    await site.run_task("market.compare", None, day=moments.today().isoformat())
    return dict(await Mismatch.all().values_list("bill_id", "kind"))


async def test_every_kind_of_difference_is_found_once(plugin_site: LiveSite, gateway: Gateway) -> None:
    with plugin_site.inside():
        right, late, other, gone, hangs, unpaid = await bills(plugin_site, gateway, 6)
        for bill in (right, gone, hangs):
            gateway.pay(bill.key)
            await paying.look(bill.key, reach_of(plugin_site))
    assert await compared(plugin_site) == {}, "the control: where the books agree there is nothing"
    gateway.pay(late.key)
    gateway.pay(other.key, fen=999)
    gateway.transactions[gone.key]["trade_state"] = "NOTPAY"
    with plugin_site.inside():
        await paying.look(other.key, reach_of(plugin_site))
        await hanging(await Order.get(bill_id=hangs.id))
    wanted = {late.id: "late", other.id: "amount", gone.id: "gone", hangs.id: "refund"}
    for _twice in range(2):
        assert await compared(plugin_site) == wanted
    with plugin_site.inside():
        assert (await Order.get(bill_id=late.id)).state == "paid", "a lost notice is made good"
        assert (await Order.get(bill_id=unpaid.id)).state == "placed"
    gateway.faults = ["closed"] * 99
    with pytest.raises(PaymentError):
        await compared(plugin_site)
    assert await Mismatch.all().count() == len(wanted), "who does not answer is not taken for a difference"


@pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)
async def test_the_office_sees_what_differs_in_its_villages(plugin_site: LiveSite, gateway: Gateway) -> None:
    with plugin_site.inside():
        (bill,) = await bills(plugin_site, gateway, 1)
        gateway.pay(bill.key, fen=1)
    await compared(plugin_site)
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    page = await office.open(f"{M}/compared")
    assert "钱数和账单不一样" in page.text
    assert (await office.open(f"{M}/compared.csv")).html.count("钱数和账单不一样") == 1
    villager = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    assert (await villager.open(f"{M}/compared")).status == 403
    other = await plugin_site.sign_in(await plugin_site.village_admin("何家旺", "donghu"))
    assert (await other.open(f"{M}/compared")).status == 403
