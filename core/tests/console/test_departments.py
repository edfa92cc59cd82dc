"""Departments: founded by the county, written by their editors, read by every village; editors are nothing in a village."""

from __future__ import annotations

import pytest

from cunli import county_departments, db, department_staff
from cunli.departments import granted, queries
from cunli.departments.rules import USUAL, is_slug
from cunli.testing.accounts import account
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import settled

HOME = "/admin/departments"
TELLING = {"kind": "notice", "title": "秋耕补贴开始申报", "body": "带身份证和土地证到镇农服中心"}


async def founded(site: LiveSite, county: Visitor) -> Opened:
    page = await county.open(HOME)
    return await page.form("main form:has([value=nongye])").send()


async def editor_of(site: LiveSite, county: Visitor, name: str = "农技员", phone: str = "13900000301") -> Visitor:
    """Somebody who was let write for 农业农村局."""
    who = await account(phone, name)
    page = await county.open(f"{HOME}/nongye")
    page = await page.form("form[action$=editors]").fill(phone=phone).send()
    assert name in page.text, page.text
    return await site.sign_in(who)


async def published(editor: Visitor, **fields: str) -> Opened:
    page = await editor.open("/dept/nongye/new")
    return await page.form().fill(**{**TELLING, **fields}).send()


async def audited() -> list[str]:
    rows = await db.read("SELECT action FROM core_audit_entry WHERE action LIKE 'core.department.%' ORDER BY id")
    return [row["action"] for row in rows]


def test_what_is_usual_can_be_founded() -> None:
    assert all(is_slug(one.slug) for one in USUAL)
    assert not any(is_slug(text) for text in ("", "a", "Nong", "nong ye", "-nong", "nong-", "农业", "a" * 33, "../x"))


async def test_a_county_founds_a_department_and_its_editor_tells_every_village(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    page = await founded(site, county)
    assert page.url == f"{HOME}/nongye"
    villagers = {slug: await site.villager(f"乡亲{slug}", slug) for slug in ("heping", "donghu", "waixiang")}
    editor = await editor_of(site, county)
    assert "/dept/nongye" in (await editor.open("/me")).links()
    page = await published(editor)
    assert "带身份证和土地证" in page.text
    await settled()
    for slug, who in villagers.items():
        reader = await site.sign_in(who)
        inbox, notices = await reader.open("/inbox"), await reader.open(f"/v/{slug}/notices")
        told = "农业农村局通知：秋耕补贴开始申报" in inbox.text
        assert told == (slug != "waixiang"), "the whole county, and no other"
        assert ("秋耕补贴开始申报" in notices.text) == (slug != "waixiang")
    seen = await (await site.visitor().open("/v/heping/notices")).follow("秋耕补贴开始申报")
    assert "农业农村局" in seen.text
    assert await audited() == ["core.department.found", "core.department.appoint", "core.department.publish"]


async def test_an_article_stands_in_the_section_and_tells_nobody(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    villager = await site.sign_in(await site.villager("张桂秀"))
    await published(await editor_of(site, county), kind="article", title="怎么防稻瘟病")
    await settled()
    assert "怎么防稻瘟病" in (await villager.open("/dept/nongye")).text
    assert "怎么防稻瘟病" not in (await villager.open("/inbox")).text
    assert "怎么防稻瘟病" not in (await villager.open("/v/heping/notices")).text


async def test_an_editor_is_nothing_in_a_village_and_in_other_departments(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    page = await county.open(HOME)
    await page.form("main form:has([value=wenlv])").send()
    editor = await editor_of(site, county)
    for path in ("members", "members/requests", "reports", "households", "invites", "notices/new", "settings", "new"):
        assert (await editor.open(f"/v/heping/{path}")).status == 403, path
    for path in ("/admin", HOME, "/admin/roles", "/admin/plugins", "/dept/wenlv/new"):
        assert (await editor.open(path)).status == 403, path
    assert (await editor.open("/dept/nongye/new")).status == 200
    stranger = await site.sign_in(await site.stranger())
    village = await site.sign_in(await site.village_admin())
    for visitor in (stranger, village, county):
        assert (await visitor.open("/dept/nongye/new")).status == 403
        assert (await visitor.post("/dept/nongye/new", TELLING)).status == 403
    assert not await db.read("SELECT 1 FROM core_department_post")

    async def everything(visit: object) -> frozenset[str]:
        return frozenset({"core.department.publish"})

    monkeypatch.setattr(granted, "granted", everything)
    assert (await stranger.open("/dept/nongye/new")).status == 403, "the section asks again whose it is"

    async def everybody(person_id: int, department_id: int) -> bool:
        return True

    monkeypatch.setattr(queries, "edits", everybody)
    assert (await stranger.open("/dept/nongye/new")).status == 200, "the control"


async def test_who_is_dismissed_writes_no_longer_and_what_was_written_stays(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    editor = await editor_of(site, county)
    await published(editor)
    page = await county.open(f"{HOME}/nongye")
    await page.form("form[action$='/end']").send()
    assert (await editor.open("/dept/nongye/new")).status == 403
    assert "/dept/nongye" not in (await editor.open("/me")).links()
    assert "你不再给农业农村局写通知和文章" in (await editor.open("/inbox")).text
    assert "秋耕补贴" in (await site.visitor().open("/dept/nongye")).text


async def test_a_closed_department_publishes_nothing_and_opens_again(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    editor = await editor_of(site, county)
    page = await county.open(f"{HOME}/nongye")
    page = await page.form("form:has([value=close])").send()
    assert (await editor.open("/dept/nongye/new")).status == 403
    assert "这个栏目停了" in (await site.visitor().open("/dept/nongye")).text
    await page.form("form:has([value=open])").send()
    assert (await editor.open("/dept/nongye/new")).status == 200


async def test_what_was_published_is_changed_taken_back_and_put_out_again(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    editor = await editor_of(site, county)
    page = await published(editor)
    url = page.url
    first = await page.follow("改")
    second = await editor.open(f"{url}/edit")
    page = await first.form().fill(title="秋耕补贴延期").send()
    assert "改过" in page.text
    late = await second.form().fill(title="晚了").send()
    assert late.status == 422
    assert "在别处改过了" in late.text
    await page.form("form:has([value=withdraw])").send()
    visitor = site.visitor()
    assert (await visitor.open(url)).status == 404
    assert "秋耕补贴延期" not in (await visitor.open("/dept/nongye")).text
    page = await editor.open(url)
    assert "撤回了" in page.text
    await page.form("form:has([value=show])").send()
    assert (await visitor.open(url)).status == 200


async def test_personal_data_is_asked_about_before_it_goes_out(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    editor = await editor_of(site, county)
    page = await published(editor, body="联系人电话 13812345678")
    assert page.status == 422
    assert "里面有电话号码" in page.text
    masked = await page.form().send(button=("personal", "mask"))
    assert masked.status == 200
    assert "13812345678" not in masked.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"slug": "Nong Ye"}, "用小写字母和数字"),
        ({"slug": "nongye"}, "有别的部门用了"),
        ({"name": ""}, "“名称”还没写"),
        ({"icon": "../x"}, "“图标”请选一个"),
        ({"hue": "pink"}, "“颜色”请选一个"),
    ],
)
async def test_a_wrong_department_says_what_to_do(site: LiveSite, fields: dict[str, str], words: str) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    right = {"slug": "shuili", "name": "水利局", "about": "", "icon": "droplet", "hue": "indigo"}
    page = await county.post(HOME, {**right, **fields})
    assert page.status == 422
    assert words in page.text
    assert len(await db.read("SELECT 1 FROM core_department")) == 1


async def test_only_the_own_county_looks_after_a_department(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    other = await site.sign_in(await site.county_admin("外江", "waixiang"))
    township = await site.sign_in(await site.township_admin())
    assert (await township.open(HOME)).status == 403
    assert (await other.open(f"{HOME}/nongye")).status == 404
    for path, data in (("", {"do": "close"}), ("/editors", {"phone": "13900000301"}), ("/editors/1/end", {})):
        assert (await other.post(f"{HOME}/nongye{path}", data)).status == 404
        assert (await township.post(f"{HOME}/nongye{path}", data)).status == 403
    assert "农业农村局" not in (await other.open(HOME)).words("main .li__t")
    assert await audited() == ["core.department.found"]


async def test_plugins_are_told_the_departments_of_the_village_in_scope_and_who_is_in_one(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await founded(site, county)
    editor = await editor_of(site, county)
    with db.scope(site["donghu"].id):
        assert [(one.slug, one.name, one.url) for one in await county_departments()] == [
            ("nongye", "农业农村局", "/dept/nongye")
        ]
        staff = await department_staff("nongye")
        assert [(one.person_id, one.name) for one in staff] == [(editor.person.id, "农技员")]  # type: ignore[attr-defined]
        assert await department_staff("nothing") == []
    with db.scope(site["waixiang"].id):
        assert await county_departments() == []
        assert await department_staff("nongye") == []
    with pytest.raises(db.NoScope):
        await county_departments()


def test_the_sections_word_is_kept_from_plugins() -> None:
    from cunli.web.site import core_words

    assert "dept" in core_words()


@pytest.mark.parametrize("below", ["township_id", "region_id"])
async def test_what_a_county_has_one_of_is_the_countys_also_from_a_page_below_it(site: LiveSite, below: str) -> None:
    county, place = await site.sign_in(await site.county_admin()), getattr(site["heping"], below)
    looks = {"slug": "nongye", "name": "农业农村局", "about": "", "icon": "tractor", "hue": "field"}
    await county.post(f"{HOME}?region={place}", looks)
    assert "农业农村局" in (await county.open(f"{HOME}?region={place}")).text
    await county.post(f"/admin/handbook?region={place}", {"title": "管理员手册", "body": "不替人发言。"})
    for table in ("core_department", "core_handbook"):
        rows = await db.read(f"SELECT county_id FROM {table}")
        assert [row["county_id"] for row in rows] == [site["heping"].county_id], table
    for lower in (await site.township_admin(), await site.village_admin()):
        assert (
            await (await site.sign_in(lower)).post(f"{HOME}?region={place}", {**looks, "slug": "x-y"})
        ).status == 403
