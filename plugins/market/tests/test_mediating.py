"""评理: the village decides, by pages; a part can go back; whoever disputes again goes to the township."""

from __future__ import annotations

from ground import books_agree
from stalls import M, do, moves, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_market.models import Order, Refund, Step


async def disputed(site: LiveSite) -> tuple[Visitor, Visitor, str]:
    """An order that came broken: seller, buyer and its address."""
    seller = await seller_of(site, bank="农业银行 6228")
    buyer = await site.sign_in(await site.stranger("覃女士"))
    await take(buyer, await put_up(seller), 2)
    await order(buyer, way="transfer", delivery="courier")
    address = await order_of(buyer)
    for move, more in (("confirm", {}), ("pack", {}), ("send", {"carrier": "sf", "tracking": "SF123456"})):
        await do(seller, address, move, **more)
    await do(buyer, address, "receive")
    await do(buyer, address, "dispute", words="坏了一盒，店家不认")
    return seller, buyer, address


async def test_the_office_finds_what_waits_and_gives_a_part_back(plugin_site: LiveSite) -> None:
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    other = await plugin_site.sign_in(await plugin_site.village_admin("山书记", slug="shangba"))
    seller, buyer, address = await disputed(plugin_site)
    assert "等你评理" in (await admin.open("/inbox")).text
    assert "有 1 单等着" in (await admin.open(f"{M}/goods")).text
    waiting = await admin.open(f"{M}/judging")
    assert address in [str(one.get("href")) for one in waiting.all("a")]
    assert (await buyer.open(f"{M}/judging")).status == 403
    assert (await other.open(address)).status in (403, 404), "another village decides nothing here"
    page = await admin.open(address)
    assert moves(page) == {"go_on", "give_back"}
    assert not page.all("button.btn--go"), "no decision is pressed upon the office"
    assert "钱就结给你" not in page.text, "the office is not spoken to as a shop"
    form = page.form("form[action$='/part']")
    for wrong in ("0", "9999", ""):
        assert (await form.fill(part=wrong, verdict="坏一盒").send()).status == 422
    assert (await form.fill(part="39.80", verdict="").send()).status == 422
    sent = form.fill(part="39.80", verdict="照片上坏了一盒")
    for _again in range(2):
        await sent.send()
    with plugin_site.inside():
        one, row = await Order.get(), await Refund.get()
        assert (one.state, one.refunded_fen) == ("received", 3980)
        assert (row.state, row.fen) == ("agreed", 3980)
        assert await Step.filter(order_id=one.id, move="give_part").count() == 1
        await books_agree()
    assert "照片上坏了一盒" in (await buyer.open(address)).text
    assert "评理有结果了" in (await seller.open("/inbox")).text
    assert "没有等着定的单" in (await admin.open(f"{M}/judging")).text


async def test_whoever_disputes_again_goes_to_the_township(plugin_site: LiveSite) -> None:
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    town = await plugin_site.sign_in(await plugin_site.township_admin())
    _seller, buyer, address = await disputed(plugin_site)
    assert "等你评理" not in (await town.open("/inbox")).text, "the village comes first"
    assert "请村委会评理" not in (await admin.open(address)).words("summary")
    await do(admin, address, "go_on", words="看不出是路上坏的")
    page = await buyer.open(address)
    assert "不服，请镇里评理" in page.text
    await do(buyer, address, "dispute", words="村里没看照片")
    assert "等你评理" in (await town.open("/inbox")).text
    assert "镇里在评理" in (await buyer.open(address)).text
    looked = await admin.open(address)
    assert looked.status == 200
    assert moves(looked) == set(), "the village decided already"
    assert not looked.all("form[action$='/part']")
    assert moves(await town.open(address)) == {"go_on", "give_back"}
    await do(town, address, "give_back", words="照片很清楚")
    with plugin_site.inside():
        assert (await Order.get()).state == "refunded"
        await books_agree()


async def test_a_new_order_a_parcel_and_money_asked_for_are_told_in_words_of_their_own(plugin_site: LiveSite) -> None:
    seller, buyer, _address = await disputed(plugin_site)
    assert "来了新订单" in (await seller.open("/inbox")).text
    assert "你买的货在路上了" in (await buyer.open("/inbox")).text
