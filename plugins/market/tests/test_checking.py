"""Sellers are looked at again every year, and a licence has a last day; parcels have a number that the buyer can look up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stalls import M, do, order, order_of, put_up, seller_of, take

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_market import checking, moments
from cunli_market.models import Good, Shop


@unit
async def looked_at(days_ago: int) -> None:
    await Shop.all().update(checked_on=moments.today() - timedelta(days=days_ago))


async def test_a_shop_rests_until_its_seller_was_looked_at_again(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller, stock="9")
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    with plugin_site.inside():
        await looked_at(365)
    assert (await take(buyer, good)).status == 200, "on its last day it still sells"
    page = await buyer.open(f"{M}/basket")
    with plugin_site.inside():
        await looked_at(366)
    assert (await plugin_site.visitor().open(good)).status == 404
    assert "禾坪蜜橘" not in (await plugin_site.visitor().open(f"{M}/goods")).text
    form = page.form("form[action$='/basket/order']")
    chosen = {
        n: "cash" if n.startswith("way") else "pickup" for n in form.fields if n.startswith(("way-", "delivery-"))
    }
    refused = await form.fill(name="覃大娘", phone="13900000000", **chosen).send()
    assert refused.status == 422, "what was in a basket is not ordered any more"
    assert "店歇着" in (await seller.open(f"{M}/desk")).text

    office = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await office.open(f"{M}/shops")
    assert "过了日子没核对" in page.text
    assert (await page.form("form[action$='/check']").send()).status == 422, "nobody saw the seller"
    done = await page.form("form[action$='/check']").fill(seen="1").send()
    assert done.status == 200
    assert (await plugin_site.visitor().open(good)).status == 200
    assert (await take(buyer, good)).status == 200


async def test_who_may_look_at_sellers(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    with plugin_site.inside():
        (shop,) = await Shop.all()
    address = f"{M}/shops/{shop.key}/check"
    assert (await seller.open(f"{M}/shops")).status == 403
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await office.open(f"{M}/shops")
    sent = page.form("form[action$='/check']").fill(seen="1")
    for who in (seller, await plugin_site.sign_in(await plugin_site.village_admin("何家旺", "donghu"))):
        answer = await who.client.post(address, data=sent.fields)
        assert answer.status_code in (403, 404)
    own = await plugin_site.village_admin("店主书记")
    keeper = await plugin_site.sign_in(own)
    from stalls import open_shop

    await open_shop(keeper, name="书记家")
    with plugin_site.inside():
        mine = await Shop.get(owner_id=own.id)
    assert (await keeper.client.post(f"{M}/shops/{mine.key}/check", data=sent.fields)).status_code in (403, 404)


async def test_a_licence_that_is_over_closes_the_shop_at_midnight(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await seller_of(plugin_site, kind="coop", licence="9143")
    good = await put_up(seller)
    assert (await plugin_site.visitor().open(good)).status == 404, "nobody looked at its licence yet"
    assert "请带营业执照去村委会" in (await seller.open(f"{M}/desk")).text
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await office.open(f"{M}/shops")
    late = moments.today() - timedelta(days=1)
    assert (await page.form("form[action$='/check']").fill(seen="1", until=late.isoformat()).send()).status == 422
    last = moments.today() + timedelta(days=7)
    assert (await page.form("form[action$='/check']").fill(seen="1", until=last.isoformat()).send()).status == 200
    await plugin_site.run_task("market.recheck")
    await plugin_site.run_task("market.recheck")
    assert (await seller.open("/inbox")).text.count("要核对店主和执照") == 1
    assert (await plugin_site.visitor().open(good)).status == 200
    await changed_to(seller, licence="9143")
    assert (await plugin_site.visitor().open(good)).status == 200, "the control: the same licence stays looked at"
    monkeypatch.setattr(moments, "today", lambda: last + timedelta(days=1))
    with plugin_site.inside():
        (shop,) = await Shop.all()
        assert not checking.sells(shop)
    assert (await plugin_site.visitor().open(good)).status == 404


async def test_the_number_of_a_parcel(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    await take(buyer, await put_up(seller))
    await order(buyer, way="cash", delivery="courier")
    address = await order_of(buyer)
    await do(seller, address, "pack")
    for wrong in ("", "123", "<b>1234567</b>", "1" * 41):
        assert (await do(seller, address, "send", tracking=wrong)).status == 422
    assert (await do(seller, address, "send", tracking="SF 123 456", carrier="nobody")).status == 422
    await do(seller, address, "send", tracking="SF 123 456", carrier="sf")
    page = await buyer.open(address)
    assert "顺丰" in page.text
    assert page.words(".p-market-no") == ["SF123456"]


async def changed_to(seller: Visitor, **fields: str) -> None:
    page = await seller.open(f"{M}/shop")
    done = await page.form("form[action$='/market/shop']").fill(**fields).send()
    assert done.status == 200, done.words(".f__err")


async def test_another_licence_is_looked_at_anew(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    office, anybody = await plugin_site.sign_in(await plugin_site.village_admin()), plugin_site.visitor()
    with plugin_site.inside():
        await looked_at(300)
    for licence in ("9143", "9144"):
        await changed_to(seller, kind="business", licence=licence)
        assert (await anybody.open(good)).status == 404
        page = await office.open(f"{M}/shops")
        assert "执照还没人看过" in page.text
        until = (moments.today() + timedelta(days=1)).isoformat()
        await page.form("form[action$='/check']").fill(seen="1", until=until).send()
        assert (await anybody.open(good)).status == 200
    await changed_to(seller, kind="own", licence="")
    with plugin_site.inside():
        (shop,) = await Shop.all()
        assert shop.licence_until is None, "without a licence none runs out"
        assert shop.checked_on == moments.today(), "but the seller is looked at again when the year is over"


async def test_what_a_shop_closed_itself_the_office_does_not_open(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    office = await plugin_site.sign_in(await plugin_site.village_admin())

    async def judged(what: str) -> str:
        page = await office.open(good)
        assert (await page.form("form[action$='/judge']").fill(do=what, reason="投诉").send()).status == 200
        with plugin_site.inside():
            return (await Shop.get()).state + " " + (await Good.get()).state

    await changed_to(seller, paused="1")
    assert await judged("open") == "paused on"
    assert await judged("bar") == "barred on"
    assert await judged("open") == "open on"
    page = await seller.open(f"{good}/edit")
    await page.form("form[action$='/edit']").fill(on=False).send()
    assert await judged("allow") == "open off"
    assert await judged("ban") == "open banned"
    assert await judged("allow") == "open on"
