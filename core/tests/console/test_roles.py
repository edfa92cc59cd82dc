"""Offices in the console: who is listed for whom, granting with a new account, revoking with a reason, and the history."""

from __future__ import annotations

import pytest

from cunli import db
from cunli.console import ground
from cunli.people import accounts
from cunli.testing import sample
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli.trust.numbers import Phone

HOME = "/admin/roles"


async def role_of(person: int) -> int:
    return int((await db.read("SELECT id FROM core_role WHERE person_id = ? AND revoked_at IS NULL", person))[0]["id"])


async def everybody(site: LiveSite) -> dict[str, Visitor]:
    return {
        "village": await site.sign_in(await site.village_admin("田守义")),
        "sibling": await site.sign_in(await site.village_admin("罗三", "shangba")),
        "township": await site.sign_in(await site.township_admin("镇长")),
        "cousin": await site.sign_in(await site.village_admin("东家", "donghu")),
        "county": await site.sign_in(await site.county_admin("县长")),
        "abroad": await site.sign_in(await site.county_admin("外人", "waixiang")),
    }


async def test_each_official_is_shown_the_offices_of_the_own_subtree(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await everybody(site)
    expected = {
        "village": {"田守义"},
        "township": {"镇长", "田守义", "罗三"},
        "county": {"县长", "镇长", "田守义", "罗三", "东家"},
        "abroad": {"外人"},
    }
    for who, names in expected.items():
        page = await people[who].open(HOME)
        assert set(page.words("tbody th")) == names, who
        csv = (await people[who].open(f"{HOME}.csv")).response.content.decode("utf-8-sig")
        assert {line.split(",")[0] for line in csv.splitlines()[1:]} == names
    villager = await site.sign_in(await site.villager("张桂秀"))
    assert (await villager.open(HOME)).status == 403
    elsewhere = f"{HOME}?region={site['waixiang'].county_id}"
    assert (await people["county"].open(elsewhere)).status == 404
    monkeypatch.setattr(ground, "_owns", lambda own, chain: True)
    assert (await people["county"].open(elsewhere)).status == 200, "the control"


async def test_the_list_is_searched_and_narrowed_to_one_kind(site: LiveSite) -> None:
    people = await everybody(site)
    page = await people["county"].open(f"{HOME}?q=上坝")
    assert page.words("tbody th") == ["罗三"]
    page = await people["county"].open(f"{HOME}?q=100%25")
    assert "没有找到" in page.text
    page = await people["county"].open(f"{HOME}?kind=township_admin")
    assert page.words("tbody th") == ["镇长"]
    assert "村管理员 3" in " ".join(page.words(".tabs a"))
    page = await people["county"].open(f"{HOME}?kind=emperor&page=99999")
    assert len(page.words("tbody th")) == 5, "what nobody means is passed over"


async def test_an_office_is_given_to_somebody_without_an_account(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    page = await county.open(f"{HOME}/new")
    filled = {"kind": "village_admin", "place": "上坝村", "phone": "139 0000 2222", "name": "冉光明", "title": "文书"}
    page = await page.form().fill(**filled).send()
    assert page.url.startswith(HOME)
    assert "冉光明" in page.words("tbody th")
    found = await accounts.find_by_phone(Phone("+8613900002222"))
    rows = await db.read("SELECT kind, region_id, title FROM core_role WHERE person_id = ?", found)
    assert [(r["kind"], r["region_id"], r["title"]) for r in rows] == [
        ("village_admin", site["shangba"].region_id, "文书")
    ]
    told = await db.read("SELECT kind FROM core_notification WHERE person_id = ?", found)
    assert [row["kind"] for row in told] == ["role.granted"]
    acts = await db.read("SELECT action, actor_id FROM core_audit_entry WHERE action LIKE 'core.%' ORDER BY id")
    mine = [row["action"] for row in acts if row["actor_id"] == county.person.id]  # type: ignore[attr-defined]
    assert mine == ["core.person.added", "core.role.granted"]
    page = await (await county.open(f"{HOME}/new")).form().fill(**filled).send()
    assert "已经担任这个职务" in page.text
    assert page.status == 422


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": "12345"}, "手机号不对"),
        ({"place": "没有的村"}, "没有叫“没有的村”"),
        ({"place": "望溪镇"}, "没有叫“望溪镇”"),
        ({"place": "510999001000"}, "不是一级"),
        ({"place": "510998001200"}, "不归你管"),
        ({"place": "599999999999"}, "没有代码是 599999999999 的地方"),
        ({"name": ""}, "“姓名”还没写"),
        ({"kind": "county_admin", "place": "510998000000"}, "不归你管"),
    ],
)
async def test_a_wrong_appointment_says_what_to_do(site: LiveSite, fields: dict[str, str], words: str) -> None:
    county = await site.sign_in(await site.county_admin())
    right = {"kind": "village_admin", "place": "禾坪村", "phone": "13900002222", "name": "冉光明", "title": ""}
    before = await db.read("SELECT COUNT(*) AS n FROM core_role")
    page = await (await county.open(f"{HOME}/new")).form().fill(**{**right, **fields}).send()
    assert page.status == 422
    assert words in page.text
    assert await db.read("SELECT COUNT(*) AS n FROM core_role") == before


async def test_nobody_is_offered_or_gives_an_office_above_their_own(site: LiveSite) -> None:
    township = await site.sign_in(await site.township_admin())
    page = await township.open(f"{HOME}/new")
    assert [box.get("value") for box in page.all("[name=kind]")] == ["village_admin", "township_admin"]
    data = {"kind": "county_admin", "place": "510999000000", "phone": "13900002222", "name": "某", "title": ""}
    assert (await township.post(f"{HOME}/new", data)).status == 422
    assert not await db.read("SELECT 1 FROM core_role WHERE kind = 'county_admin'")


async def test_an_office_is_taken_away_with_a_reason_that_stays(site: LiveSite) -> None:
    people = await everybody(site)
    theirs = await role_of(people["village"].person.id)  # type: ignore[attr-defined]
    page = await (await people["county"].open(HOME)).follow("免去田守义")
    refused = await page.form().fill(reason="").send()
    assert refused.status == 422
    assert "“原因”还没写" in refused.text
    page = await page.form().fill(reason="换届").send()
    assert "田守义" not in page.words("tbody th")
    past = await people["county"].open(f"{HOME}?show=past")
    assert past.words("tbody th") == ["田守义"]
    assert "换届" in past.one("tbody").text_content()
    assert "县长" in past.one("tbody").text_content(), "who did it"
    inbox = await people["village"].open("/inbox")
    assert "你不再担任禾坪村的书记" in inbox.text
    assert "换届" in inbox.text
    entries = await db.read("SELECT details FROM core_audit_entry WHERE action = 'core.role.revoked'")
    assert "换届" in str(entries[0]["details"])
    assert (await people["county"].open(f"{HOME}/{theirs}/revoke")).status == 404, "it is over"


async def test_colleagues_and_strangers_take_nothing_away(site: LiveSite) -> None:
    people = await everybody(site)
    other = await site.township_admin("副镇长")
    theirs = await role_of(other.id)
    expected = {"village": 404, "cousin": 404, "abroad": 404, "township": 403, "county": 200}
    for who, status in expected.items():
        assert (await people[who].open(f"{HOME}/{theirs}/revoke")).status == status, who
        sent = await people[who].post(f"{HOME}/{theirs}/revoke", {"reason": "不该"}, follow=False)
        assert sent.status == (303 if status == 200 else status), who
    assert (await people["county"].open(f"{HOME}/x/revoke")).status == 404


async def test_the_last_one_in_charge_stays_and_the_page_says_what_to_do(site: LiveSite) -> None:
    who = await site.county_admin("县长")
    county = await site.sign_in(who)
    page = await county.open(f"{HOME}/{await role_of(who.id)}/revoke")
    assert "辞去职务" in page.text
    page = await page.form().fill(reason="不干了").send()
    assert page.status == 409
    assert "最后一位管理员" in page.text
    assert await role_of(who.id)


async def test_three_hundred_officials_are_paged(site: LiveSite) -> None:
    for n in range(60):
        await sample.office(await sample.person(f"干部{n:02}"), "village_admin", site["heping"].region_id)
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    assert len(page.words("tbody th")) == 50
    page = await page.follow("下一页")
    assert len(page.words("tbody th")) == 11
    assert "第 2 页，共 2 页" in page.text
