"""A transfer that the shop does not confirm: the buyer says it was made, the shop is reminded, the village looks, no money is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ground import URL, books_agree, good_of, ordered, shop_of
from stalls import do, moves, order, order_of, put_up, seller_of, take

from cunli import db, unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_market import basket, moments, moving, refunds
from cunli_market.models import Bill, Lot, MoneyLine, Order, Refund, Shop
from cunli_market.moving import NotOpen
from cunli_market.states import MOVES, OVER, State, Who, moves_of

pytestmark = pytest.mark.both_databases

SAID = "招行 20261130 尾号 0417"


async def transfer(site: LiveSite) -> tuple[Visitor, Visitor, str]:
    """An order to be paid by transfer: its seller, its buyer, its address."""
    seller, buyer = await seller_of(site, bank="农业银行 6228"), await site.sign_in(await site.stranger("覃女士"))
    await take(buyer, await put_up(seller))
    done = await order(buyer, way="transfer", delivery="courier")
    assert done.status == 200, done.words(".f__err")
    return seller, buyer, await order_of(buyer)


async def state(site: LiveSite) -> str:
    with site.inside():
        await books_agree()
        return (await Order.get()).state


async def later(site: LiveSite, task: str, **ahead: float) -> None:
    with moments.as_of(moments.now() + timedelta(**ahead)):
        await site.run_task(task)


async def test_the_buyer_says_that_it_is_paid_and_the_shop_finds_the_money(plugin_site: LiveSite) -> None:
    seller, buyer, address = await transfer(plugin_site)
    assert moves(await buyer.open(address)) == {"claim", "cancel"}
    assert (await do(buyer, address, "claim")).status == 422, "without a number nobody can look"
    page = await do(buyer, address, "claim", reference=SAID)
    assert moves(page) == {"retract"}, "what may be paid is not cancelled in passing"
    assert moves(await seller.open(address)) == {"confirm", "contest"}
    assert SAID in (await seller.open(address)).text
    assert "买家说转了 47.80 元" in (await seller.open("/inbox")).text
    assert (await buyer.post(f"{address}/do/confirm", {})).text.count("这一单刚刚变了") == 1
    assert await state(plugin_site) == "claimed"
    await do(seller, address, "confirm")
    assert await state(plugin_site) == "paid"


async def test_the_buyer_sees_the_account_and_nobody_else_does(plugin_site: LiveSite) -> None:
    seller, buyer, address = await transfer(plugin_site)
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    assert "6228" not in (await buyer.open(address)).text
    shown = await (await buyer.open(address)).form("form[action$='/account']").send()
    assert (shown.status, "农业银行 6228" in shown.text, "47.8" in shown.text) == (200, True, True)
    for who in (seller, official, await plugin_site.sign_in(await plugin_site.stranger("别人"))):
        assert (await who.post(f"{address}/account", {})).status == 404
    seen = await db.read("SELECT COUNT(*) AS n FROM core_audit_entry WHERE action = ?", "core.person.reveal")
    assert seen[0]["n"] == 1
    await do(buyer, address, "claim", reference=SAID)
    await do(seller, address, "confirm")
    assert (await buyer.post(f"{address}/account", {})).status == 404, "paid is paid"


async def test_who_ordered_reaches_a_shop_that_rests_and_others_do_not(plugin_site: LiveSite) -> None:
    seller, buyer, address = await transfer(plugin_site)
    with plugin_site.inside():
        await paused()
    page = await (await buyer.open(address)).form("form[action$='/call']").send()
    assert (page.status, "13812345678" in page.text) == (200, True)
    key = (await buyer.open(address)).all("form[action$='/call']")[0].get("action")
    assert (await seller.post(str(key), {})).status == 404


@unit
async def paused() -> None:
    await Shop.all().update(state="paused")


async def test_the_shop_is_reminded_each_day_and_after_three_days_the_village_decides(plugin_site: LiveSite) -> None:
    seller, buyer, address = await transfer(plugin_site)
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    await do(buyer, address, "claim", reference=SAID)
    for _twice in range(2):
        await later(plugin_site, "market.transfers", days=1)
    assert (await seller.open("/inbox")).text.count("请看看户头") == 2, "when it was said, and once on that day"
    await later(plugin_site, "market.tidy", days=2, hours=23)
    assert await state(plugin_site) == "claimed"
    await later(plugin_site, "market.tidy", days=3, hours=1)
    assert await state(plugin_site) == "contested"
    assert "等你评理" in (await official.open("/inbox")).text
    page = await official.open(address)
    assert moves(page) == {"found", "not_found"}
    assert SAID in page.text
    assert moves(await buyer.open(address)) == {"retract"}
    await do(official, address, "found", words="看过流水，钱在")
    assert await state(plugin_site) == "paid"
    assert "看过流水，钱在" in (await buyer.open(address)).text


async def test_money_that_is_not_there_ends_the_order_and_the_goods_go_back(plugin_site: LiveSite) -> None:
    seller, buyer, address = await transfer(plugin_site)
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    await do(buyer, address, "claim", reference=SAID)
    await do(seller, address, "contest", words="户头里没有")
    await do(official, address, "not_found", words="流水里没有")
    assert await state(plugin_site) == "unfound"
    with plugin_site.inside():
        assert (await Lot.get()).free == 10
        assert await MoneyLine.all().count() == 0
    assert moves(await buyer.open(address)) == moves(await seller.open(address)) == set()


async def test_who_paid_and_said_nothing_gets_the_money_back_after_the_order_has_ended(plugin_site: LiveSite) -> None:
    seller, buyer, address = await transfer(plugin_site)
    for _twice in range(2):
        await later(plugin_site, "market.transfers", days=2)
    assert (await buyer.open("/inbox")).text.count("快过时了") == 1
    await later(plugin_site, "market.tidy", days=3, hours=1)
    assert await state(plugin_site) == "expired"
    assert moves(await buyer.open(address)) == {"claim_late"}
    assert moves(await seller.open(address)) == set()
    await do(buyer, address, "claim_late", reference=SAID)
    assert await state(plugin_site) == "late"
    assert moves(await seller.open(address)) == {"late_came"}
    await do(seller, address, "late_came")
    assert await state(plugin_site) == "refunded"
    assert "要把钱退到手" in (await seller.open("/v/heping/market/desk")).text
    with plugin_site.inside():
        refund = await Refund.get()
        assert (refund.state, refund.fen) == ("agreed", (await Order.get()).total_fen)
        await refunds.done(refund.key, actor=None, url=URL)
        assert (await Lot.get()).free == 10, "the goods went back once"
        await books_agree()


async def test_where_the_shop_is_the_villages_only_official_the_township_looks(plugin_site: LiveSite) -> None:
    site = plugin_site
    seller = await site.sign_in(await site.village_admin("石书记"))
    above = await site.sign_in(await site.township_admin())
    county = await site.sign_in(await site.county_admin())
    with site.inside():
        variant = await good_of(await shop_of(seller.person.id), "蜜橘", fen=1000, count=3)  # type: ignore[attr-defined]
        buyer = await site.stranger("覃女士")
        await basket.put(buyer.id, variant.id, 1)
        (one,) = await ordered(site, buyer.id, way="transfer")
        await moving.do(one.key, "claim", {Who.BUYER}, actor=buyer.id, url=URL, reference=SAID)
        await moving.do(one.key, "contest", {Who.SELLER}, actor=seller.person.id, url=URL, words="没有")  # type: ignore[attr-defined]
    address = f"{URL}/orders/{one.key}"
    assert "等你评理、查钱" in (await above.open("/inbox")).text
    assert "等你评理" not in (await county.open("/inbox")).text
    assert moves(await seller.open(address)) == {"confirm"}, "nobody judges their own shop"
    assert moves(await above.open(address)) == {"found", "not_found"}


async def test_a_claim_does_not_expire_and_two_who_answer_at_once_do_not_both_count(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("石满仓"), await plugin_site.stranger("覃女士")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=3)
        await basket.put(buyer.id, variant.id, 1)
        (one,) = await ordered(plugin_site, buyer.id, way="transfer")
        await moving.do(one.key, "claim", {Who.BUYER}, actor=buyer.id, url=URL, reference=SAID)
        assert (await Bill.get()).reference == SAID
        for name in ("expire", "cancel", "refuse", "settle"):
            with pytest.raises(NotOpen):
                await moving.do(one.key, name, set(Who), actor=None, url=URL, words="为什么")
        await moving.do(one.key, "confirm", {Who.SELLER}, actor=seller.id, url=URL)
        with pytest.raises(NotOpen):
            await moving.do(one.key, "retract", {Who.BUYER}, actor=buyer.id, url=URL)
        assert await MoneyLine.filter(account="bank").count() == 1
        await books_agree()


def test_from_every_state_of_a_transfer_somebody_or_the_clock_leads_on_and_the_seller_alone_never_ends_a_claim() -> (
    None
):
    said = (State.CLAIMED, State.CONTESTED, State.LATE)
    for one in State:
        if one not in OVER and one is not State.ON_CASH:
            assert moves_of(Who, one, "transfer", "courier"), one
    for one in said:
        assert not any(
            move.to in (State.CANCELED, State.EXPIRED, State.UNFOUND)
            for move in moves_of({Who.SELLER, Who.CLOCK}, one, "transfer", "courier")
        ), "what the buyer says was paid is not ended by the other side"
        assert moves_of({Who.OFFICE}, one, "transfer", "courier") or one is State.CLAIMED
    assert {move.name for move in MOVES if move.to is State.UNFOUND} == {"not_found", "late_not"}
    for move in MOVES:
        if move.sources & set(said):
            assert move.ways == {"transfer"}, move.name
