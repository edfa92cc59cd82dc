"""Money asked back that the shop does not answer: after three days the village decides, so that nothing stands open for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ground import URL, books_agree
from stalls import M, do, moves, order, order_of, put_up, seller_of, take

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_market import moments, moving
from cunli_market.models import Order, Refund, Step
from cunli_market.moving import NotOpen
from cunli_market.states import Who

pytestmark = pytest.mark.both_databases


async def received(site: LiveSite) -> tuple[Visitor, Visitor, str]:
    """Tea that came: seller, buyer and the address of the order."""
    seller = await seller_of(site, bank="农业银行 6228")
    buyer = await site.sign_in(await site.stranger("覃女士"))
    await take(buyer, await put_up(seller, "橘子皮茶", price="15"))
    await order(buyer, way="transfer", delivery="pickup")
    address = await order_of(buyer)
    for who, move in ((seller, "confirm"), (seller, "pack"), (buyer, "fetch")):
        await do(who, address, move)
    return seller, buyer, address


async def ask(buyer: Visitor, address: str) -> None:
    form = (await buyer.open(address)).form("form[action$='/back']")
    assert (await form.fill(amount="5", reason="潮了").send()).status == 200


async def later(site: LiveSite, task: str, **ahead: float) -> None:
    with moments.as_of(moments.now() + timedelta(**ahead)):
        await site.run_task(task)


async def state(site: LiveSite) -> str:
    with site.inside():
        await books_agree()
        return (await Order.get()).state


async def test_what_the_shop_does_not_answer_goes_to_the_village_and_the_order_is_settled(
    plugin_site: LiveSite,
) -> None:
    site = plugin_site
    seller, buyer, address = await received(site)
    office = await site.sign_in(await site.village_admin())
    with site.inside():
        key = (await Order.get()).key
        with pytest.raises(NotOpen):  # nobody asked
            await moving.do(key, "unanswered", {Who.CLOCK}, actor=None, url=URL)
    await ask(buyer, address)
    by = moments.today() + timedelta(days=3)
    assert f"到 {by.year}年{by.month}月{by.day}日 没答复，就由村委会评理" in (await buyer.open(address)).text
    await later(site, "market.asked_back", days=1)
    assert "还不答复" not in (await seller.open("/inbox")).text, "not two days before"
    for _twice in range(2):
        await later(site, "market.asked_back", days=2)
    assert (await seller.open("/inbox")).text.count("还不答复，就由村委会评理") == 1
    await later(site, "market.tidy", days=2, hours=23)
    assert await state(site) == "received"
    for _twice in range(2):
        await later(site, "market.tidy", days=3, hours=1)
    assert await state(site) == "disputed"
    with site.inside():
        assert await Step.filter(move="unanswered").count() == 1
    for who in (buyer, seller):
        assert (await who.open("/inbox")).text.count("由村委会来评理") == 1
    assert "等你评理" in (await office.open("/inbox")).text
    assert address in [str(one.get("href")) for one in (await office.open(f"{M}/judging")).all("a")]
    assert "店家没答复退钱" in (await buyer.open(address)).text
    assert moves(await office.open(address)) == {"go_on", "give_back"}
    await do(office, address, "go_on", words="茶没潮")
    with site.inside():
        assert (await Refund.get()).state == "decided", "nothing is left for the shop to answer"
    page = await seller.open(address)
    assert "评理定了" in page.text
    assert not page.all("form[action$='/answer']")
    await later(site, "market.tidy", days=20)
    assert await state(site) == "settled"


async def test_what_is_answered_in_time_and_what_is_on_its_way_back_stays_with_the_shop(plugin_site: LiveSite) -> None:
    site = plugin_site
    seller, buyer, address = await received(site)
    await ask(buyer, address)
    await (await seller.open(address)).form("form[action$='/answer']").send(button=("do", "refuse"))
    await (await buyer.open(address)).form("form[action$='/return']").send()
    await later(site, "market.tidy", days=13, hours=23)
    assert await state(site) == "received", "a parcel takes its time, and the shop a week to pay it back"
    await later(site, "market.tidy", days=14, hours=1)
    assert await state(site) == "disputed"
