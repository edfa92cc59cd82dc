"""Sellers are looked at again every year, and a licence has a last day; parcels have a number that the buyer can look up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stalls import M, do, order, order_of, put_up, seller_of, take

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_market import checking, frame
from cunli_market.models import Shop


@unit
async def looked_at(days_ago: int) -> None:
    await Shop.all().update(checked_on=frame.today() - timedelta(days=days_ago))


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
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await office.open(f"{M}/shops")
    late = frame.today() - timedelta(days=1)
    assert (await page.form("form[action$='/check']").fill(seen="1", until=late.isoformat()).send()).status == 422
    last = frame.today() + timedelta(days=7)
    assert (await page.form("form[action$='/check']").fill(seen="1", until=last.isoformat()).send()).status == 200
    await plugin_site.run_task("market.recheck")
    await plugin_site.run_task("market.recheck")
    assert (await seller.open("/inbox")).text.count("要核对店主和执照") == 1
    assert (await plugin_site.visitor().open(good)).status == 200
    monkeypatch.setattr(frame, "today", lambda: last + timedelta(days=1))
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
