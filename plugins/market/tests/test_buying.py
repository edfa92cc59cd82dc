"""Buying and selling as people meet it. `plugin_site` runs on each database, with the plugin on in `heping`."""

from __future__ import annotations

from stalls import M, V, do, moves, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite


async def test_a_villager_opens_a_shop_somebody_from_elsewhere_buys_and_pays_cash(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    visitor = plugin_site.visitor()
    page = await visitor.open(good)
    assert "39.8" in page.text
    assert "依法不用办理登记" in page.text
    assert "13812345678" not in page.text
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    basket = await take(buyer, good, 2)
    assert "留到" in basket.text
    done = await order(buyer, way="cash", delivery="courier", note="要熟的")
    assert "等店家发货" in done.text
    address = await order_of(buyer)
    mine = await buyer.open(address)
    assert "79.6" in mine.text  # 满 60 包邮
    assert "覃大娘" in mine.text
    assert moves(mine) == {"cancel"}
    theirs = await seller.open(address)
    assert "覃大娘" not in theirs.text
    assert moves(theirs) == {"pack", "refuse"}
    label = await seller.open(f"{address}/label")
    assert "覃大娘" in label.text
    assert "收 79.60 元" in label.text or "收 79.6 元" in label.text
    assert (await buyer.open(f"{address}/label")).status == 403
    await do(seller, address, "pack")
    await do(seller, address, "send", tracking="SF123456")
    page = await do(seller, address, "collect")
    assert "收到了" in page.text
    other = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    assert (await other.open(address)).status == 404
    assert (await plugin_site.visitor().open(address)).url.startswith("/sign-in")


async def test_where_it_is_off_there_is_no_market(plugin_site: LiveSite) -> None:
    assert (await plugin_site.visitor().open("/v/shangba/market/goods")).status == 404
    assert (await plugin_site.visitor().open(f"{M}/goods")).status == 200
    await plugin_site.set_profile("cn2026")
    assert (await plugin_site.visitor().open(f"{M}/goods")).status == 404
    assert "村集市" not in (await plugin_site.visitor().open(f"{V}/")).text
