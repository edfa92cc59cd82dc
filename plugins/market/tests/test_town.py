"""What stands around buying: sharing, vouching, small ads, moderation, reviews, and what is held about people."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO

from stalls import M, V, do, order, order_of, put_up, seller_of, take
from tortoise import connections

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import settled
from cunli_market import endorsement_pages, moments, moving
from cunli_market.models import Endorsement, Good, Line, Order
from cunli_market.states import Who


@unit
async def changed(sql: str) -> None:
    """What no page does: time that passes."""
    await connections.get("default").execute_script(sql)


async def vouch(admin: Visitor, title: str) -> Opened:
    page = await admin.open(f"{M}/endorsements/new")
    thing = next(
        str(one.get("value")) for one in page.all("select[name=thing] option") if title in "".join(one.itertext())
    )
    day = moments.today()
    fields = {"issuer": "禾坪村村委会", "scope": "产地", "evidence": "去园里看过", "since": day.isoformat()}
    return await page.form().fill(thing=thing, until=(day + timedelta(days=1)).isoformat(), **fields).send()


async def test_an_endorsement_is_gone_at_midnight_and_a_revoked_one_on_the_next_page(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good, other = await put_up(seller), await put_up(seller, "土鸡蛋")
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    villager = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    assert (await villager.open(f"{M}/endorsements/new")).status == 403
    await vouch(admin, "禾坪蜜橘")
    page = await villager.open(good)
    assert "禾坪村村委会背书" in page.text
    assert "禾坪村村委会背书" not in (await villager.open(other)).text
    assert "有背书" in (await villager.open(f"{M}/goods")).text
    with plugin_site.inside():
        (one,) = await Endorsement.all()
    midnight = one.until.astimezone(moments.ZONE)
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert midnight.date() == moments.today() + timedelta(days=2), "its last day counts as a whole"
    assert endorsement_pages.state_of(one, one.until - timedelta(microseconds=1)) == "valid"
    assert endorsement_pages.state_of(one, one.until) == "over"
    now = "datetime('now')" if connections.get("default").capabilities.dialect == "sqlite" else "now()"
    await changed(f"UPDATE market_endorsement SET until = {now}")
    assert "背书" not in " ".join((await villager.open(good)).words(".tag"))
    await vouch(admin, "禾坪蜜橘")
    assert "禾坪村村委会背书" in (await villager.open(good)).text
    page = await admin.open(f"{M}/endorsements")
    await page.form("form[action$='/revoke']").fill(reason="查出问题").send()
    assert "背书" not in " ".join((await villager.open(good)).words(".tag"))
    assert "查出问题" in (await plugin_site.visitor().open(f"{M}/endorsements")).text


async def test_a_good_goes_into_the_feed_and_whoever_told_of_it_is_credited_and_nobody_above(
    plugin_site: LiveSite,
) -> None:
    seller = await seller_of(plugin_site)
    good = await put_up(seller)
    friend = await plugin_site.sign_in(person := await plugin_site.villager("李有田"))
    page = await friend.open(good)
    await page.form("form[action$='/share']").fill(words="甜得很").send()
    feed = await plugin_site.visitor().open(f"{V}/")
    assert "甜得很" in feed.text
    link = next(str(one.get("href")) for one in feed.all("a.mini"))
    assert "via=" in link
    poster = await friend.open(f"{good}/poster")
    assert poster.all("img.sheet__qr")
    buyer = await plugin_site.sign_in(await plugin_site.stranger("覃女士"))
    await take(buyer, link)
    await order(buyer, way="cash", delivery="pickup")
    with plugin_site.inside():
        (line,) = await Line.all()
        assert line.friend_id == person.id


async def test_small_ads_come_down_by_themselves_and_show_numbers_to_verified_villagers(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await writer.open(f"{M}/ads/new")
    bad = await page.form().fill(kind="cattle", title="找黄牛", body="打 13900000000", phone="13800000000").send()
    assert bad.status == 422
    ad = await bad.form().fill(body="左耳缺了一角").send()
    stranger = await plugin_site.sign_in(await plugin_site.stranger())
    villager = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    assert "13800000000" not in (await villager.open(ad.url)).text
    for who, status in ((stranger, 403), (villager, 200)):
        seen = await (await who.open(ad.url)).form("form[action$='/call']").send()
        assert seen.status == status
        assert ("13800000000" in seen.text) is (status == 200)
    for _n in range(9):
        await (await villager.open(ad.url)).form("form[action$='/call']").send()
    seen = await (await villager.open(ad.url)).form("form[action$='/call']").send()
    assert "13800000000" not in seen.text
    now = "datetime('now')" if connections.get("default").capabilities.dialect == "sqlite" else "now()"
    await changed(f"UPDATE market_ad SET until = {now}")
    assert (await villager.open(ad.url)).status == 404
    assert "找黄牛" not in (await villager.open(f"{M}/ads")).text


async def test_what_may_not_be_sold_cannot_be_listed_and_the_office_takes_down_with_a_reason(
    plugin_site: LiveSite,
) -> None:
    seller = await seller_of(plugin_site)
    page = await seller.open(f"{M}/new")
    fields = {"category": "other", "size": "1 只", "unit": "piece", "price": "500", "stock": "1"}
    refused = await page.form("form[action$='/market/new']").fill(title="野生穿山甲", **fields).send()
    assert refused.status == 422
    assert "野生动物保护法" in refused.text
    good = await put_up(seller)
    await (await seller.open(good)).form("form[action$='/share']").fill(words="下树了").send()
    assert "下树了" in (await plugin_site.visitor().open(f"{V}/")).text
    admin = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await admin.open(good)
    await page.form("form[action$='/judge']").fill(do="ban", reason="照片不是这样货").send()
    gone = await plugin_site.visitor().open(good)
    assert gone.status == 404
    assert "村里让这样货下架了" in gone.text
    assert "照片不是这样货" in (await gone.follow("看处理公示")).text
    assert "下树了" not in (await plugin_site.visitor().open(f"{V}/")).text, "its card goes with it"
    assert "照片不是这样货" in (await seller.open(good)).text
    edit = await seller.open(f"{good}/edit")
    await edit.form("form[action$='/edit']").fill(on=True).send()
    assert (await plugin_site.visitor().open(good)).status == 404, "what the office took down the shop cannot put up"


async def bought(site: LiveSite) -> tuple[Visitor, Visitor, Visitor, str, str]:
    seller = await seller_of(site)
    good = await put_up(seller)
    buyer = await site.sign_in(await site.stranger("覃女士"))
    await take(buyer, good)
    await order(buyer, way="cash", delivery="pickup", note="给覃大娘的")
    address = await order_of(buyer)
    await do(seller, address, "pack")
    await do(seller, address, "collect")
    admin = await site.sign_in(await site.village_admin())
    return seller, buyer, admin, good, address


async def test_only_buyers_review_and_nobody_deletes_it(plugin_site: LiveSite) -> None:
    seller, buyer, admin, good, address = await bought(plugin_site)
    stranger = await plugin_site.sign_in(await plugin_site.stranger())
    assert (await stranger.post(f"{address}/review", {"good": "1", "stars": "1"})).status == 404
    page = await buyer.open(address)
    form = page.form("form[action$='/review']")
    assert not page.all("[name=stars][checked]"), "nobody chooses for the buyer"
    unsaid = await form.fill(words="有两个是坏的").send()
    assert unsaid.status == 422
    assert unsaid.words("form[action$='/review'] .f__err") == ["“觉得怎么样”请选一个"]
    assert "有两个是坏的" in unsaid.words("textarea[name=words]"), "what was written is still there"
    assert "买过的乡亲" not in (await stranger.open(good)).text
    await unsaid.form("form[action$='/review']").fill(stars="2").send()
    assert "有两个是坏的" in (await stranger.open(good)).text
    page = await seller.open(good)
    assert not page.all("button[value=hide]")
    await page.form("form[action$='/reviews']").fill(words="马上补").send(button=("do", "answer"))
    assert "马上补" in (await stranger.open(good)).text
    page = await admin.open(good)
    await page.form("form[action$='/reviews']").fill(words="骂人").send(button=("do", "hide"))
    seen = await stranger.open(good)
    assert "有两个是坏的" not in seen.text
    assert "村里遮住了这几句话：骂人" in seen.text
    assert seen.all(".stars[aria-label='2 星']")


async def test_one_gets_ones_own_orders_and_whoever_leaves_is_taken_out_while_the_books_stay(
    plugin_site: LiveSite,
) -> None:
    seller, buyer, _admin, _good, address = await bought(plugin_site)
    await (await buyer.open("/me/data")).form().send()
    await settled()
    answer = await (await buyer.open("/me/data")).form("form[action$='/download']").send()
    archive = zipfile.ZipFile(BytesIO(answer.response.content))
    (row,) = json.loads(archive.read("market/orders.json"))
    assert (row["receiver"], row["phone"], row["note"]) == ("覃大娘", "13900000000", "给覃大娘的")
    await plugin_site.close_account(buyer.person)  # type: ignore[attr-defined]
    with plugin_site.inside():
        (one,) = await Order.all()
        assert (one.buyer_id, bool(one.phone)) == (None, True), "it may still come back: see test_buyer_leaves.py"
        await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=M)
        (one,) = await Order.all()
        assert (one.buyer_id, one.receiver, one.phone, one.note) == (None, "", "", "")
        assert one.total_fen == 3980
    assert (await seller.open(address)).status == 200
    await plugin_site.close_account(seller.person)  # type: ignore[attr-defined]
    with plugin_site.inside():
        assert await Good.all().count() == 1
    assert (await plugin_site.visitor().open(f"{M}/goods")).status == 200


async def test_a_village_finds_its_goods_and_settles_what_nobody_objected_to(plugin_site: LiveSite) -> None:
    seller, _buyer, _admin, _good, address = await bought(plugin_site)
    found = await plugin_site.visitor().open(f"{V}/search?q=蜜橘")
    assert "39.8 元起" in found.text
    assert "禾坪蜜橘" in (await plugin_site.visitor().open(f"{M}/bazaar?q=蜜橘&cat=fruit&price=50")).text
    assert "禾坪蜜橘" not in (await plugin_site.visitor().open(f"{M}/bazaar?cat=meat")).text
    assert "村里的好货" in (await plugin_site.visitor().open(f"{V}/")).text
    await plugin_site.run_task("market.tidy")
    assert "收到了" in (await seller.open(address)).text
    await changed("UPDATE market_order SET due_at = placed_at")
    await plugin_site.run_task("market.tidy")
    assert "钱结给你了" in (await seller.open(address)).text
    table = await (await seller.open(f"{M}/money")).form("form[action$='/money']").send()
    assert "39.8" in table.response.content.decode("utf-8-sig")
