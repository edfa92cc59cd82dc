"""Before the harvest things are ordered ahead; after a poor one the shop sends less, if the buyer agrees, and the books know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ground import URL, books_agree, good_of, ordered, shop_of
from stalls import M, do, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite
from cunli_market import basket, moments, moving, refunds
from cunli_market.models import MoneyLine, Order, Refund
from cunli_market.states import Who


async def test_less_is_sent_and_paid_for_only_if_the_buyer_agrees(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site, bank="农业银行 6228")
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    await take(buyer, await put_up(seller), 2)
    await order(buyer, way="transfer", delivery="pickup")
    address = await order_of(buyer)
    assert not (await seller.open(address)).all("form[action$='/offer']"), "nothing was paid yet"
    await do(seller, address, "confirm")
    assert not (await buyer.open(address)).all("form[action$='/offer']"), "the buyer makes no offers"
    asking = (await seller.open(address)).form("form[action$='/offer']")
    assert (await asking.fill(less="999", harvest="霜打了").send()).status == 422
    for answer, state in (("no", "declined"), ("yes", "agreed")):
        page = await seller.open(address)
        await page.form("form[action$='/offer']").fill(less="20", harvest="霜打了，只剩一箱半").send()
        assert not (await seller.open(address)).all("form[action$='/consent']"), "the shop does not answer itself"
        with plugin_site.inside():
            before = (await Order.get()).refunded_fen
            assert before == 0, "an offer changes nothing"
        page = await buyer.open(address)
        assert "霜打了，只剩一箱半" in page.text
        sent = page.form("form[action$='/consent']")
        await sent.send(button=("do", answer))
        await sent.send(button=("do", "yes"))
        with plugin_site.inside():
            row = await Refund.all().order_by("-id").first()
            assert row is not None
            assert row.state == state
            assert (await Order.get()).refunded_fen == (2000 if answer == "yes" else 0)
            await books_agree()
    page = await seller.open(address)
    await page.form("form[action$='/answer']").send(button=("do", "done"))
    for who, move in ((seller, "pack"), (buyer, "fetch")):
        await do(who, address, move)
    with plugin_site.inside():
        await books_agree()
        assert (await MoneyLine.balances())["bank"] == 2 * 3980 - 2000


async def test_what_is_on_its_way_is_not_made_less_and_strangers_are_not_heard(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("卖家"), await plugin_site.stranger("买家")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=3)
        await basket.put(buyer.id, variant.id, 2)
        (one,) = await ordered(plugin_site, buyer.id, way="transfer", delivery="own")
        with pytest.raises(moving.NotOpen):
            await refunds.offer(one, 500, "霜打了", actor=seller.id, url=URL)
        await moving.do(one.key, "confirm", {Who.SELLER}, actor=seller.id, url=URL)
        await refunds.offer(one, 500, "霜打了", actor=seller.id, url=URL)
        with pytest.raises(moving.NotOpen):
            await refunds.offer(one, 500, "又霜打了", actor=seller.id, url=URL)
        row = await Refund.get()
        for move in ("pack", "set_out"):
            await moving.do(one.key, move, {Who.SELLER}, actor=seller.id, url=URL)
        await refunds.consent(one, row, agreed=False, actor=buyer.id, url=URL)
        with pytest.raises(moving.NotOpen):
            await refunds.offer(one, 500, "霜打了", actor=seller.id, url=URL)
        key, address = row.key, f"{M}/orders/{one.key}"
    other = await plugin_site.sign_in(await plugin_site.stranger("别人"))
    for path in ("offer", "consent"):
        sent = await other.client.post(
            f"{address}/{path}", data={"refund": key, "do": "yes", "less": "1", "harvest": "x"}
        )
        assert sent.status_code in (403, 404)


async def test_what_is_not_harvested_yet_is_ordered_ahead_by_lot(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await seller_of(plugin_site)
    day = moments.today() + timedelta(days=20)
    said = f"{day.year}年{day.month}月{day.day}日"
    far = moments.today() + timedelta(days=400)
    page = await seller.open(f"{M}/new")
    given = {"title": "禾坪蜜橘", "category": "fruit", "size": "5 斤", "unit": "box", "price": "40", "stock": "2"}
    form = page.form("form[action$='/market/new']").fill(**given, ready_on=far.isoformat())
    assert (await form.send()).status == 422, "nobody orders two harvests ahead"
    good = (await form.fill(ready_on=day.isoformat()).send()).url
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    assert f"预订，{said} 前后采收" in (await buyer.open(good)).text
    await take(buyer, good, 2)
    assert (await take(buyer, good, 1)).status == 422, "what is ordered ahead is not sold twice, either"
    assert f"预订，{said} 前后采收" in (await buyer.open(f"{M}/basket")).text
    await order(buyer, way="cash", delivery="pickup")
    address = await order_of(buyer)
    assert f"预订的：{said} 前后采收" in (await seller.open(address)).text
    monkeypatch.setattr(moments, "today", lambda: day)
    for path in (good, address):
        assert "预订" not in (await buyer.open(path)).text, "from the day of the harvest on it is like anything else"
