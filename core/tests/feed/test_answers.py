"""Likes, thanks, comments and replies; and who hears of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cunli import db
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor


async def write(visitor: Visitor, body: str = "晒秋", audience: str = "village", slug: str = "heping") -> str:
    page = await (await visitor.open(f"/v/{slug}/new")).form("#post").fill(body=body, audience=audience).send()
    return str(page.all("article.post .post__meta a")[0].get("href"))


async def row(table: str = "core_post") -> Any:
    return (await db.read(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1"))[0]


async def comment(visitor: Visitor, url: str, body: str, reply_to: str = "") -> Opened:
    page = await visitor.open(f"{url}?reply={reply_to}" if reply_to else url)
    return await page.form("#say").fill(body=body).send()


async def test_a_like_states_a_wish_and_counts_once(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    url = await write(luo)
    page = await shi.open("/v/heping/")
    button = page.one('button[value="like"]')
    for _ in range(3):
        after = await shi.post(button.get("formaction"), {"do": "like"})
        assert after.status == 200
    assert (await row())["like_count"] == 1
    assert "已赞 1" in after.text
    liked = await shi.press(await shi.open("/v/heping/"), 'button[value="unlike"]')
    assert (await row())["like_count"] == 0
    assert liked.url.startswith("/v/heping/")
    await shi.post(f"{url}/react", {"do": "unlike"})
    assert (await row())["like_count"] == 0
    assert (await shi.post(f"{url}/react", {"do": "nonsense"})).status == 400


async def test_ten_taps_at_once_are_one_like(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    people = [await site.sign_in(await site.villager(f"乡亲{n}")) for n in range(3)]
    await asyncio.gather(*(p.post(f"{url}/react", {"do": "like"}, follow=False) for p in people for _ in range(4)))
    assert (await row())["like_count"] == 3


async def test_thanks_are_counted_apart_and_told_once(site: LiveSite) -> None:
    luo_person = await site.villager("罗春秀")
    luo, shi = await site.sign_in(luo_person), await site.sign_in(await site.villager("石满仓"))
    url = await write(luo, "给老人送了菜")
    for do in ("thank", "unthank", "thank"):
        await shi.post(f"{url}/react", {"do": do})
    assert ((await row())["like_count"], (await row())["thanks_count"]) == (0, 1)
    inbox = await luo.open("/inbox")
    assert inbox.text.count("石满仓向你道谢") == 1
    assert "给老人送了菜" in inbox.text
    await luo.post(f"{url}/react", {"do": "thank"})
    assert (await row())["thanks_count"] == 2  # everybody may; but nobody is told of their own
    assert (await luo.open("/inbox")).text.count("向你道谢") == 1


async def test_htmx_gets_the_same_row_of_buttons_that_the_page_has(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    part = await luo.post(f"{url}/react", {"do": "like"}, headers={"hx-request": "true"})
    assert part.status == 200
    assert "<html" not in part.html
    page = await luo.open(url)
    assert "".join(part.html.split()) in "".join(page.html.split())


async def test_only_those_who_belong_may_answer(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    neighbour, guest = await site.sign_in(await site.villager("邻村人", "shangba")), site.visitor()
    public, town = await write(luo, audience="public"), await write(luo, audience="township")
    assert (await neighbour.post(f"{public}/react", {"do": "like"})).status == 403
    assert (await neighbour.post(f"{public}/comments", {"body": "邻村问好"})).status == 403
    assert (await guest.post(f"{public}/react", {"do": "like"})).status == 401
    assert (await guest.post(f"{public}/comments", {"body": "路过"})).status == 401
    assert (await neighbour.post(f"{town}/react", {"do": "like"})).status == 200
    assert "邻村问好" in (await comment(neighbour, town, "邻村问好")).text
    assert not (await guest.open(public)).all("#say")
    assert "登录以后就能评论" in (await guest.open(public)).text
    assert not (await guest.open("/v/heping/")).all("button[form=act]")


async def test_comments_and_replies_stand_in_order_and_are_told(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    qin = await site.sign_in(await site.villager("覃小禾"))
    url = await write(luo)
    await comment(shi, url, "三组的柿子甜")
    first = str((await row("core_comment"))["key"])
    after = await comment(qin, url, "我也想吃", reply_to=first)
    assert after.one(f"#c-{first} .cmt__re").text_content().count("我也想吃") == 1
    second = str((await row("core_comment"))["key"])
    await comment(luo, url, "给你留着", reply_to=second)  # a reply to a reply stands on the same level
    page = await shi.open(url)
    replies = [" ".join(li.text_content().split()) for li in page.all(".cmt__re li")]
    assert replies[0].startswith("覃小禾：我也想吃")
    assert replies[1].startswith("罗春秀 回复 覃小禾：给你留着")
    assert (await row())["comment_count"] == 3
    assert "石满仓评论了你发的动态" in (await luo.open("/inbox")).text
    assert "覃小禾评论了你发的动态" in (await luo.open("/inbox")).text
    assert "覃小禾回复了你" in (await shi.open("/inbox")).text
    assert "罗春秀回复了你" in (await qin.open("/inbox")).text
    opened = await (await qin.open("/inbox")).form('form[action$="/go"]').send()
    assert opened.url.startswith(url)
    assert "给你留着" in opened.text


async def test_an_empty_comment_is_refused_beside_its_field(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    refused = await comment(luo, url, "   ")
    assert refused.status == 422
    assert "“评论”还没写" in refused.text
    long = await comment(luo, url, "字" * 1001)
    assert long.status == 422
    assert long.one("#f-body").text_content().strip().startswith("字字字")
    assert (await row())["comment_count"] == 0


async def test_the_same_comment_form_sent_five_times_is_one_comment(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    form = (await luo.open(url)).form("#say").fill(body="网不好")
    await asyncio.gather(*(form.send(follow=False) for _ in range(5)))
    assert (await row())["comment_count"] == 1
    assert len(await db.read("SELECT id FROM core_comment")) == 1


async def test_a_deleted_comment_leaves_a_gap_only_where_others_answered(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    url = await write(luo)
    await comment(shi, url, "说错的话")
    first = str((await row("core_comment"))["key"])
    await comment(luo, url, "没关系", reply_to=first)
    await comment(shi, url, "单独一条")
    alone = str((await row("core_comment"))["key"])
    assert (await luo.post(f"/v/heping/c/{first}/delete")).status == 403
    for key in (first, alone):
        gone = await (await shi.open(f"/v/heping/c/{key}/delete")).form().send()
    page = await luo.open(url)
    assert "说错的话" not in page.html
    assert "单独一条" not in page.html
    assert "没关系" in page.text
    assert (await row())["comment_count"] == 1
    assert len(page.all(".cmts > li")) == 1
    back = await gone.form(".toast form").send()
    assert "单独一条" in back.text
    assert (await row())["comment_count"] == 2
    assert (await luo.post(f"/v/heping/c/{first}/restore")).status == 404


async def test_replying_to_what_is_gone_says_so_and_keeps_the_words(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    url = await write(luo)
    await comment(shi, url, "马上删")
    key = str((await row("core_comment"))["key"])
    form = (await luo.open(f"{url}?reply={key}")).form("#say").fill(body="回复你")
    await shi.post(f"/v/heping/c/{key}/delete")
    refused = await form.send()
    assert refused.status == 422
    assert "已经不在了" in refused.text
    assert refused.one("#f-body").text_content().strip() == "回复你"


async def test_a_comment_of_another_post_cannot_be_answered_here(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    one, other = await write(luo, "一"), await write(luo, "二")
    await comment(luo, one, "在一下面")
    key = str((await row("core_comment"))["key"])
    assert (await luo.post(f"{other}/comments", {"body": "串门", "parent": key})).status == 422


async def test_many_comments_are_paged_and_one_is_found_by_its_address(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cunli.feed import comments

    monkeypatch.setattr(comments, "PAGE", 4)
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    keys = []
    for number in range(10):
        await comment(luo, url, f"第{number}条评论")
        keys.append(str((await row("core_comment"))["key"]))
    page, seen = await luo.open(url), list[str]()
    for _ in range(3):
        seen += page.words(".cmts > li .cmt__b")
        if "再看一些评论" not in page.text:
            break
        page = await page.follow("再看一些评论")
    assert len(page.words(".cmts > li .cmt__b")) == 2
    assert seen == [f"第{number}条评论" for number in range(10)]
    direct = await luo.open(f"{url}?c={keys[7]}")
    assert "第7条评论" in direct.text
    assert "第2条评论" not in direct.text
    assert "第0条评论" in (await direct.follow("从头看评论")).text


async def test_a_long_thread_opens_on_demand(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    await comment(luo, url, "开头")
    first = str((await row("core_comment"))["key"])
    for number in range(9):
        await luo.post(f"{url}/comments", {"body": f"回{number}", "parent": first})
    page = await luo.open(url)
    assert "还有 4 条" in page.text
    assert "回8" not in page.text
    assert "回8" in (await page.follow("还有 4 条")).text


async def test_whoever_left_the_village_is_not_told_what_is_said_there(site: LiveSite) -> None:
    gone = await site.villager("走了的人")
    luo, left = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(gone)
    url = await write(luo)
    await comment(left, url, "我要走了")
    key = str((await row("core_comment"))["key"])
    await db.run_unit(db.write, "UPDATE core_membership SET state = 'left' WHERE person_id = ?", gone.id)
    await comment(luo, url, "CANARY-悄悄话", reply_to=key)
    assert "CANARY" not in (await left.open("/inbox")).html


async def test_a_card_echoes_the_last_likes_and_comments(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo)
    for name in ("甲一", "乙二", "丙三", "丁四"):
        visitor = await site.sign_in(await site.villager(name))
        await visitor.post(f"{url}/react", {"do": "like"})
        await comment(visitor, url, f"{name}说好")
    page = await luo.open("/v/heping/")
    assert page.words(".echo__likes") == ["丁四、丙三、乙二 等 4 人"]
    assert [w for w in page.words(".echo p") if "说好" in w] == ["丙三：丙三说好", "丁四：丁四说好"]
    assert "看全部 4 条评论" in page.text
