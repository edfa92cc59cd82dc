"""七天无理由: what is not fresh can be brought back; and the day of a harvest that moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ground import URL, books_agree
from stalls import M, do, moves, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_market import moments, moving, refunds
from cunli_market.models import Order, Refund
from cunli_market.moving import NotOpen
from cunli_market.states import Who


async def received(site: LiveSite, buyer: Visitor, seller: Visitor, *goods: str) -> str:
    for one in goods:
        await take(buyer, one)
    await order(buyer, way="transfer", delivery="pickup")
    address = await order_of(buyer)
    for who, move in ((seller, "confirm"), (seller, "pack"), (buyer, "fetch")):
        await do(who, address, move)
    return address


async def test_what_is_not_fresh_is_brought_back_and_the_shop_cannot_say_no(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site, bank="农业银行 6228")
    tea = await put_up(seller, "橘子皮茶", price="15")
    fruit = await put_up(seller, "禾坪蜜橘", price="39.80", fresh=True)
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    only_fresh = await received(plugin_site, buyer, seller, fruit)
    assert not (await buyer.open(only_fresh)).all("form[action$='/return']"), "fresh goods do not come back"
    address = await received(plugin_site, buyer, seller, tea, fruit)
    assert not (await seller.open(address)).all("form[action$='/return']")
    page = await buyer.open(address)
    assert "不鲜活的退 15 元" in page.text
    form = page.form("form[action$='/return']")
    for _again in range(2):
        await form.send()
    assert "货回来了请退钱" in (await seller.open("/inbox")).text
    assert not (await buyer.open(address)).all("form[action$='/return']"), "once"
    with plugin_site.inside():
        (row,) = await Refund.all()
        assert (row.kind, row.state, row.fen) == ("return", "asked", 1500)
        one = await Order.get(id=row.order_id)
        with pytest.raises(NotOpen):
            await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=URL)
        for less in (0, 100):
            with pytest.raises(NotOpen):
                await refunds.answer(one, row, less, actor=seller.person.id, url=URL)  # type: ignore[attr-defined]
    page = await seller.open(address)
    assert "不同意" not in page.text
    assert "dispute" in moves(page), "where the goods do not come, the village decides"
    await page.form("form[action$='/answer']").send(button=("do", "agree"))
    await (await seller.open(address)).form("form[action$='/answer']").send(button=("do", "done"))
    with plugin_site.inside():
        row = await Refund.get()
        assert (row.state, row.fen) == ("done", 1500)
        assert (await Order.get(id=row.order_id)).refunded_fen == 1500
        await books_agree()


async def test_the_village_may_refuse_a_return_that_never_came(plugin_site: LiveSite) -> None:
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    seller = await seller_of(plugin_site, bank="农业银行 6228")
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    address = await received(plugin_site, buyer, seller, await put_up(seller, "橘子皮茶", price="15"))
    await (await buyer.open(address)).form("form[action$='/return']").send()
    await do(seller, address, "dispute", words="货没寄回来")
    await (await admin.open(address)).form("form[action$='/answer']").send(button=("do", "refuse"))
    await do(admin, address, "go_on", words="没有寄件的单号")
    with plugin_site.inside():
        assert (await Refund.get()).state == "refused"
        one = await Order.get()
        assert (one.state, one.refunded_fen) == ("received", 0)
        await books_agree()


async def test_whoever_ordered_ahead_is_told_that_the_harvest_moves(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    day = moments.today() + timedelta(days=30)
    ahead = await put_up(seller, "下一季的猕猴桃", ready_on=day.isoformat())
    now = await put_up(seller, "禾坪蜜橘")
    await put_up(seller, "土鸡蛋", stock="0")
    shelf = await plugin_site.visitor().open(f"{M}/goods")
    notes = {str(one.cssselect(".good__t")[0].text): str(one.text_content()) for one in shelf.all("a.good")}
    assert "预订" in notes["下一季的猕猴桃"]
    assert "卖完了" in notes["土鸡蛋"]
    assert "预订" not in notes["禾坪蜜橘"]
    waiting = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    other = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    for buyer, good in ((waiting, ahead), (other, now)):
        await take(buyer, good)
        await order(buyer, way="cash", delivery="pickup")
    assert not (await seller.open(f"{now}/stock")).all("[name=new_day]"), "what is there is not harvested again"
    form = (await seller.open(f"{ahead}/stock")).form("form:has([name=new_day])")
    assert (await form.fill(new_day="").send(button=("do", "harvest"))).status == 422
    later = day + timedelta(days=12)
    await form.fill(new_day=later.isoformat()).send(button=("do", "harvest"))
    assert f"采收改到 {later.year}年{later.month}月{later.day}日" in (await waiting.open("/inbox")).text
    assert "采收改到" not in (await other.open("/inbox")).text
    assert f"{later.year}年{later.month}月{later.day}日" in (await waiting.open(ahead)).text
