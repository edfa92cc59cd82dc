"""Notices: on top of the village page, told to everybody, and a list of the households nobody has reached."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import pytest

from cunli import db
from cunli.clock import now, today
from cunli.feed import notices
from cunli.feed.tables import as_csv, safe_cell
from cunli.places.register import HEAD_NAME
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import settled
from cunli.web.tokens import new_key


async def publish(visitor: Visitor, title: str = "明天停电检修", slug: str = "heping", **fields: Any) -> Opened:
    form = (await visitor.open(f"/v/{slug}/notices/new")).form()
    return await form.fill(title=title, body="上午 8 点到 11 点。", **fields).send()


async def household(site: LiveSite, number: str, head: str, *people: int) -> str:
    key = new_key()

    async def make() -> None:
        village = site["heping"]
        await db.write(
            "INSERT INTO core_household (key, village_id, group_id, number, head_name) VALUES (?, ?, ?, ?, ?)",
            key, village.id, village.group_ids[0], number, HEAD_NAME.seal(head, key),
        )  # fmt: skip
        for person in people:
            await db.write(
                "UPDATE core_membership SET household_id = (SELECT id FROM core_household WHERE key = ?) WHERE person_id = ?",
                key,
                person,
            )

    await db.run_unit(make)
    return key


async def notice_row() -> Any:
    return (await db.read("SELECT * FROM core_post WHERE kind = 'notice' ORDER BY id DESC LIMIT 1"))[0]


async def test_only_officials_publish_notices(site: LiveSite) -> None:
    villager = await site.sign_in(await site.villager("罗春秀"))
    assert (await villager.open("/v/heping/notices/new")).status == 403
    assert (
        await villager.post("/v/heping/notices/new", {"title": "假通知", "body": "x", "audience": "village"})
    ).status == 403
    other = await site.sign_in(await site.village_admin("别村书记", "donghu"))
    assert (
        await other.post("/v/heping/notices/new", {"title": "假通知", "body": "x", "audience": "village"})
    ).status == 403
    assert await db.read("SELECT 1 FROM core_post") == []
    for official in (await site.village_admin(), await site.township_admin(), await site.county_admin()):
        assert (await publish(await site.sign_in(official))).status == 200
    audited = await db.read("SELECT action, village_id FROM core_audit_entry WHERE action = 'notice.publish'")
    assert [row["village_id"] for row in audited] == [site["heping"].id] * 3


async def test_a_notice_stands_on_top_until_it_is_taken_down(site: LiveSite) -> None:
    admin, villager = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("罗春秀"))
    page = await publish(admin)
    assert (await villager.open("/v/heping/")).one("a.notice").get("href") == page.url
    await (await villager.open("/v/heping/new")).form("#post").fill(body="后来的话").send()
    top = await villager.open("/v/heping/")
    assert "明天停电检修" in top.one("a.notice").text_content()
    assert not (await villager.open(page.url)).all('button[value="unpin"]')
    assert (await villager.post(f"{page.url}/pin", {"do": "unpin"})).status == 403
    await admin.press(await admin.open(page.url), 'button[value="unpin"]')
    assert not (await villager.open("/v/heping/")).all("a.notice")
    await admin.press(await admin.open(page.url), 'button[value="pin"]')
    assert (await villager.open("/v/heping/")).all("a.notice")


async def test_a_notice_comes_down_by_itself_after_its_day(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    wrong = await publish(admin, pinned_until=(today() - timedelta(days=1)).isoformat())
    assert wrong.status == 422
    assert "要选今天或以后" in wrong.text
    while True:
        day = today()
        await publish(admin, pinned_until=day.isoformat())
        stands = (await admin.open("/v/heping/")).all("a.notice")
        if today() == day:  # else the day ended meanwhile
            break
    assert stands
    await db.run_unit(db.write, "UPDATE core_post SET pinned_until = ?", today() - timedelta(days=1))
    assert not (await admin.open("/v/heping/")).all("a.notice")
    assert "明天停电检修" in (await admin.open("/v/heping/notices")).text


async def test_every_verified_person_is_told_once(site: LiveSite) -> None:
    from cunli.people.models import MembershipState

    people = [await site.villager(f"乡亲{n}") for n in range(3)]
    waiting = await site.villager("等待的人", state=MembershipState.APPLIED)
    away, admin = await site.villager("在外的人", away=True), await site.village_admin()
    await publish(await site.sign_in(admin))
    await settled()
    counts = {row["id"]: row["unread_count"] for row in await db.read("SELECT id, unread_count FROM core_person")}
    assert [counts[p.id] for p in [*people, away]] == [1, 1, 1, 1]
    assert counts[waiting.id] == counts[admin.id] == 0
    row = await notice_row()
    from cunli.notify.actions import tell_village

    again = await tell_village(
        "notice.published",
        village_id=site["heping"].id,
        url="/",
        once=f"notice:{row['id']}",
        but=admin.id,
        title="x",
    )
    assert again == 0
    assert "禾坪村发了通知：明天停电检修" in (await (await site.sign_in(away)).open("/inbox")).text


async def test_reading_is_said_and_counted_by_household(site: LiveSite) -> None:
    luo, son, shi = [await site.villager(name) for name in ("罗春秀", "罗小山", "石满仓")]
    await household(site, "3-01", "罗大伯", luo.id, son.id)
    await household(site, "3-02", "石老三", shi.id)
    await household(site, "3-03", "吴桂香")
    admin = await site.sign_in(await site.village_admin())
    url = (await publish(admin)).url
    visitors = [await site.sign_in(person) for person in (luo, son)]
    for visitor in visitors:
        before = await visitor.open(url)
        assert (await notice_row())["read_count"] == visitors.index(visitor)  # opening it alone says nothing
        read = await before.form('form[action$="/read"]').send()
        assert "看过了" in read.text
        assert not read.all('form[action$="/read"]')
        await visitor.post(f"{url}/read")
    row = await notice_row()
    assert (row["read_count"], row["reached_count"]) == (2, 1)
    part = await (await site.sign_in(shi)).post(f"{url}/read", headers={"hx-request": "true"})
    assert "<html" not in part.html
    assert (await notice_row())["reached_count"] == 2
    page = await admin.open(f"{url}/receipts")
    assert "全村 3 户，2 户知道了，还差 1 户" in page.text
    assert "3-03" in page.one("section[aria-labelledby=missing-h]").text_content()


async def test_a_household_is_ticked_off_by_phone_and_the_tick_is_taken_back(site: LiveSite) -> None:
    await household(site, "3-03", "吴桂香")
    shi = await site.villager("石满仓")
    online = await household(site, "3-02", "石老三", shi.id)
    admin = await site.sign_in(await site.village_admin())
    url = (await publish(admin)).url
    await (await site.sign_in(shi)).post(f"{url}/read")
    page = await admin.open(f"{url}/receipts")
    told = await admin.press(page, 'button[value="phone"]')
    assert "电话说过" in told.one("section[aria-labelledby=reached-h]").text_content()
    assert (await notice_row())["reached_count"] == 2
    back = await admin.press(told, 'button[value="undo"]')
    assert (await notice_row())["reached_count"] == 1
    assert "3-03" in back.one("section[aria-labelledby=missing-h]").text_content()
    await admin.post(f"{url}/receipts", {"household": online, "do": "undo"})  # what a person said stays
    assert (await notice_row())["reached_count"] == 1
    assert (await admin.post(f"{url}/receipts", {"household": "nobody", "do": "phone"})).status == 400
    actions = [row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert actions.count("notice.told") == 1
    assert actions.count("notice.not_told") >= 1


async def test_receipts_are_for_officials_of_this_village(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    url = (await publish(admin)).url
    villager = await site.sign_in(await site.villager("罗春秀"))
    other = await site.sign_in(await site.village_admin("别村书记", "donghu"))
    for visitor in (villager, other):
        assert (await visitor.open(f"{url}/receipts")).status == 403
        assert (await visitor.post(f"{url}/receipts", {"do": "phone"})).status == 403
        assert (await visitor.post(f"{url}/receipts.csv")).status == 403
    assert (await other.post(f"{url}/read")).status in (403, 404)


async def test_the_list_of_unreached_households_leaves_as_a_safe_table(site: LiveSite) -> None:
    await household(site, "=1+1", "CANARY欧阳修")
    admin = await site.sign_in(await site.village_admin())
    url = (await publish(admin)).url
    assert "CANARY欧阳修" not in (await admin.open(f"{url}/receipts")).html  # masked on the page
    before = len(await db.read("SELECT 1 FROM core_audit_entry"))
    answer = await (await admin.open(f"{url}/receipts")).form('form[action$=".csv"]').send()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.html.splitlines()[1] == "一组,'=1+1,CANARY欧阳修"
    actions = {row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")}
    assert len(await db.read("SELECT 1 FROM core_audit_entry")) == before + 2
    assert {"notice.export", "core.person.reveal"} <= actions
    assert "CANARY" not in str([dict(row) for row in await db.read("SELECT details FROM core_audit_entry")])


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", " =1", "＝cmd", "|calc", "\r\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")
    assert as_csv([[text]]).lstrip('"').startswith("'")


def test_other_cells_are_left_alone() -> None:
    assert as_csv([["一组", "3-01", "罗*秀"]]) == "一组,3-01,罗*秀\r\n"


async def test_a_notice_is_edited_and_says_so(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    url = (await publish(admin)).url
    form = (await admin.open(f"{url}/notice")).form()
    assert form.fields["title"] == ["明天停电检修"]
    changed = await form.fill(title="后天停电检修").send()
    assert "后天停电检修" in changed.text
    assert "改过" in changed.text
    villager = await site.sign_in(await site.villager("罗春秀"))
    assert (await villager.open(f"{url}/notice")).status == 403
    assert (await villager.post(f"{url}/notice", {"title": "x", "body": "y", "audience": "village"})).status == 403


async def test_a_notice_for_everybody_is_read_by_everybody(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    await publish(admin, title="只给本村")
    await publish(admin, title="谁都能看", audience="public")
    guest = await site.visitor().open("/v/heping/notices")
    assert "谁都能看" in guest.text
    assert "只给本村" not in guest.text
    assert {"谁都能看", "只给本村"} <= {
        words.split("刚刚")[0].strip() for words in (await admin.open("/v/heping/notices")).words("li .li__t")
    }


async def test_two_of_one_household_at_once_are_one_household(site: LiveSite) -> None:
    import asyncio

    people = [await site.villager(f"家人{n}") for n in range(4)]
    await household(site, "1-01", "家长", *(p.id for p in people))
    url = (await publish(await site.sign_in(await site.village_admin()))).url
    visitors = [await site.sign_in(person) for person in people]
    await asyncio.gather(*(visitor.post(f"{url}/read") for visitor in visitors))
    row = await notice_row()
    assert (row["read_count"], row["reached_count"]) == (4, 1)


async def test_reaching_is_two_queries_whatever_the_size(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    from cunli.feed import queries

    for number in range(12):
        await household(site, f"9-{number:02}", "某人")
    await publish(await site.sign_in(await site.village_admin()))
    await settled()
    post = await queries.post_by_id((await notice_row())["id"])
    assert post is not None
    real, said, counted = db.read, list[str](), ContextVar("counted", default=False)
    counted.set(True)

    async def noted(sql: str, *args: Any, **named: Any) -> list[Any]:
        if counted.get():  # the worker reads its queue meanwhile
            said.append(sql)
        return await real(sql, *args, **named)

    monkeypatch.setattr(db, "read", noted)
    assert len(await notices.households_reached(post)) == 12
    assert len(said) == 2
    assert now() > post.created_at


async def test_who_sees_only_what_is_public_is_not_told_that_there_is_nothing(site: LiveSite) -> None:
    luo, stranger = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.stranger())
    for visitor, way_in in ((site.visitor(), "/sign-in"), (stranger, "/v/heping/join")):
        page = await visitor.open("/v/heping/notices")
        assert "没有公开的通知" in page.text
        assert "还没有通知" not in page.text
        assert any(link.startswith(way_in) for link in page.links())
    assert "还没有通知" in (await luo.open("/v/heping/notices")).text
    await publish(await site.sign_in(await site.village_admin()), audience="public")
    page = await site.visitor().open("/v/heping/notices")
    assert "明天停电检修" in page.text
    assert "没有公开的通知" not in page.text
