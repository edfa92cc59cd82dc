"""Points as people meet them. `plugin_site` runs on each database, with the plugin on in `heping` and off in `shangba`."""

from __future__ import annotations

import asyncio

from cunli.testing.live import LiveSite
from village import V, admin_of, change, give, home_of, redeem, rules, take_back

from cunli_points.settings import FEED, LATEST, MOST

MINE = f"{V}/points/mine"


async def test_the_committee_gives_points_and_only_the_committee(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await rules(admin)
    assert "记上了" in (await give(admin, "张桂秀", reason="周六扫了三条巷")).text
    page = await villager.open(MINE)
    assert "我有 5 分" in page.text
    assert "周六扫了三条巷" in page.text
    assert (await villager.open(f"{V}/points/give")).status == 403
    assert (await villager.post(f"{V}/points/give", {"who": "p1"})).status == 403
    assert (await plugin_site.visitor().post(f"{V}/points/give", {"who": "p1"})).status == 401


async def test_nobody_else_sees_what_somebody_has(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    await plugin_site.villager("张桂秀")
    other = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    await rules(admin)
    await give(admin, "张桂秀")
    assert "还没有积分" in (await other.open(MINE)).text
    assert (await other.open(f"{V}/points/ledger")).status == 403
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    page = await township.open(f"{V}/points/ledger")
    assert "张桂秀，5 分" in page.text
    assert not page.all("select[name=entry]")
    assert "积分" in (await township.open(f"{V}/")).text


async def test_not_more_than_the_village_set(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    await plugin_site.villager("张桂秀")
    await rules(admin)
    assert (await give(admin, "张桂秀", points="21")).status == 422
    assert (await give(admin, "张桂秀", points="20")).status == 200
    await plugin_site.set_value(MOST, 4)
    page = await give(admin, "张桂秀")
    assert page.status == 422
    assert "一次最多记 4 分" in page.text


async def test_taking_back_is_a_line_of_its_own_and_happens_once(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await rules(admin)
    await give(admin, "张桂秀")
    page = await admin.open(f"{V}/points/ledger")
    form = {"entry": page.all("select[name=entry] option")[-1].get("value"), "reason": "记错了人"}
    await page.form().fill(**form).send()
    page = await villager.open(MINE)
    assert "我有 0 分" in page.text
    assert page.words("main li.ugc")[0].split()[-4:] == ["-5", "收回：打扫巷道", "·", "记错了人"]
    assert len(page.words("main li.ugc")) == 2
    assert "打扫巷道" not in (await villager.open(f"{V}/")).text


async def test_what_was_spent_cannot_be_taken_back_but_what_was_redeemed_can_return(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await rules(admin)
    await give(admin, "张桂秀")
    assert "换好了" in (await redeem(villager)).text
    assert "还有 1 份" in (await villager.open(f"{V}/points/shop")).text
    page = await take_back(admin, "打扫巷道")
    assert page.status == 422
    assert "已经花掉了" in page.text
    await take_back(admin, "肥皂", "肥皂坏了")
    assert "我有 5 分" in (await villager.open(MINE)).text
    assert "还有 2 份" in (await villager.open(f"{V}/points/shop")).text


async def test_two_who_redeem_at_once_do_not_spend_a_point_twice(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    person = await plugin_site.villager("张桂秀")
    phone, desk = await plugin_site.sign_in(person), await plugin_site.sign_in(person)
    await rules(admin)
    await change(admin, do="good", name="毛巾", points="5", count="2")
    await give(admin, "张桂秀")
    pages = [await one.open(f"{V}/points/shop") for one in (phone, desk)]
    soap, towel = (one.get("value") for one in pages[0].all("input[name=good]"))
    sent = (page.form().fill(good=good, purse="own").send() for page, good in zip(pages, (soap, towel), strict=True))
    answers = await asyncio.gather(*sent)  # different goods: no lock on a shelf keeps them apart
    assert sorted(page.status for page in answers) == [200, 422]
    assert "我有 0 分" in (await phone.open(MINE)).text
    stocks = (await phone.open(f"{V}/points/shop")).text
    assert (stocks.count("还有 1 份"), stocks.count("还有 2 份")) == (1, 1)


async def test_two_villagers_at_once_do_not_get_the_last_one_both(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    first = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    second = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    await rules(admin, count="1")
    for who in ("张桂秀", "李有田"):
        await give(admin, who)
    answers = await asyncio.gather(redeem(first), redeem(second))
    assert sorted(page.status for page in answers) == [200, 422]
    late = next(page for page in answers if page.status == 422)
    assert "刚刚换完了" in late.text
    texts = [(await one.open(MINE)).text for one in (first, second)]
    assert sorted("我有 5 分" in text for text in texts) == [False, True]


async def test_a_household_has_points_of_its_own(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    other = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    await home_of(admin, "张桂秀")
    await rules(admin)
    await give(admin, "三组 12")
    assert "我家有 5 分" in (await villager.open(MINE)).text
    assert "我家" not in (await other.open(MINE)).text
    assert (await other.post(f"{V}/points/shop", {"good": "1", "purse": "home"})).status in {403, 422}
    assert "换好了" in (await redeem(villager, "home")).text


async def test_the_committee_keeps_the_lists(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await rules(admin)
    page = await admin.open(f"{V}/points/catalogue")
    good = next(str(one.get("value")) for one in page.all("select[name=which] option") if one.text == "肥皂")
    assert "还有 5 份" in (await change(admin, do="restock", which=good, count="3")).text
    await change(admin, do="close", which=good)
    assert "货架还空着" in (await villager.open(f"{V}/points/shop")).text
    assert (await change(admin, do="good", name="", points="0", count="")).status == 422
    assert (await villager.open(f"{V}/points/catalogue")).status == 403


async def test_the_latest_stand_above_the_feed_for_those_who_live_there(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await plugin_site.set_value(FEED, False)
    await rules(admin)
    await give(admin, "张桂秀")
    assert "张桂秀，打扫巷道，记 5 分" in (await villager.open(f"{V}/")).text
    stranger = await plugin_site.sign_in(await plugin_site.stranger())
    assert "打扫巷道" not in (await stranger.open(f"{V}/")).text
    assert (await stranger.open(f"{V}/points/awards")).status == 403
    await plugin_site.set_value(LATEST, 0)
    assert "打扫巷道" not in (await villager.open(f"{V}/")).text


async def test_an_award_is_an_entry_of_the_feed_where_the_village_wants_it(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await plugin_site.set_value(LATEST, 0)
    await rules(admin)
    await give(admin, "张桂秀", reason="<b>扫雪</b>")
    page = await villager.open(f"{V}/")
    assert "张桂秀 做了好事：打扫巷道。记 5 分" in page.text
    assert "<b>扫雪</b>" in page.text
    assert "扫雪" not in (await plugin_site.visitor().open(f"{V}/")).text
    await take_back(admin, "打扫巷道")
    await plugin_site.set_value(FEED, False)
    await give(admin, "张桂秀")
    assert "打扫巷道" not in (await villager.open(f"{V}/")).text


async def test_awards_are_found_by_those_who_live_there(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await plugin_site.set_value(FEED, False)
    await rules(admin)
    await give(admin, "张桂秀")
    assert "打扫巷道" in (await (await villager.open(f"{V}/search?q=巷道")).follow("张桂秀 +5")).text
    assert "张桂秀" not in (await plugin_site.visitor().open(f"{V}/search?q=巷道")).text


async def test_it_speaks_english(plugin_site: LiveSite) -> None:
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    assert (await villager.open(MINE, accept_language="en")).words("h1") == ["Points"]
