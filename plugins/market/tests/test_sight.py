"""What cannot be bought is nowhere to be seen; and what no page sends is answered, too."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from ground import URL, books_agree, good_of, ordered, shop_of
from stalls import M, V, do, moves, order, order_of, put_up, seller_of, take
from tortoise import connections

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_market import basket, moving, refunds
from cunli_market.models import Good, Order, Refund, Shop
from cunli_market.states import Who

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0f01f0005000201a5f645b90000000049454e44ae426082"
)


@unit
async def changed(table: Any, **columns: object) -> None:
    await table.all().update(**columns)


async def test_goods_of_a_closed_shop_are_nowhere(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    other = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    with plugin_site.inside():
        await changed(Good, photos=["k" * 22])
    everywhere = (f"{V}/search?q=蜜橘", f"{V}/", f"{M}/goods", f"{M}/bazaar")
    for path in everywhere:
        assert "禾坪蜜橘" in (await other.open(path)).text, path
    assert (await other.open(f"{good}/poster")).status == 200
    shared = (await other.open(good)).form("form[action$='/share']")
    for changes in ({"state": "barred"}, {"state": "paused"}, {"checked_on": date(2020, 1, 1)}):
        with plugin_site.inside():
            before = {name: getattr(await Shop.get(), name) for name in changes}
            await changed(Shop, **changes)
        for path in everywhere:
            if "search" in path:
                assert not (await other.open(path)).all(f"a[href^='{good}']"), (path, changes)
            else:
                assert "禾坪蜜橘" not in (await other.open(path)).text, (path, changes)
        for path in (good, f"{good}/poster"):
            assert (await other.open(path)).status == 404, (path, changes)
            assert (await office.open(path)).status == 200, "the control: the office sees it"
        assert (await shared.send()).status == 404, changes
        with plugin_site.inside():
            await changed(Shop, **before)


async def test_the_photo_of_a_banned_good_is_not_there_either(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    page = await seller.open(f"{M}/new")
    form = page.form("form[action$='/market/new']")
    form.fill(title="禾坪蜜橘", category="fruit", size="5 斤", unit="box", price="9", stock="3")
    good = (await form.attach("photos", ("a.png", PNG, "image/png")).send()).url
    with plugin_site.inside():
        (key,) = (await Good.get()).photos
    photo = f"{good}/photo/{key}"
    other = plugin_site.visitor()
    assert (await other.client.get(photo, follow_redirects=True)).status_code == 200
    with plugin_site.inside():
        await changed(Good, state="banned")
    assert (await other.client.get(photo)).status_code == 404
    assert (await seller.client.get(photo, follow_redirects=True)).status_code == 200, "the control: it is its shop's"


async def test_numbers_and_letters_that_no_page_sends(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site, bank="农业银行 6228")
    good = await put_up(seller)
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    for who, page in ((buyer, "orders"), (buyer, "ads"), (buyer, "endorsements"), (office, "shops")):
        for before in ("99999999999", "2147483648", "2147483647", "-1", "x", "٣"):
            assert (await who.open(f"{M}/{page}?before={before}")).status == 200, (page, before)
    form = (await buyer.open(good)).form("#p-market-take")
    form.fields["via"] = ["\x00abc"]
    assert (await form.send()).status == 200
    await order(buyer, way="transfer", delivery="pickup")
    address = await order_of(buyer)
    await do(seller, address, "confirm")
    await (await buyer.open(address)).form("form[action$='/back']").fill(amount="1", reason="坏了").send()
    form = (await seller.open(address)).form("form[action$='/answer']").fill(fen="1")
    form.fields["refund"] = ["\x00"]
    assert (await form.send(button=("do", "agree"))).status == 404
    register = await office.open(f"{M}/endorsements/new")
    thing = str(register.all("select[name=thing] option[value^='g']")[0].get("value"))
    said = {"issuer": "村委会", "scope": "产地", "evidence": "看过", "since": "9999-01-01", "until": "9999-12-31"}
    assert (await register.form().fill(thing=thing, **said).send()).status == 422


@pytest.mark.parametrize("plugin_site", ["postgres"], indirect=True)  # SQLite lets one unit at a time begin
async def test_money_that_goes_back_while_an_order_settles_is_not_settled_too(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("卖家"), await plugin_site.stranger("买家")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=3)
        await basket.put(buyer.id, variant.id, 2)
        (one,) = await ordered(plugin_site, buyer.id, way="cash", delivery="pickup")
        for move in ("pack", "collect"):
            await moving.do(one.key, move, {Who.SELLER}, actor=seller.id, url=URL)
        await refunds.ask(await Order.get(id=one.id), 500, "坏了", [], buyer_id=buyer.id, url=URL)
        row, real = await Refund.get(), moving._all_fresh
        looked, answered = asyncio.Event(), asyncio.Event()

        async def slowly(order: Order) -> bool:
            looked.set()
            await answered.wait()
            return await real(order)

        monkeypatch.setattr(moving, "_all_fresh", slowly)
        settling = asyncio.create_task(moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=URL))
        await looked.wait()
        await refunds.answer(one, row, 500, actor=seller.id, url=URL)
        answered.set()
        with pytest.raises(moving.NotOpen):
            await settling
        await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=URL)
        await refunds.done(row.key, actor=seller.id, url=URL)
        await books_agree()


@unit
async def a_week_later() -> None:
    await connections.get("default").execute_script("UPDATE market_order SET due_at = placed_at")


async def test_what_was_fetched_and_nobody_said_so_is_received_after_a_week(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site, bank="农业银行 6228")
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    await take(buyer, await put_up(seller))
    await order(buyer, way="transfer", delivery="pickup")
    address = await order_of(buyer)
    assert "hand_over" not in moves(await seller.open(address))
    for move in ("confirm", "pack", "hand_over"):
        await do(seller, address, move)
    page = await buyer.open(address)
    assert "店家说取走了" in page.text
    assert "receive" in moves(page)
    await plugin_site.run_task("market.tidy")
    assert "算收到" not in (await buyer.open(address)).text
    await a_week_later()
    await plugin_site.run_task("market.tidy")
    assert "七天没说没收到，算收到" in (await buyer.open(address)).text
