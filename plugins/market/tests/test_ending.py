"""Whoever stops trading says so thirty days ahead, where everybody sees it; then the shop closes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stalls import M, do, moves, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite
from cunli_market import moments
from cunli_market.models import Shop

pytestmark = pytest.mark.both_databases


async def test_a_shop_that_stops_says_it_to_everybody_and_closes_after_the_day(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = plugin_site
    seller, anybody = await seller_of(site), site.visitor()
    good = await put_up(seller)
    buyer = await site.sign_in(await site.stranger("覃女士"))
    with site.inside():
        front = f"{M}/shops/{(await Shop.get()).key}"
    assert f"{M}/shop/ending" in [str(one.get("href")) for one in (await seller.open(f"{M}/shop")).all("a")]
    form = (await seller.open(f"{M}/shop/ending")).form("form:has([name=ends_on])")
    today = moments.today()
    for wrong in ("", "昨天", *((today + timedelta(days=n)).isoformat() for n in (-1, 29, 366))):
        refused = await form.fill(ends_on=wrong).send(button=("do", "end"))
        assert refused.status == 422
        assert refused.words(".f__err")
    for page in (front, good):
        assert "这家店做到" not in (await anybody.open(page)).text
    day = today + timedelta(days=30)
    sent = form.fill(ends_on=day.isoformat())
    for _again in range(2):
        assert (await sent.send(button=("do", "end"))).status == 200
    notice = f"这家店做到 {day.year}年{day.month}月{day.day}日，以后不做了"
    for page in (front, good):
        assert notice in " ".join((await anybody.open(page)).words(".notice--warn"))
    assert notice in (await seller.open(f"{M}/desk")).text
    office = await site.sign_in(await site.village_admin())
    assert "店家说做到" in (await office.open(f"{M}/shops")).text
    await take(buyer, good)
    monkeypatch.setattr(moments, "today", lambda: day)
    assert (await order(buyer, way="cash", delivery="pickup")).status == 200, "on its last day it still sells"
    assert (await take(buyer, good)).status == 200
    basket = await buyer.open(f"{M}/basket")

    monkeypatch.setattr(moments, "today", lambda: day + timedelta(days=1))
    assert (await anybody.open(good)).status == 404
    assert "禾坪蜜橘" not in (await anybody.open(f"{M}/goods")).text
    assert "已经不做了" in (await anybody.open(front)).text
    form = basket.form("form[action$='/basket/order']")
    way = {n: "cash" if n.startswith("way") else "pickup" for n in form.fields if n.startswith(("way-", "delivery-"))}
    assert (await form.fill(name="覃大娘", phone="13900000000", **way).send()).status == 422, "no order any more"
    address = await order_of(buyer)
    await do(seller, address, "pack")
    assert "collect" in moves(await seller.open(address)), "what was ordered is still handed over"


async def test_it_is_taken_back_before_and_after_the_day_and_by_the_shop_alone(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = plugin_site
    seller, anybody = await seller_of(site), site.visitor()
    good = await put_up(seller)
    other = await site.sign_in(await site.villager("别人"))
    form = (await seller.open(f"{M}/shop/ending")).form("form:has([name=ends_on])")
    assert (await other.open(f"{M}/shop/ending")).status == 404
    assert (await other.post(f"{M}/shop/ending", {"do": "go_on"})).status == 404
    assert (await anybody.post(f"{M}/shop/ending", {"do": "go_on"})).status != 200
    today = moments.today()
    for day in (today, today + timedelta(days=31)):
        monkeypatch.setattr(moments, "today", lambda: today)
        await form.fill(ends_on=(today + timedelta(days=30)).isoformat()).send(button=("do", "end"))
        monkeypatch.setattr(moments, "today", lambda day=day: day)
        assert (await anybody.open(good)).status == (200 if day == today else 404)
        page = await seller.open(f"{M}/shop/ending")
        await page.form("form:not(:has([name=ends_on])):has([value=go_on])").send(button=("do", "go_on"))
        assert "这家店做到" not in (await anybody.open(good)).text
        assert (await anybody.open(good)).status == 200
        form = (await seller.open(f"{M}/shop/ending")).form("form:has([name=ends_on])")
