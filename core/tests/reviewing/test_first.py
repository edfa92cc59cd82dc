"""Looking first, where a village wants it, and the limits of the first days."""

from __future__ import annotations

from datetime import timedelta

from cunli import db
from cunli.clock import now
from cunli.county_settings import APPROVE_FIRST, NEWCOMERS
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened, Visitor

from .visits import DESK, decide, write


async def verified(person: SamplePerson, days: float) -> None:
    """Let somebody have been verified so many days ago."""
    since = now() - timedelta(days=days)
    await db.run_unit(db.write, "UPDATE core_membership SET decided_at = ? WHERE person_id = ?", since, person.id)


async def post(visitor: Visitor, body: str) -> Opened:
    return await (await visitor.open("/v/heping/new")).form("#post").fill(body=body).send()


async def test_where_the_village_looks_first_posts_wait_and_the_author_sees_it(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    before = await write(luo, "不用等的话")
    assert (await shi.open(before)).status == 200
    await site.set_value(APPROVE_FIRST, "posts")
    own = await post(luo, "要等的话")
    assert ("等待审核" in own.text, "24 小时里有结果" in own.text) == (True, True)
    assert (await shi.open(own.url)).status == 404
    await luo.post(f"{before}/comments", {"body": "评论不用等"})
    assert [row["state"] for row in await db.read("SELECT state FROM core_comment")] == ["visible"]
    official = await write(admin, "管理员发的不用等")
    assert (await shi.open(official)).status == 200
    await decide(admin, "release", "")
    assert (await shi.open(own.url.split("?")[0])).status == 200
    await site.set_value(APPROVE_FIRST, "all")
    await shi.post(f"{before}/comments", {"body": "评论也要等"})
    rows = await db.read("SELECT state FROM core_comment ORDER BY id")
    assert [row["state"] for row in rows] == ["visible", "held"]
    await decide(admin, "refuse", "说话客气点", rule="abuse")
    assert "说话客气点" in (await shi.open("/inbox")).text
    assert not (await admin.open(DESK)).all(".review")


async def test_newcomers_are_told_their_limit_and_its_end_and_it_ends_by_itself(site: LiveSite) -> None:
    person = await site.villager("新来的")
    fresh = await site.sign_in(person)
    await verified(person, 0.5)
    page = await post(fresh, "看这里 https://example.com")
    assert (page.status, "网址（一条里）最多 0" in page.text, "自动放宽" in page.text) == (422, True, True)
    for number in range(3):
        assert (await post(fresh, f"第 {number} 条")).status == 200
    page = await post(fresh, "第四条")
    assert (page.status, "动态（24 小时里）最多 3" in page.text) == (422, True)
    await verified(person, 4)
    assert (await post(fresh, "第四条 https://example.com")).status == 200
    page = await post(fresh, "www.a.cn www.b.cn www.c.cn")
    assert (page.status, "最多 2" in page.text) == (422, True)
    await verified(person, 15)
    assert (await post(fresh, "www.a.cn www.b.cn www.c.cn")).status == 200


async def test_without_the_setting_newcomers_write_like_everybody_and_officials_always_do(site: LiveSite) -> None:
    person, official = await site.villager("新来的"), await site.village_admin()
    fresh, admin = await site.sign_in(person), await site.sign_in(official)
    await verified(person, 0.5)
    assert (await post(admin, "见 https://example.com")).status == 200
    assert (await post(fresh, "见 https://example.com")).status == 422
    await site.set_value(NEWCOMERS, False)
    assert (await post(fresh, "见 https://example.com")).status == 200
