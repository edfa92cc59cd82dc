"""The county's front page, finding a village, its introduction, and the pages on which it is written."""

from __future__ import annotations

import pytest

from cunli import db
from cunli.people.models import Membership
from cunli.places import queries
from cunli.places.merging import merge_regions
from cunli.places.models import Level
from cunli.places.opening import rename_region
from cunli.testing import sample
from cunli.testing.live import LiveSite


async def add_unopened(site: LiveSite) -> int:
    return await sample.region(
        "510999001300", "龙溪口村", Level.VILLAGE, site.township_id, pinyin="longxikoucun", initials="lxkc"
    )


# ---- front page and finding ----------------------------------------------------------------------------------------


async def test_the_front_page_shows_what_is_open_and_the_way_down(site: LiveSite) -> None:
    await site.villager("覃小禾")
    page = await site.visitor().open("/")
    assert page.status == 200
    assert "禾坪村" in page.text
    assert "1 人已认证" in page.text
    assert "/v/heping/" in page.links()
    assert any(link.startswith("/find?region=") for link in page.links())


async def test_whoever_has_a_home_village_goes_straight_there(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("覃小禾"))
    page = await visitor.open("/", follow=False)
    assert (page.status, page.headers["location"]) == (303, "/v/heping/")
    stranger = await site.sign_in(await site.stranger())
    assert (await stranger.open("/", follow=False)).status == 200


async def test_a_village_is_found_chosen_and_applied_to_without_script(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.stranger())
    found = await visitor.open("/find?q=heping")
    assert "找到 1 个" in found.text
    form = found.form("#hits form")
    applied = await form.fill(village="heping").send()
    assert applied.url == "/v/heping/join"


async def test_two_taps_down_the_tree_lead_to_the_application(site: LiveSite) -> None:
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE slug = 'waixiang'")
    visitor = await site.sign_in(await site.stranger())
    first = await visitor.open("/find")
    second = await first.follow("望溪镇")
    assert "澜川县›望溪镇" in second.text
    third = await second.follow("禾坪村")
    assert third.url == "/v/heping/join"


async def test_the_live_answer_is_the_same_region_of_the_full_page(site: LiveSite) -> None:
    visitor = site.visitor()
    full = await visitor.open("/find?q=he")
    live = await visitor.open("/find?q=he", HX_Request="true")
    assert live.html.strip().startswith("<div")
    assert "<html" not in live.html
    assert live.text == " ".join(full.one("#hits").text_content().split())


async def test_an_unopened_village_is_found_and_said_to_be_unopened(site: LiveSite) -> None:
    region_id = await add_unopened(site)
    visitor = site.visitor()
    page = await visitor.open("/find?q=lxkc")
    assert "还没开通" in page.text
    assert not page.all("#hits input[type=radio]")
    told = await visitor.open(f"/find?region={region_id}")
    assert "龙溪口村还没开通" in told.text
    assert "望溪镇" in told.text


ODD = (
    "q=%25", "q=_", "q=%5C", "q=%27%22%3E%3Cb%3E", "q=" + "%E6%9D%91" * 300, "q=%00", "region=9999999999", "region=-1",
    "region=x", "region=all", "region=", "village=nowhere", "village=%00", "village=..%2F..", "q=&region=",
)  # fmt: skip


async def test_whatever_is_asked_the_page_answers(site: LiveSite) -> None:
    visitor = site.visitor()
    answers = {query: await visitor.open(f"/find?{query}") for query in ODD}
    assert {query: page.status for query, page in answers.items()} == dict.fromkeys(ODD, 200)
    assert all(page.all("#hits") for page in answers.values())


async def test_what_was_typed_is_shown_escaped(site: LiveSite) -> None:
    page = await site.visitor().open("/find?q=%3Cimg%20src%3Dx%3E")
    assert "<img src=x" not in page.html
    assert "没有找到" in page.text


async def test_an_empty_county_says_so(site: LiveSite) -> None:
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed'")
    await db.run_unit(db.write, "UPDATE core_region SET state = 'vanished'")
    visitor = site.visitor()
    assert "还没有村庄" in (await visitor.open("/")).text
    assert "没有找到" in (await visitor.open("/find?q=heping")).text


async def test_old_addresses_lead_on_after_a_rename_and_a_merge(site: LiveSite) -> None:
    visitor = site.visitor()
    await rename_region("510999001200", "金禾村村委会")
    moved = await visitor.open("/v/heping/about", follow=False)
    assert (moved.status, moved.headers["location"]) == (301, "/v/jinhe/about")
    await merge_regions(["510999001200"], "510999001201")
    for address in ("heping", "jinhe", "510999001200", "510999001201"):
        page = await visitor.open(f"/v/{address}/about?x=1")
        assert (page.status, page.url) == (200, "/v/shangba/about?x=1")


# ---- introduction and settings -------------------------------------------------------------------------------------


async def test_the_introduction_is_for_everybody_and_editing_is_not(site: LiveSite) -> None:
    about = await site.visitor().open("/v/heping/about")
    assert about.status == 200
    assert "028-88790000" in about.text
    assert "改资料" not in about.text
    villager = await site.sign_in(await site.villager("覃小禾"))
    neighbour = await site.sign_in(await site.village_admin("邻村书记", "shangba"))
    for visitor in (villager, neighbour):
        assert (await visitor.open("/v/heping/settings")).status == 403
        assert (await visitor.post("/v/heping/settings", {"motto": "x"})).status == 403
        assert (await visitor.open("/v/heping/households")).status == 403
    admin = await site.sign_in(await site.village_admin())
    assert "改资料" in (await admin.open("/v/heping/about")).text


async def test_an_admin_writes_the_village_and_everybody_reads_it(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await admin.open("/v/heping/settings")
    done = await page.form("form[action$='/settings']").fill(
        motto="山好水好", introduction="第一行\n<b>第二行</b>", phone="028-88 790 111", address="禾坪村一组",
        market_days="逢三、八", cloth="tea", dye="teal",
    ).send()  # fmt: skip
    assert done.status == 200
    assert "改好了" in done.text
    about = await site.visitor().open("/v/heping/about")
    assert "山好水好" in about.text
    assert "<b>第二行</b>" in about.text
    assert "<b>第二行" not in about.html
    assert "农历逢三、八" in about.text
    assert about.all("header[data-cloth='tea'][data-dye='teal']")
    entry = (await db.read("SELECT action, village_id FROM core_audit_entry ORDER BY id DESC LIMIT 1"))[0]
    assert (entry["action"], entry["village_id"]) == ("core.village.describe", site["heping"].id)


BAD_FIELDS = (
    ("motto", "很" * 41, "最多 40 个字"),
    ("introduction", "很" * 4001, "最多 4000 个字"),
    ("phone", "javascript:alert(1)", "电话写成"),
    ("phone", "12", "电话写成"),
    ("market_days", "天天", "尾数"),
    ("cloth", "cinnabar", "请选一个"),
    ("dye", "cinnabar", "请选一个"),
)


async def test_a_bad_field_is_said_and_nothing_typed_is_lost(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await admin.open("/v/heping/settings")
    for field, value, words in BAD_FIELDS:
        fields = {"address": "新地址", "cloth": "rice", "dye": "", field: value}
        refused = await page.form("form[action$='/settings']").fill(**fields).send()
        assert (refused.status, words in refused.text, "新地址" in refused.html) == (422, True, True), field
    village = await queries.find_by_address("heping")
    assert isinstance(village, queries.VillageNow)
    assert village.address == ""


async def test_groups_are_added_renamed_and_removed_only_when_empty(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await admin.open("/v/heping/settings")
    await page.form("form[action$='/settings/groups']").fill(group_name="河边组").send()
    groups = {group.name: group for group in await queries.groups_of(site["heping"].id)}
    assert list(groups) == ["一组", "二组", "三组", "河边组"]
    url = f"/v/heping/settings/groups/{groups['河边组'].id}"
    page = await admin.open("/v/heping/settings")
    await page.form(f"form[action$='{url}']").fill(name="河东组").send()
    page = await admin.open("/v/heping/settings")
    assert "河东组" in page.html
    gone = await page.form(f"form[action$='{url}']").send(button=("do", "remove"))
    assert "河东组" not in gone.html
    full = f"/v/heping/settings/groups/{groups['一组'].id}"  # the admin is in it
    refused = await page.form(f"form[action$='{full}']").send(button=("do", "remove"))
    assert refused.status == 422
    assert "还有人" in refused.text
    assert len(await queries.groups_of(site["heping"].id)) == 3


async def test_a_taken_or_foreign_group_is_refused(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await admin.open("/v/heping/settings")
    taken = await page.form("form[action$='/settings/groups']").fill(group_name="二组").send()
    assert taken.status == 422
    assert "已经有“二组”了" in taken.text
    foreign = site["shangba"].group_ids[0]
    token = page.form("form[action$='/settings/groups']").fields
    for data in ({"name": "抢来的"}, {"do": "remove"}):
        answer = await admin.post(f"/v/heping/settings/groups/{foreign}", {**token, **data})
        assert answer.status == 404
    names = [group.name for group in await queries.groups_of(site["shangba"].id)]
    assert names == ["一组", "二组", "三组"]


async def test_the_same_form_five_times_makes_one_group(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    form = (await admin.open("/v/heping/settings")).form("form[action$='/settings/groups']").fill(group_name="河边组")
    answers = [await form.send() for _ in range(5)]
    assert {answer.status for answer in answers} == {200}
    assert len(await queries.groups_of(site["heping"].id)) == 4


async def test_the_smartphone_figure_makes_the_rate(site: LiveSite) -> None:
    await db.run_unit(db.write, "UPDATE core_village SET verified_count = 382 WHERE slug = 'heping'")
    admin = await site.sign_in(await site.county_admin())
    page = await admin.open("/v/heping/settings")
    done = await page.form("form[action$='/settings/figure']").fill(users="450", as_of="2026-10-01").send()
    assert "84.9%" in done.text
    assert "2026年10月1日" in done.text
    about = await site.visitor().open("/v/heping/about")
    assert "84.9%" in about.text
    page = await admin.open("/v/heping/settings")
    for bad in (
        {"users": "0"},
        {"users": "许多"},
        {"users": "5", "as_of": "2999-01-01"},
        {"users": "5", "as_of": "昨天"},
    ):
        refused = await page.form("form[action$='/settings/figure']").fill(**bad).send()
        assert refused.status == 422


# ---- households ----------------------------------------------------------------------------------------------------


async def test_the_register_takes_households_and_shows_heads_masked(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await admin.open("/v/heping/households")
    group = str(site["heping"].group_ids[1])
    done = await page.form().fill(number="12-1", group=group, head_name="覃长顺").send()
    assert "12-1" in done.text
    assert "覃长顺" not in done.html
    assert "覃*顺" in done.text
    stored = (await db.read("SELECT head_name FROM core_household"))[0]["head_name"]
    assert "覃长顺" not in stored
    village = await queries.find_by_address("heping")
    assert isinstance(village, queries.VillageNow)
    assert village.household_count == 1
    again = await page.form().fill(number="12-1", group=group, head_name="覃长顺").send()
    assert again.status == 200  # the same form: the first answer
    other = await (await admin.open("/v/heping/households")).form().fill(number="12-1").send()
    assert other.status == 422
    assert "已经登记过" in other.text


async def test_a_household_moves_with_its_people_and_closes_only_when_empty(site: LiveSite) -> None:
    who = await site.villager("覃小禾")
    admin = await site.sign_in(await site.village_admin())
    here = site["heping"]
    await (await admin.open("/v/heping/households")).form().fill(number="7", group=str(here.group_ids[0])).send()
    household = (await queries.households_of(here.id))[0]
    with db.scope(here.id):
        await db.run_unit(
            db.write, "UPDATE core_membership SET household_id = ? WHERE person_id = ?", household.id, who.id
        )
    page = await admin.open(f"/v/heping/households/{household.key}")
    moved = await page.form().fill(number="7甲", group=str(here.group_ids[2])).send()
    assert "7甲" in moved.text
    with db.scope(here.id):
        assert (await Membership.get(person_id=who.id)).group_id == here.group_ids[2]
    page = await admin.open(f"/v/heping/households/{household.key}")
    assert "注销" not in page.text
    refused = await page.form().fill(do="close").send()
    assert refused.status == 422
    assert "还有认证过的乡亲" in refused.text
    await db.run_unit(db.write, "UPDATE core_membership SET household_id = NULL WHERE person_id = ?", who.id)
    page = await admin.open(f"/v/heping/households/{household.key}")
    closed = await page.form("details form").send()
    assert "还没有登记户" in closed.text
    assert (await admin.open(f"/v/heping/households/{household.key}")).status == 404


async def test_the_register_of_one_village_says_nothing_of_another(site: LiveSite) -> None:
    here = await site.sign_in(await site.village_admin())
    there = await site.sign_in(await site.village_admin("邻村书记", "shangba"))
    await (await there.open("/v/shangba/households")).form().fill(number="邻村一号").send()
    key = (await queries.households_of(site["shangba"].id))[0].key
    assert "邻村一号" not in (await here.open("/v/heping/households")).html
    assert (await here.open(f"/v/heping/households/{key}")).status == 404
    token = (await here.open("/v/heping/households")).form().fields
    assert (await here.post(f"/v/heping/households/{key}", {**token, "do": "close"})).status == 404
    assert len(await queries.households_of(site["shangba"].id)) == 1


async def test_a_long_register_comes_in_pages(site: LiveSite) -> None:
    from cunli.places import actions

    admin_person = await site.village_admin()
    for n in range(103):
        await actions.register_household(site["heping"].id, f"{n:03d}", None, "", actor=admin_person.id)
    admin = await site.sign_in(admin_person)
    first = await admin.open("/v/heping/households")
    assert "103 户" in first.text
    assert len(first.all("a.li")) == 100
    rest = await first.follow("再看 100 户")
    assert len(rest.all("a.li")) == 3
    live = await admin.open("/v/heping/households?from=100", HX_Request="true")
    assert len(live.all("a.li")) == 3
    assert "<html" not in live.html


@pytest.mark.parametrize("number", ["2147483648", "000000000000" + "9" * 12, "000000000000" + "9" * 1500, "-1", "٣"])
async def test_a_group_with_a_number_that_nothing_has_is_missing(site: LiveSite, number: str) -> None:
    admin = await site.sign_in(await site.village_admin())
    assert (await admin.post(f"/v/heping/settings/groups/{number}", {"do": "remove"})).status == 404
