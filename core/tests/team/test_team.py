"""The handbook (S45): versions, who has read which, reminders. Tutors (S47): appointed, no rights, words that the villager takes."""

from __future__ import annotations

import asyncio

import pytest

from cunli import db
from cunli.clock import today
from cunli.team import handbook, tutors
from cunli.testing.accounts import account
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson, member


async def told(kind: str) -> list[int]:
    return [
        row["person_id"]
        for row in await db.read("SELECT person_id FROM core_notification WHERE kind = ? ORDER BY person_id", kind)
    ]


async def test_officials_say_they_read_a_version_and_the_county_sees_who_has_not(site: LiveSite) -> None:
    county, village = await site.county_admin("县里"), await site.village_admin("田守义")
    elsewhere = await site.village_admin("外县的", "waixiang")
    console = await site.sign_in(county)
    page = await console.open("/admin/handbook")
    assert "还没有发过" in page.text
    page = (
        await page.form("form[action^='/admin/handbook'] textarea")
        .fill(title="管理员手册", body="不替人发言。\n不外传名册。")
        .send()
    )
    assert "2 位管理员里 2 位还没看" in page.text
    assert await told("handbook.asked") == sorted([county.id, village.id])
    assert elsewhere.id not in await told("handbook.asked")
    mine = await site.sign_in(village)
    read = await (await mine.open("/me/handbook")).form("form[action='/me/handbook']").send()
    assert "看过这一版" in read.text
    assert "1 位还没看" in (await console.open("/admin/handbook")).text
    same = await (await console.open("/admin/handbook")).form("form[action^='/admin/handbook'] textarea").send()
    assert (same.status, "一个字不差" in same.text) == (422, True)
    await (
        (await console.open("/admin/handbook"))
        .form("form[action^='/admin/handbook'] textarea")
        .fill(body="不替人发言。")
        .send()
    )
    page = await console.open("/admin/handbook")
    assert "2 位还没看" in page.text
    assert "看过第 1 版" in page.text
    sheet = await page.form("form[action^='/admin/handbook.csv']").send()
    assert "田守义" in sheet.html
    assert [v.body for v in await handbook.versions(site["heping"].county_id)] == [
        "不替人发言。",
        "不替人发言。\n不外传名册。",
    ]
    acts = [
        row["action"]
        for row in await db.read("SELECT action FROM core_audit_entry WHERE action LIKE 'core.handbook.%' ORDER BY id")
    ]
    assert acts == ["core.handbook.published", "core.handbook.read", "core.handbook.published", "core.handbook.export"]


async def test_the_handbook_of_another_county_and_an_old_version_are_nobodys_to_acknowledge(site: LiveSite) -> None:
    county, village = await site.county_admin(), await site.village_admin("外县的", "waixiang")
    await handbook.publish(site["heping"].county_id, county.id, "手册", "一")
    (book,) = await handbook.versions(site["heping"].county_id)
    other = await site.sign_in(village)
    assert (await other.post("/me/handbook", {"handbook": str(book.id)})).status == 404
    mine = await site.sign_in(county)
    assert (await mine.post("/me/handbook", {"handbook": str(book.id)})).status == 200
    await handbook.publish(site["heping"].county_id, county.id, "手册", "二")
    assert (await mine.post("/me/handbook", {"handbook": str(book.id)})).status == 404
    villager = await site.sign_in(await site.villager("罗春秀"))
    assert (await villager.open("/me/handbook")).status == 404
    assert (await villager.open("/admin/handbook")).status == 403
    assert (await (await site.sign_in(await site.township_admin())).open("/admin/handbook")).status == 403


async def test_a_reminder_is_once_a_day(site: LiveSite) -> None:
    county = await site.county_admin()
    await handbook.publish(site["heping"].county_id, county.id, "手册", "一")
    assert await handbook.remind(site["heping"].county_id) == 1
    assert await told("handbook.asked") == [county.id]


# ---- tutors ------------------------------------------------------------------------------------------------------------


async def test_officials_who_send_at_the_same_moment_come_one_after_the_other(site: LiveSite) -> None:
    county, helper = await site.county_admin("县里"), await site.villager("助教")
    region = site["heping"].county_id
    versions = await asyncio.gather(*(handbook.publish(region, county.id, "手册", f"第 {n} 稿") for n in range(6)))
    assert sorted(versions) == [1, 2, 3, 4, 5, 6]
    tries = [tutors.appoint(county.id, region, helper.id) for _ in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(one) for one in answers if one is not None] == [tutors.AlreadyTutor] * 5
    assert len(await tutors.of_person(helper.id)) == 1


async def tutor(site: LiveSite) -> SamplePerson:
    who = await account("13900001111", "助教老李", password="")
    await tutors.appoint((await site.county_admin("请人的")).id, site["heping"].township_id, who.id)
    return who


async def test_a_township_appoints_and_thanks_a_tutor_and_others_do_not(site: LiveSite) -> None:
    await account("13900001111", "助教老李", password="")
    town = await site.sign_in(await site.township_admin())
    page = await town.open("/admin/tutors")
    wrong = await page.form("form[action^='/admin/tutors'] input[name=phone]").fill(phone="13911112222").send()
    assert "还没登录过" in wrong.text
    page = await page.form("form[action^='/admin/tutors'] input[name=phone]").fill(phone="13900001111").send()
    assert "助教老李" in page.text
    again = await page.form("form[action^='/admin/tutors'] input[name=phone]").fill(phone="13900001111").send()
    assert "已经是这里的助教" in again.text
    (row,) = await db.read("SELECT key FROM core_tutor")
    far = await site.sign_in(await site.township_admin("东湖", "donghu"))
    assert "助教老李" not in (await far.open("/admin/tutors")).text
    assert (await far.post(f"/admin/tutors/{row['key']}/end")).status == 404
    assert (await (await site.sign_in(await site.village_admin())).open("/admin/tutors")).status == 403
    assert "助教老李" in (await (await site.sign_in(await site.county_admin())).open("/admin/tutors")).text
    page = await page.form(f"form[action^='/admin/tutors/{row['key']}']").send()
    assert "还没有助教" in page.text


async def test_a_tutor_has_no_rights_in_the_village(site: LiveSite) -> None:
    visitor = await site.sign_in(await tutor(site))
    assert (await visitor.open("/tutor")).status == 200
    for path in ("/admin", "/v/heping/members", "/v/heping/new", "/v/heping/young", "/admin/tutors"):
        assert (await visitor.open(path)).status == 403, path
    assert (await (await site.sign_in(await site.villager("罗春秀"))).open("/tutor")).status == 404


async def test_words_are_published_by_the_villager_alone(site: LiveSite) -> None:
    helper = await site.sign_in(await tutor(site))
    old = await account("13900002222", "覃婆婆", password="")
    await member(old, site["heping"])
    page = await helper.open("/tutor")
    sent = (
        await page.form("#words")
        .fill(village=str(site["heping"].id), phone="13900002222", body="晒谷场的灯坏了")
        .send()
    )
    strange = (
        await page.form("#words").fill(village=str(site["heping"].id), phone="13900003333", body="没有这个人").send()
    )
    assert (sent.status, strange.status) == (200, 200)  # who lives here is not said
    assert await told("tutor.wrote") == [old.id]
    (row,) = await db.read("SELECT key FROM core_written_for")
    url = f"/me/written/{row['key']}"
    for other in (helper, await site.sign_in(await site.villager("别人"))):
        assert (await other.open(url)).status == 404
        assert (await other.post(url, {"do": "take", "body": "替她发"})).status == 404
    assert not await db.read("SELECT 1 FROM core_draft")
    own = await site.sign_in(old)
    page = await own.open(url)
    compose = await page.form("form").fill(body="晒谷场的灯坏了，请村里看看").send(button=("do", "take"))
    assert compose.url == "/v/heping/new"
    assert "请村里看看" in compose.html
    assert not await db.read("SELECT 1 FROM core_post")  # still hers to send
    await compose.form("#post").send()
    (post,) = await db.read("SELECT author_id, body FROM core_post")
    assert (post["author_id"], post["body"]) == (old.id, "晒谷场的灯坏了，请村里看看")
    (kept,) = await db.read("SELECT body, state FROM core_written_for")
    assert (kept["body"], kept["state"]) == ("", "taken")


async def test_a_tutor_of_a_county_chooses_among_all_its_villages_each_with_its_township(site: LiveSite) -> None:
    who = await account("13900001111", "助教老李", password="")
    await tutors.appoint((await site.county_admin()).id, site["heping"].county_id, who.id)

    async def copy(table: str, id_: int, **other: object) -> int:
        (row,) = await db.read(f'SELECT * FROM "{table}" WHERE id = ?', id_)
        values = {column: row[column] for column in row.keys() if column != "id"} | other  # noqa: SIM118 a row, no dict
        names = ", ".join(values)
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({db.marks([*values])}) RETURNING id'
        return int((await db.read(sql, *values.values()))[0]["id"])

    async def found() -> None:
        for number in range(401):
            region = await copy("core_region", site["heping"].region_id, code=f"51099900{number:04d}")
            await copy("core_village", site["heping"].id, region_id=region, slug=f"copy-{number}", name="同名村")

    await db.run_unit(found)
    page = await (await site.sign_in(who)).open("/tutor")
    offered = page.words("select[name=village] option")
    township = (await db.read("SELECT name FROM core_region WHERE id = ?", site["heping"].township_id))[0]["name"]
    assert offered.count(f"{township} 同名村") == 401
    last = page.all("select[name=village] option")[-1].get("value")
    assert (
        await page.form("#words").fill(village=last, phone="13900002222", body="晒谷场的灯坏了").send()
    ).status == 200


async def test_words_that_are_not_wanted_are_deleted_and_a_foreign_village_is_none(site: LiveSite) -> None:
    who = await tutor(site)
    helper, old = await site.sign_in(who), await site.villager("覃婆婆")
    outside = await helper.post(
        "/tutor/words", {"village": str(site["donghu"].id), "phone": "13900002222", "body": "x"}
    )
    assert outside.status == 404
    await tutors.write_for(who.id, site["heping"].id, old.id, "不是我说的")
    (row,) = await db.read("SELECT key FROM core_written_for")
    own = await site.sign_in(old)
    await (await own.open(f"/me/written/{row['key']}")).form("form").send(button=("do", "refuse"))
    (kept,) = await db.read("SELECT body, state FROM core_written_for")
    assert (kept["body"], kept["state"]) == ("", "refused")
    assert "删掉了" in (await own.open(f"/me/written/{row['key']}")).text


async def test_a_tour_is_planned_and_reported_by_its_tutor(site: LiveSite) -> None:
    who = await tutor(site)
    helper = await site.sign_in(who)
    (mine,) = await tutors.of_person(who.id)
    page = await helper.open("/tutor")
    wrong = await page.form("#plan").fill(day="明天", place="村委会").send()
    assert wrong.status == 422
    page = await page.form("#plan").fill(where=str(mine.id), day=today().isoformat(), place="村委会二楼").send()
    assert "村委会二楼" in page.text
    (row,) = await db.read("SELECT key FROM core_tour")
    form = page.form(f"form[action='/tutor/tours/{row['key']}']")
    assert (await form.fill(attended="许多").send()).status == 422
    page = await form.fill(attended="23", notes="怎么发照片").send()
    assert "来了 23 位" in page.text
    board = await (await site.sign_in(await site.county_admin())).open("/admin/tutors")
    assert "怎么发照片" in board.text
    other = await account("13900004444", "另一位助教", password="")
    await tutors.appoint(who.id, site["donghu"].township_id, other.id)
    stolen = await (await site.sign_in(other)).post(f"/tutor/tours/{row['key']}", {"attended": "1", "notes": ""})
    assert stolen.status == 404


async def test_more_tutors_and_days_than_a_page_holds_are_counted_and_paged(site: LiveSite) -> None:
    region, county = site["heping"].township_id, await site.county_admin()
    helpers = [await site.stranger(f"助教{n:03}") for n in range(60)]
    for one in helpers:
        await tutors.appoint(county.id, region, one.id)
    (first,) = await tutors.of_person(helpers[0].id)
    for n in range(60):
        await tutors.plan(first.id, today(), f"第{n:03}处")
    console = await site.sign_in(county)
    page = await console.open("/admin/tutors")
    assert page.text.count("一共 60 条 · 第 1 页，共 2 页") == 2
    seen, places = [page.text], [page.text]
    seen.append((await console.open("/admin/tutors?page=2")).text)
    places.append((await console.open("/admin/tutors?page=2&days=2")).text)
    assert all(sum(f"助教{n:03}" in text.split("下去的日子")[0] for text in seen) == 1 for n in range(60))
    assert all(sum(f"第{n:03}处" in text for text in places) == 1 for n in range(60))
    assert (await console.open("/admin/tutors?page=-1&days=" + "9" * 30)).status == 200
    (last,) = await tutors.of_person(helpers[-1].id)
    await console.post(f"/admin/tutors/{last.key}/end", {})
    assert not await tutors.of_person(helpers[-1].id), "whoever stands on a later page is ended too"
    helper = await site.sign_in(helpers[0])
    own = [await helper.open("/tutor"), await helper.open("/tutor?days=2")]
    assert "一共 60 条 · 第 1 页，共 2 页" in own[0].text
    assert all(sum(f"第{n:03}处" in one.text for one in own) == 1 for n in range(60))


@pytest.mark.parametrize("who", ["region", "missing"])
async def test_ending_somebody_elses_tutor_is_a_404(site: LiveSite, who: str) -> None:
    await tutor(site)
    town = await site.sign_in(await site.township_admin())
    key = "nobody-has-this-key-aa" if who == "missing" else (await db.read("SELECT key FROM core_tutor"))[0]["key"]
    status = (await town.post(f"/admin/tutors/{key}/end")).status
    assert status == (404 if who == "missing" else 200)
