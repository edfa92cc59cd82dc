"""The review desk: one queue, the soonest due first; decisions with a reason; undone within ten minutes; fast or late, it is seen."""

from __future__ import annotations

import csv
import io

import pytest

from cunli import db, plugin_values
from cunli.county_settings import REPORTS_HIDE, REVIEW_HOURS
from cunli.reviewing import rules
from cunli.testing.live import LiveSite

from .visits import DESK, acts, age, appeal, case, decide, report, reported, state_of, write


async def test_reports_held_posts_and_appeals_stand_in_one_queue_the_soonest_due_first(site: LiveSite) -> None:
    author, reporter, url = await reported(site, "先被举报的")
    admin, township = await site.sign_in(await site.village_admin()), await site.sign_in(await site.township_admin())
    await decide(admin, "hide")
    await appeal(author, url)
    await report(reporter, await write(author, "后被举报的"))
    page = await township.open(DESK)
    assert page.words(".review__h .tag:first-child") == ["举报", "申诉"], (
        "a report is due within a day, an appeal in three"
    )
    assert [
        len((await township.open(f"{DESK}?kind={kind}")).all(".review")) for kind in ("report", "appeal", "held")
    ] == [1, 1, 0]
    assert len((await admin.open(DESK)).all(".review")) == 1, "the appeal is not the village's to see"
    assert len((await township.open(f"{DESK}?age=late")).all(".review")) == 0
    assert len((await township.open(f"{DESK}?age=soon")).all(".review")) == 1
    await age(30)
    page = await township.open(f"{DESK}?age=late")
    assert (page.words(".review__d--late"), len(page.all(".kpi--bad"))) == (["超时 6 小时"], 1)
    assert (await township.open(f"{DESK}?kind=nonsense&age=%27&start=x&region=99999999")).status == 404
    assert (await township.open(f"{DESK}?kind=nonsense&age=%27&start=x")).status == 200


async def test_officials_see_and_decide_only_in_their_own_ground(site: LiveSite) -> None:
    _author, reporter, url = await reported(site)
    key = (await case())["key"]
    other = await site.sign_in(await site.village_admin("别村书记", "donghu"))
    assert "卖假药的话" not in (await other.open(DESK)).text
    for path in (f"{DESK}/{key}", f"{DESK}/{key}/undo", f"{DESK}/nothing"):
        assert (await other.post(path, {"do": "hide", "reason": "x", "rule": "other"})).status == 404
        assert (await reporter.post(path, {"do": "hide", "reason": "x", "rule": "other"})).status == 403
    assert (await other.open(f"{DESK}?region={site['heping'].region_id}")).status == 404
    assert (await reporter.open(DESK)).status == 403
    assert (await site.visitor().open(f"{DESK}/table.csv", follow=False)).status == 303
    assert await state_of(url) == "visible"
    county = await site.sign_in(await site.county_admin())
    await decide(county, "hide", rule="fraud")
    assert await state_of(url) == "hidden"
    row = await case()
    assert (row["state"], row["outcome"], row["rule"], row["decided_level"]) == ("decided", "hide", "fraud", 3)


async def test_nobody_decides_about_their_own_words_nor_their_own_report(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    author = await site.sign_in(await site.villager("发的人"))
    url = await write(author, "管理员举报的话")
    await report(admin, url)
    page = await admin.open(DESK)
    assert ("这是你自己举报的" in page.text, page.all(f'form[action*="{DESK}/"]')) == (True, [])
    key = (await case())["key"]
    assert (await admin.post(f"{DESK}/{key}", {"do": "keep", "reason": "没事", "rule": "other"})).status == 403
    assert (await admin.post(f"{url}/hide", {"reason": "没事"})).status == 403
    assert await state_of(url) == "visible"
    await decide(await site.sign_in(await site.township_admin()), "keep")
    assert (await acts(), (await case())["outcome"]) == (["content.keep"], "keep")


async def test_with_the_guard_off_the_reporter_would_decide(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, author = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("发的人"))
    url = await write(author, "管理员举报的话")
    await report(admin, url)
    key = (await case())["key"]
    monkeypatch.setattr(rules, "why_not_decide", lambda *_args: "")

    async def nobody(_thing: object) -> frozenset[int]:
        return frozenset()

    monkeypatch.setattr("cunli.reviewing.cases.reporters_of", nobody)
    await admin.post(f"{DESK}/{key}", {"do": "hide", "reason": "收了", "rule": "other"})
    assert await state_of(url) == "hidden"


async def test_a_decision_is_undone_within_ten_minutes_and_everything_is_as_before(site: LiveSite) -> None:
    author, reporter, url = await reported(site)
    admin, other = (
        await site.sign_in(await site.village_admin()),
        await site.sign_in(await site.village_admin("副主任")),
    )
    page = await decide(admin, "hide")
    assert "收起来了" in page.text
    key = (await case())["key"]
    assert (await other.post(f"{DESK}/{key}/undo", {})).status == 409, "only one's own decision"
    await page.form('form[action$="/undo"]').send()
    assert (await state_of(url), (await case())["state"]) == ("visible", "open")
    assert (await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'"))[0]["post_count"] == 1
    assert [row["state"] for row in await db.read("SELECT state FROM core_report")] == ["open"]
    assert (await acts()) == ["content.hide", "review.undo"]
    await decide(admin, "keep")
    await age(1)
    assert (await admin.post(f"{DESK}/{key}/undo", {})).status == 409, "too late"
    assert "重新放出来" in (await author.open("/inbox")).text
    assert (await reporter.open(url)).status == 200


@pytest.mark.parametrize("what", ["post", "comment", "post of the comment"])
async def test_undoing_a_decision_never_brings_back_what_its_author_deleted(site: LiveSite, what: str) -> None:
    author, reporter = (
        await site.sign_in(await site.villager("发的人")),
        await site.sign_in(await site.villager("举报人")),
    )
    url = thing = await write(author, "要删的话")
    if what != "post":
        await (await author.open(url)).form('form[action$="/comments"]').fill(body="要删的评论").send()
        (row,) = await db.read("SELECT key FROM core_comment")
        thing = f"/v/heping/c/{row['key']}"
    await report(reporter, thing)
    admin = await site.sign_in(await site.village_admin())
    await decide(admin, "hide")
    key = (await case())["key"]
    assert (await author.post(f"{thing if what == 'comment' else url}/delete", {})).status == 200
    assert (await admin.post(f"{DESK}/{key}/undo", {})).status == 409
    table = "core_comment" if what == "comment" else "core_post"
    assert (await db.read(f"SELECT state FROM {table}"))[0]["state"] == "deleted"
    assert (await case())["state"] == "decided"
    assert "review.undo" not in await acts()


async def test_undoing_a_decision_never_undoes_what_somebody_else_decided_since(site: LiveSite) -> None:
    _author, _reporter, url = await reported(site)
    admin, township = await site.sign_in(await site.village_admin()), await site.sign_in(await site.township_admin())
    await decide(admin, "keep")
    key = (await case())["key"]
    await township.post(f"{url}/hide", {"reason": "镇里看了，是假药", "rule": "fraud"})
    assert await state_of(url) == "hidden"
    assert (await admin.post(f"{DESK}/{key}/undo", {})).status == 409
    assert (await state_of(url), "review.undo" in await acts()) == ("hidden", False)


async def test_what_many_households_report_is_out_of_sight_until_somebody_looked(site: LiveSite) -> None:
    await site.set_value(REPORTS_HIDE, 3)
    author, neighbour = (
        await site.sign_in(await site.villager("发的人")),
        await site.sign_in(await site.villager("邻居")),
    )
    admin = await site.sign_in(await site.village_admin())
    url = await write(author, "惹众怒的话")
    fresh = await site.villager("刚来的")
    await db.run_unit(db.write, "UPDATE core_membership SET decided_at = applied_at WHERE person_id = ?", fresh.id)
    for person in (await site.villager("甲"), await site.villager("乙"), fresh):
        await report(await site.sign_in(person), url, "abuse")
    assert await state_of(url) == "visible", "two settled households and one newcomer are not three"
    await report(await site.sign_in(await site.villager("丙")), url, "abuse")
    assert await state_of(url) == "held"
    assert (await neighbour.open(url)).status == 404
    assert "等管理员看" in (await author.open("/inbox")).text
    assert "已经先收起来了" in (await admin.open(DESK)).text
    await decide(admin, "keep", "说得没错，留着")
    assert (await neighbour.open(url)).status == 200
    assert (await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'"))[0]["post_count"] == 1
    assert (await acts()) == ["content.reported_away", "content.keep"]


async def test_one_household_is_one_voice(site: LiveSite) -> None:
    await site.set_value(REPORTS_HIDE, 2)
    author = await site.sign_in(await site.villager("发的人"))
    url = await write(author, "一家人都不爱听的话")
    people = [await site.villager(name) for name in ("爹", "娘", "儿")]
    village = site["heping"]

    async def together() -> None:
        await db.write(
            "INSERT INTO core_household (key, village_id, group_id, number, head_name) VALUES ('h1', ?, ?, '1', '')",
            village.id,
            village.group_ids[0],
        )
        for person in people:
            await db.write(
                "UPDATE core_membership SET household_id = (SELECT id FROM core_household WHERE key = 'h1') WHERE person_id = ?",
                person.id,
            )

    await db.run_unit(together)
    for person in people:
        await report(await site.sign_in(person), url, "abuse")
    assert await state_of(url) == "visible"


async def test_the_table_and_the_public_record_say_how_fast_and_nobodys_name(site: LiveSite) -> None:
    author, reporter, url = await reported(site, "卖假药的秘密话", name="卖药的")
    admin = await site.sign_in(await site.village_admin("田守义"))
    await age(30)
    await decide(admin, "hide", "没有批号的药", rule="fraud")
    await write(author, "第二条")
    second = await write(author, "自己发现的坏话")
    await (await admin.open(f"{second}/hide")).form().fill(reason="骂人").send()
    answer = await admin.open(f"{DESK}/table.csv")
    rows = list(csv.reader(io.StringIO(answer.html.lstrip("\ufeff"))))
    assert [row[-2:] for row in rows[1:]] == [["0.0", "是"], ["30.0", "否"]]
    for visitor, path in (
        (site.visitor(), "/v/heping/moderation"),
        (reporter, "/moderation"),
        (admin, f"{DESK}/table.csv"),
    ):
        page = await visitor.open(path)
        assert page.status == 200
        told = page.html
        assert "像是骗钱的" in told
        for secret in ("卖药的", "田守义", "举报人", "秘密话", "没有批号", url.rsplit("/", 1)[1]):
            assert secret not in told.replace("被举报", ""), (path, secret)
    page = await site.visitor().open("/v/heping/moderation")
    assert page.words(".kpi__v") == ["1件", "0%", "30.0小时"]
    assert (await site.visitor().open("/moderation?region=99999")).status in (200, 404)
    assert "还没有处理过什么" in (await site.visitor().open("/v/donghu/moderation")).text


async def test_the_due_time_is_the_settings(site: LiveSite) -> None:
    await plugin_values.set_value(REVIEW_HOURS, site["heping"].township_id, 2, by="command")
    await reported(site)
    row = await case()
    assert (db.when(row["due_at"]) - db.when(row["opened_at"])).total_seconds() == 2 * 3600
