"""Appeals: once against each decision, to the next level, looked at by somebody else, answered with a reason."""

from __future__ import annotations

from cunli import db
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor

from .visits import DESK, acts, age, appeal, case, decide, reported, state_of, write


async def hidden(site: LiveSite) -> tuple[Visitor, Visitor, str]:
    """A post that the village has hidden: its author, the official, its address."""
    author, _reporter, url = await reported(site)
    admin = await site.sign_in(await site.village_admin())
    await decide(admin, "hide", "说的药没有批号")
    return author, admin, url


async def test_the_township_looks_again_and_shows_it(site: LiveSite) -> None:
    author, admin, url = await hidden(site)
    page = await (await author.open(url)).follow("看处理结果")
    assert ("说的药没有批号" in page.text, "镇里会换一个人来看" in page.text) == (True, True)
    assert (await page.form('form[action$="/appeal"]').fill(words="短").send()).status == 422
    await appeal(author, url, "我有买药的发票")
    assert (await author.open(f"{url}/appeal")).text.count("申诉已经交上去了") == 1
    assert (await author.post(f"{url}/appeal", {"words": "再来一次申诉"})).status == 409
    key = (await case("appeal"))["key"]
    refused = await admin.post(f"{DESK}/{key}", {"do": "restore", "reason": "好吧"})
    assert refused.status == 404, "the village does not judge its own decision"
    township = await site.sign_in(await site.township_admin())
    page = await township.open(DESK)
    assert ("我有买药的发票" in page.text, "说的药没有批号" in page.text, "卖假药的话" in page.text) == (
        True,
        True,
        True,
    )
    assert (await decide(township, "restore", "")).status == 422, "not without a reason"
    await decide(township, "restore", "发票看过了，是真的")
    assert await state_of(url) == "visible"
    assert "发票看过了，是真的" in (await author.open("/inbox")).text
    assert await acts() == ["content.hide", "appeal.opened", "appeal.restore", "content.show"]


async def test_what_the_township_upholds_goes_to_the_county_and_there_it_ends(site: LiveSite) -> None:
    author, _admin, url = await hidden(site)
    await appeal(author, url)
    await decide(await site.sign_in(await site.township_admin()), "uphold", "没有批号就是没有")
    assert "没有批号就是没有" in (await author.open("/inbox")).text
    assert "县里会换一个人来看" in (await author.open(f"{url}/appeal")).text
    await appeal(author, url, "请县里再看")
    county = await site.sign_in(await site.county_admin())
    await decide(county, "uphold", "县里也这么看")
    assert "不能再申诉" in (await author.open(f"{url}/appeal")).text
    assert (await author.post(f"{url}/appeal", {"words": "还要申诉一次"})).status == 409
    assert await state_of(url) == "hidden"
    assert len(await db.read("SELECT 1 FROM core_review_case WHERE kind = 'appeal'")) == 2


async def test_whoever_decided_does_not_judge_the_appeal_even_at_the_county(site: LiveSite) -> None:
    author, _reporter, url = await reported(site)
    county = await site.sign_in(await site.county_admin("县管理员甲"))
    await decide(county, "hide")
    await appeal(author, url)
    page = await county.open(DESK)
    assert ("原来的决定是你定的" in page.text, page.all(f'form[action*="{DESK}/"]')) == (True, [])
    key = (await case("appeal"))["key"]
    assert (await county.post(f"{DESK}/{key}", {"do": "uphold", "reason": "一样"})).status == 403
    township = await site.sign_in(await site.township_admin())
    assert (await township.post(f"{DESK}/{key}", {"do": "restore", "reason": "不"})).status == 404
    await decide(await site.sign_in(await site.county_admin("县管理员乙")), "restore", "甲看走眼了")
    assert await state_of(url) == "visible"


async def test_only_the_author_appeals_and_only_in_time(site: LiveSite) -> None:
    author, admin, url = await hidden(site)
    stranger = await site.sign_in(await site.villager("路人"))
    for visitor in (stranger, admin):
        assert (await visitor.open(f"{url}/appeal")).status == 404
        assert (await visitor.post(f"{url}/appeal", {"words": "替他申诉一下"})).status == 404
    await age(24 * 8)
    page = await author.open(f"{url}/appeal")
    assert ("不能再申诉" in page.text, page.all('form[action$="/appeal"]')) == (True, [])
    assert (await author.post(f"{url}/appeal", {"words": "晚了也要申诉"})).status == 409
    standing = await write(author, "没人处理过的")
    assert (await author.open(f"{standing}/appeal")).status == 404


async def test_a_comment_is_appealed_about_and_the_village_may_give_in_itself(site: LiveSite) -> None:
    luo, rude = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("骂人的"))
    admin = await site.sign_in(await site.village_admin())
    url = await write(luo, "晒秋")
    await rude.post(f"{url}/comments", {"body": "难听的话"})
    key = (await db.read("SELECT key FROM core_comment"))[0]["key"]
    comment = f"/v/heping/c/{key}"
    await (await admin.open(f"{comment}/hide")).form().fill(reason="请好好说话").send()
    await (await rude.open(comment)).follow("看处理结果")
    await appeal(rude, comment, "我说的是玩笑")
    await (await admin.open(f"{comment}/hide")).form().send(button=("do", "show"))
    assert (await case("appeal"))["outcome"] == "restore"
    assert "难听的话" in (await luo.open(url)).text
    assert not (await (await site.sign_in(await site.township_admin())).open(DESK)).all(".review")
