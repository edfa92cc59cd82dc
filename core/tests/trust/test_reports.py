"""Reporting content, and what officials do about it: hide with a reason the author reads, or keep; both sides hear of it."""

from __future__ import annotations

from typing import Any

from cunli import db
from cunli.people.models import MembershipState
from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Opened, Visitor

CASE = 'form[action*="/admin/review/"]'


async def write(visitor: Visitor, body: str = "卖假药的话", audience: str = "village") -> tuple[str, str]:
    form = (await visitor.open("/v/heping/new")).form("#post").fill(body=body, audience=audience)
    page = await form.attach("photo", photo_file()).send()
    return page.all("article.post .post__meta a")[0].get("href"), page.all("article.post .photos img")[0].get("src")


async def report(visitor: Visitor, url: str, reason: str = "fraud", note: str = "") -> Opened:
    return await (await visitor.open(f"{url}/report")).form().fill(reason=reason, note=note).send()


async def decide(visitor: Visitor, do: str, reason: str = "说的药没有批号，请改了再发") -> Opened:
    form = (await visitor.open("/v/heping/reports")).form(CASE)
    return await form.fill(reason=reason).send(button=("do", do))


async def one(sql: str, *args: Any) -> Any:
    return (await db.read(sql, *args))[0]


async def test_a_report_is_decided_and_everybody_hears_of_it(site: LiveSite) -> None:
    author, reporter = (
        await site.sign_in(await site.villager("卖药的")),
        await site.sign_in(await site.villager("举报人")),
    )
    other, admin = await site.sign_in(await site.villager("路人")), await site.sign_in(await site.village_admin())
    url, photo = await write(author)
    assert "收到了" in (await report(reporter, url, note="他说能治百病")).text
    assert "有人举报了一条内容" in (await admin.open("/inbox")).text
    desk = await admin.open("/v/heping/reports")
    assert "卖假药的话" in desk.text
    assert "他说能治百病" in desk.text
    assert "像是骗钱的" in desk.text
    assert "举报人" not in desk.text.replace("举报的人", "").replace("人举报", "")  # who reported is not shown
    await decide(admin, "hide")
    assert (await other.open(url)).status == 404
    assert (await other.open(photo)).status == 404
    assert "卖假药的话" not in (await other.open("/v/heping/")).text
    own = await author.open(url)
    assert own.status == 200
    assert "说的药没有批号，请改了再发" in own.text
    assert not own.all("#say")
    told = await author.open("/inbox")
    assert "被村里收起来了" in told.text
    assert "说的药没有批号" in told.text
    assert "举报人" not in told.text
    assert "你举报的内容已经收起来了" in (await reporter.open("/inbox")).text
    assert (await one("SELECT post_count FROM core_village WHERE slug = 'heping'"))["post_count"] == 0
    entry = await one("SELECT * FROM core_audit_entry WHERE action = 'content.hide'")
    assert (entry["object_kind"], entry["village_id"]) == ("post", site["heping"].id)
    assert "没有等着处理的" in (await admin.open("/v/heping/reports")).text


async def test_what_is_kept_stays_and_the_reporter_is_answered(site: LiveSite) -> None:
    author, reporter = (
        await site.sign_in(await site.villager("老实人")),
        await site.sign_in(await site.villager("举报人")),
    )
    admin = await site.sign_in(await site.village_admin())
    url, _photo = await write(author, "今年苞谷好")
    await report(reporter, url)
    refused = await decide(admin, "keep", "")
    assert refused.status == 422
    await decide(admin, "keep", "看过了，说的是实话")
    assert (await reporter.open(url)).status == 200
    assert "看过了，说的是实话" in (await reporter.open("/inbox")).text
    assert "收起来" not in (await author.open("/inbox")).text
    assert len(await db.read("SELECT 1 FROM core_audit_entry WHERE action = 'content.keep'")) == 1


async def test_many_reports_are_one_case_and_one_persons_twice_is_once(site: LiveSite) -> None:
    author, admin = await site.sign_in(await site.villager("话多的")), await site.sign_in(await site.village_admin())
    url, _photo = await write(author)
    for name in ("甲", "乙", "丙"):
        visitor = await site.sign_in(await site.villager(name))
        await report(visitor, url, "abuse")
        await report(visitor, url, "fraud")
    desk = await admin.open("/v/heping/reports")
    assert len(desk.all(CASE)) == 1
    assert "3 人举报" in desk.text
    assert (await admin.open("/inbox")).text.count("有人举报了一条内容") == 1
    await decide(admin, "hide")
    assert {row["state"] for row in await db.read("SELECT state FROM core_report")} == {"hidden"}


async def test_a_comment_is_reported_hidden_and_shown_again(site: LiveSite) -> None:
    luo, rude = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("骂人的"))
    admin = await site.sign_in(await site.village_admin())
    url, _photo = await write(luo, "晒秋")
    await rude.post(f"{url}/comments", {"body": "难听的话"})
    key = (await one("SELECT key FROM core_comment"))["key"]
    await report(luo, f"/v/heping/c/{key}", "abuse")
    await decide(admin, "hide", "请好好说话")
    assert "难听的话" not in (await luo.open(url)).html
    own = await rude.open(url)
    assert "难听的话" in own.text
    assert "请好好说话" in own.text
    assert (await luo.open(f"/v/heping/c/{key}")).status == 404
    assert (await one("SELECT comment_count FROM core_post"))["comment_count"] == 0
    await (await admin.open(f"/v/heping/c/{key}/hide")).form().send(button=("do", "show"))
    assert "难听的话" in (await luo.open(url)).text
    assert (await one("SELECT comment_count FROM core_post"))["comment_count"] == 1


async def test_officials_hide_without_a_report_and_the_author_keeps_the_reason(site: LiveSite) -> None:
    author, admin = await site.sign_in(await site.villager("发的人")), await site.sign_in(await site.village_admin())
    url, photo = await write(author)
    form = (await admin.open(f"{url}/hide")).form()
    assert (await form.send()).status == 422
    await form.fill(reason="有别人的电话").send()
    assert (await author.open(photo)).status == 200  # still the author's own
    assert (await author.open(f"{url}/edit")).status == 404
    assert (await author.post(f"{url}/delete", follow=False)).status == 303
    await author.post(f"{url}/restore")
    assert "有别人的电话" in (await author.open(url)).text  # taken back, it is hidden as before
    await (await admin.open(f"{url}/hide")).form().send(button=("do", "show"))
    assert (await (await site.sign_in(await site.villager("邻居"))).open(url)).status == 200


async def test_nobody_decides_about_their_own_words(site: LiveSite) -> None:
    person = await site.village_admin()
    admin, reporter = await site.sign_in(person), await site.sign_in(await site.villager("举报人"))
    url, _photo = await write(admin, "书记自己的话")
    await report(reporter, url)
    desk = await admin.open("/v/heping/reports")
    assert not desk.all(CASE)
    key = (await one("SELECT key FROM core_review_case"))["key"]
    assert (await admin.post(f"/admin/review/{key}", {"do": "keep", "reason": "没事"})).status == 403
    assert (await admin.open(f"{url}/hide")).status == 403
    above = await site.sign_in(await site.township_admin())
    await above.post(f"/admin/review/{key}", {"do": "hide", "reason": "请改一改"})
    assert (await reporter.open(url)).status == 404


async def test_only_officials_of_this_village_come_to_the_desk(site: LiveSite) -> None:
    author, reporter = (
        await site.sign_in(await site.villager("发的人")),
        await site.sign_in(await site.villager("举报人")),
    )
    url, _photo = await write(author)
    await report(reporter, url)
    key = (await one("SELECT key FROM core_review_case"))["key"]
    other = await site.sign_in(await site.village_admin("别村书记", "donghu"))
    for visitor in (reporter, other):
        assert (await visitor.open("/v/heping/reports")).status == 403
        refused = await visitor.post(f"/admin/review/{key}", {"do": "hide", "reason": "x"})
        assert refused.status == (403 if visitor is reporter else 404)
        assert (await visitor.open(f"{url}/hide")).status == 403
        assert (await visitor.post(f"{url}/hide", {"reason": "x"})).status == 403
    assert (await one("SELECT state FROM core_post"))["state"] == "visible"


async def test_only_people_of_somewhere_report(site: LiveSite) -> None:
    author = await site.sign_in(await site.villager("发的人"))
    url, _photo = await write(author, audience="public")
    waiting = await site.sign_in(await site.villager("等待的人", state=MembershipState.APPLIED))
    assert (await site.visitor().post(f"{url}/report", {"reason": "abuse"})).status == 401
    assert (await waiting.post(f"{url}/report", {"reason": "abuse"})).status == 403
    neighbour = await site.sign_in(await site.villager("邻村人", "shangba"))
    assert (await neighbour.post(f"{url}/report", {"reason": "nonsense"})).status == 422
    assert (await neighbour.post(f"{url}/report", {"reason": "abuse"})).status == 200
    assert len(await db.read("SELECT 1 FROM core_report")) == 1


async def test_what_its_author_deleted_needs_no_decision(site: LiveSite) -> None:
    author, reporter = (
        await site.sign_in(await site.villager("发的人")),
        await site.sign_in(await site.villager("举报人")),
    )
    admin = await site.sign_in(await site.village_admin())
    url, _photo = await write(author)
    await report(reporter, url)
    page = await admin.open("/v/heping/reports")
    await author.post(f"{url}/delete")
    answer = await page.form(CASE).fill(reason="收了").send(button=("do", "hide"))
    assert "不用再处理" in answer.text
    assert "没有等着处理的" in (await admin.open("/v/heping/reports")).text
