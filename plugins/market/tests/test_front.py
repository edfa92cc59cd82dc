"""What buyers and offices meet around an order: the front of a shop, what the office closed, one's last address, one's link."""

from __future__ import annotations

from stalls import M, do, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite
from cunli_market import moments, moving, statement
from cunli_market.models import Hold, Line, Order
from cunli_market.states import Who


async def settle(site: LiveSite) -> None:
    """The days pass in which somebody may object."""
    with site.inside():
        one = await Order.get()
        await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=M)


async def test_whoever_ordered_before_need_not_write_the_address_again(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site, bank="农业银行 6228")
    good = await put_up(seller)
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    other = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    await take(buyer, good)
    assert (await buyer.open(f"{M}/basket")).form("form[action$='/basket/order']").fields["name"] == [""]
    done = await order(buyer, way="transfer", delivery="courier", address="长沙市岳麓区一号")
    assert "/market/orders/" in done.url, "one order: its page says what is to be done"
    assert done.all("form[action$='/do/claim']")
    assert "去付钱" in (await buyer.open(f"{M}/orders")).text
    await take(buyer, good)
    await order(buyer, way="transfer", delivery="pickup", name="覃大伯")
    await take(buyer, good)
    fields = (await buyer.open(f"{M}/basket")).form("form[action$='/basket/order']").fields
    assert fields["name"] == ["覃大伯"], "the last one"
    assert fields["phone"] == ["13900000000"]
    assert fields["address"] == ["长沙市岳麓区一号"], "what was fetched has no address"
    await take(other, good)
    page = await other.open(f"{M}/basket")
    assert page.form("form[action$='/basket/order']").fields["name"] == [""]
    assert "覃大" not in page.text


async def test_a_shop_has_a_front_and_what_the_office_closed_stands_for_everybody(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good, egg = await put_up(seller), await put_up(seller, "土鸡蛋")
    visitor = plugin_site.visitor()
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    address = next(
        str(one.get("href")) for one in (await visitor.open(good)).all("a") if "/market/shops/" in str(one.get("href"))
    )
    front = await visitor.open(address)
    assert front.status == 200
    for words in ("石满仓家", "禾坪蜜橘", "土鸡蛋", "依法不用办理登记"):
        assert words in front.text, words
    assert "13812345678" not in front.text
    assert (await visitor.open(f"{M}/shops/AAAAAAAAAAAAAAAAAAAAAA")).status == 404
    assert "现在没有停着的店" in (await visitor.open(f"{M}/sanctions")).text
    await (await admin.open(egg)).form("form[action$='/judge']").fill(do="ban", reason="没有检疫").send()
    page = await admin.open(f"{M}/shops")
    form = page.form("form[action$='/judge']")
    refused = await form.fill(reason="").send(button=("do", "bar"))
    assert "停店要写原因" in refused.text
    assert (await visitor.open(good)).status == 200
    await form.fill(reason="卖了打禁药的橘子").send(button=("do", "bar"))
    assert (await visitor.open(good)).status == 404
    told = (await visitor.open(f"{M}/sanctions")).text
    today = moments.today()
    assert told.count(f"{today.year}年{today.month}月{today.day}日") == 2, "each measure says its day"
    for words in ("石满仓家", "卖了打禁药的橘子", "土鸡蛋", "没有检疫"):
        assert words in told, words
    assert "卖了打禁药的橘子" in (await visitor.open(address)).text
    assert "卖了打禁药的橘子" in (await admin.open(f"{M}/shops")).text
    assert (await seller.open(f"{M}/shops")).status == 403
    await (await admin.open(f"{M}/shops")).form("form[action$='/judge']").send(button=("do", "open"))
    assert (await visitor.open(good)).status == 200
    assert "卖了打禁药的橘子" not in (await visitor.open(f"{M}/sanctions")).text


async def test_a_link_of_ones_own_says_what_it_brought(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    friend = await plugin_site.sign_in(person := await plugin_site.villager("李有田"))
    assert "via=" not in (await friend.open(good)).html
    for _twice in range(2):
        page = await friend.open(good)
        forms = page.form("form[action$='/share']")
        await forms.send(button=("do", "link"))
    page = await friend.open(good)
    link = next(str(one.get("href")) for one in page.all("a.link, p.p-market-no a") if "via=" in str(one.get("href")))
    assert "按住链接拷走" in page.text
    assert not (await plugin_site.visitor().open("/v/heping/")).all("a.mini"), "a link is not put into the feed"
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    await take(buyer, link[link.index("/v/") :])
    await order(buyer, way="cash", delivery="pickup")
    address = await order_of(buyer)
    for move in ("pack", "collect"):
        await do(seller, address, move)
    assert "成了" not in (await friend.open(good)).text, "not before it is settled"
    with plugin_site.inside():
        assert (await Line.get()).friend_id == person.id
        assert await Hold.filter(friend_id=person.id).count() == 1
    await settle(plugin_site)
    assert "成了 1 单" in (await friend.open(good)).text
    assert "成了" not in (await seller.open(good)).text


async def test_the_board_says_which_village_sold_a_good_and_gives_a_table(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    await take(buyer, await put_up(seller), 2)
    await order(buyer, way="cash", delivery="pickup")
    address = await order_of(buyer)
    for move in ("pack", "collect"):
        await do(seller, address, move)
    await settle(plugin_site)
    with plugin_site.inside():
        (sold,) = await statement.by_good(f"{moments.today():%Y}")
        assert (sold.count, sold.fen) == (2, 7960)
    page = await admin.open(f"{M}/sales?span=year")
    assert "禾坪村" in " ".join(page.words("table:last-of-type td, table td"))
    table = await admin.open(f"{M}/sales-goods.csv?span=year")
    assert table.status == 200
    assert "禾坪蜜橘,禾坪村,2,79.6" in table.html.replace('"', "")
    assert (await seller.open(f"{M}/sales-goods.csv")).status == 403
