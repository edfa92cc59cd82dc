"""A buyer's account is closed while an order travels: the seller still delivers, and then nothing of them is left."""

from __future__ import annotations

from datetime import date, timedelta

from ground import URL, books_agree, good_of, ordered, shop_of
from stalls import M, do, order, order_of, put_up, seller_of, take

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_market import basket, leaving, moments, moving, people, refunds
from cunli_market.models import Lot, Order, Refund
from cunli_market.states import Who


async def left_with(site: LiveSite, *moves: str, way: str = "cash", delivery: str = "courier") -> Order:
    """Somebody ordered, the seller did so much, and then their account was closed."""
    with site.inside():
        seller, buyer = await site.villager("石满仓"), await site.stranger("覃大娘")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=9)
        await basket.put(buyer.id, variant.id, 1)
        (placed,) = await ordered(site, buyer.id, way=way, delivery=delivery)
        for name in moves:
            await act(placed, name)
    await site.close_account(buyer)
    with site.inside():
        return await Order.get(id=placed.id)


async def act(placed: Order, name: str) -> Order:
    said = {"words": "为什么", "tracking": "SF123456", "carrier": "sf"}
    return await moving.do(placed.key, name, set(Who), actor=None, url=URL, **said)


def named(one: Order) -> bool:
    return bool(one.receiver or one.phone or one.address or one.note)


async def test_the_seller_prints_the_label_and_delivers_and_then_the_address_is_gone(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    person = await plugin_site.stranger("覃大娘")
    buyer = await plugin_site.sign_in(person)
    await take(buyer, good)
    await order(buyer, way="cash", delivery="courier")
    address = await order_of(buyer)
    await plugin_site.close_account(person)
    await do(seller, address, "pack")
    label = await seller.open(f"{address}/label")
    assert label.status == 200
    for word in ("覃大娘", "13900000000", "长沙市岳麓区一号"):
        assert word in label.text
    await do(seller, address, "send", carrier="sf", tracking="SF1234567")
    await do(seller, address, "collect")
    with plugin_site.inside():
        one = await Order.get()
        assert (one.buyer_id, one.state, named(one)) == (None, "received", True), "it may still come back"
        await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=M)
        one = await Order.get()
        assert (one.state, one.total_fen > 0, named(one)) == ("settled", True, False)
        await books_agree()


async def test_what_was_over_already_is_nameless_at_once(plugin_site: LiveSite) -> None:
    over = await left_with(plugin_site, "cancel")
    assert (over.buyer_id, named(over)) == (None, False)


async def test_the_report_says_what_stays_and_until_when(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("石满仓"), await plugin_site.stranger("覃大娘")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=9)
        for _n in range(2):
            await basket.put(buyer.id, variant.id, 1)
            (placed,) = await ordered(plugin_site, buyer.id, way="cash")
        await act(placed, "cancel")
        report = await people.erase(buyer.id)
        assert [one.count for one in report.kept] == [2, 1]
        assert await Order.filter(buyer_id=buyer.id).count() == 0
        assert (await people.erase(buyer.id)).kept == (), "a second time does no harm"
        assert sorted(named(one) for one in await Order.all()) == [False, True]


async def test_who_is_owed_money_can_be_found_until_it_is_handed_back(plugin_site: LiveSite) -> None:
    one = await left_with(plugin_site, "confirm", way="transfer")
    with plugin_site.inside():
        await act(one, "cannot")
        one = await Order.get(id=one.id)
        assert (one.state, named(one)) == ("refunded", True), "the shop has to hand the money back"
        assert await leaving.forgotten() == 0
        await refunds.done((await Refund.get()).key, actor=None, url=URL)
        assert await leaving.forgotten() == 1
        assert not named(await Order.get(id=one.id))
        await books_agree()


@unit
async def ripe_on(day: date) -> None:
    await Lot.all().update(ready_on=day)


async def test_an_order_that_stands_still_keeps_nobodys_address_for_ever(plugin_site: LiveSite) -> None:
    one = await left_with(plugin_site, "confirm", way="transfer")
    with plugin_site.inside():
        await ripe_on(moments.today() + timedelta(days=150))
        for days, gone in ((100, 0), (190, 0), (215, 1)):
            with moments.as_of(moments.now() + timedelta(days=days)):
                assert await leaving.forgotten() == gone, days
        one = await Order.get(id=one.id)
        assert (one.state, named(one)) == ("paid", False)


async def test_nobody_who_stays_loses_anything_at_night(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("石满仓"), await plugin_site.stranger("覃大娘")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=9)
        await basket.put(buyer.id, variant.id, 1)
        (placed,) = await ordered(plugin_site, buyer.id, way="cash")
        await act(placed, "cancel")
    await plugin_site.run_task("market.forget")
    with plugin_site.inside():
        assert named(await Order.get())
