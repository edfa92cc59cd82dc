"""Finding people across villages: by whole name or number, masked; deciding; a name in clear for a reason that is kept."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from cunli import db
from cunli.console import people, people_pages
from cunli.people.models import MembershipState
from cunli.people.personal import NAME, PHONE
from cunli.testing import sample
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened, Visitor
from cunli.trust.limits import Limit

from .conftest import Grow

NUMBER = "13812345678"


async def somebody(site: LiveSite, slug: str = "heping", state: MembershipState = MembershipState.VERIFIED) -> str:
    """覃小禾 with a real name and a number; returns the membership's key."""
    who = await sample.person("覃小禾")
    await _sealed(who)
    await sample.member(who, site[slug], state=state)
    return await key_of(who, slug, site)


async def _sealed(who: SamplePerson) -> None:
    e164 = f"+86{NUMBER}"
    await db.run_unit(
        db.write,
        "UPDATE core_person SET name = ?, phone = ?, phone_index = ? WHERE id = ?",
        NAME.seal("覃禾香", who.key),
        PHONE.seal(e164, who.key),
        PHONE.index(e164),
        who.id,
    )


async def key_of(who: SamplePerson, slug: str, site: LiveSite) -> str:
    rows = await db.read(
        "SELECT key FROM core_membership WHERE person_id = ? AND village_id = ?", who.id, site[slug].id
    )
    return str(rows[0]["key"])


async def look_for(visitor: Visitor, words: str) -> Opened:
    return await (await visitor.open("/admin/people")).form("[name=q]").fill(q=words).send()


def found(page: Opened) -> list[str]:
    return page.words("tbody th a bdi")


async def state_of(key: str) -> str:
    return str((await db.read("SELECT state FROM core_membership WHERE key = ?", key))[0]["state"])


async def test_somebody_is_found_by_whole_name_and_by_number_and_stays_masked(site: LiveSite) -> None:
    await somebody(site)
    await site.villager("覃小")
    visitor = await site.sign_in(await site.county_admin())
    for words in ("覃小禾", NUMBER, "138 1234 5678", "+8613812345678"):
        page = await look_for(visitor, words)
        assert found(page) == ["覃小禾"], words
        assert NUMBER not in page.url
        assert NUMBER not in page.html.replace(f'value="{words}"', "")
        assert "覃禾香" not in page.html
        assert "138****5678" in page.text
    assert found(await look_for(visitor, "%")) == []
    assert (await visitor.open(f"/admin/people?q={NUMBER}")).status == 400, "not in an address"


async def test_whoever_is_not_in_the_chosen_state_is_looked_for_in_all_of_them(site: LiveSite) -> None:
    await somebody(site, state=MembershipState.APPLIED)
    visitor = await site.sign_in(await site.county_admin())
    page = await look_for(visitor, "覃小禾")
    assert found(page) == ["覃小禾"]
    assert "“已认证”里没有" in page.text
    page = await (await visitor.open("/admin/people")).form("[name=q]").fill(q="覃小禾", state="applied").send()
    assert found(page) == ["覃小禾"]
    assert "里没有" not in page.text
    township = await site.sign_in(await site.township_admin())
    assert found(await look_for(township, "没有这个人")) == []


async def test_a_county_is_never_listed_and_a_village_is(site: LiveSite) -> None:
    await somebody(site)
    visitor = await site.sign_in(await site.county_admin())
    page = await visitor.open("/admin/people")
    assert found(page) == []
    assert "要找谁" in page.text
    assert found(await visitor.open(f"/admin/people?region={site['heping'].region_id}")) == ["覃小禾"]


async def test_nobody_is_found_outside_the_own_region(site: LiveSite) -> None:
    key = await somebody(site, "donghu")
    township = await site.sign_in(await site.township_admin())
    assert found(await look_for(township, NUMBER)) == []
    assert (await township.open(f"/admin/people/{key}")).status == 404
    assert (await township.post(f"/admin/people/{key}/reveal", {"why": "想看看他"})).status == 404
    assert (await township.post(f"/admin/people/{key}/decide", {"do": "suspend", "reason": "x"})).status == 404
    assert await state_of(key) == "verified"
    villager = await site.sign_in(await site.villager("乡亲"))
    assert (await villager.open("/admin/people")).status == 403


async def test_without_the_own_regions_in_the_question_strangers_would_be_found(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await somebody(site, "donghu")
    township = await site.sign_in(await site.township_admin())
    real = people.one

    async def anywhere(ground_ids: list[int], key: str) -> object:
        return await real([site.county_id], key)

    monkeypatch.setattr(people, "one", anywhere)
    assert (await township.open(f"/admin/people/{key}")).status == 200


async def test_a_name_is_shown_in_clear_for_a_reason_that_is_kept(site: LiveSite) -> None:
    key = await somebody(site)
    admin = await site.county_admin()
    visitor = await site.sign_in(admin)
    page = await visitor.open(f"/admin/people/{key}")
    without = await page.form("[name=why]").fill(why="").send()
    assert without.status == 422
    assert "覃禾香" not in without.html
    shown = await page.form("[name=why]").fill(why="核对身份证").send()
    assert "覃禾香" in shown.text
    assert NUMBER in shown.text
    rows = await db.read("SELECT * FROM core_audit_entry WHERE action = 'core.person.reveal'")
    assert len(rows) == 1
    details = json.loads(rows[0]["details"]) if isinstance(rows[0]["details"], str) else rows[0]["details"]
    assert (rows[0]["actor_id"], details["reason"]) == (admin.id, "核对身份证")
    assert "覃禾香" not in json.dumps(details, ensure_ascii=False)
    assert "覃禾香" not in (await visitor.open(f"/admin/people/{key}")).html, "once"


async def test_looking_too_often_is_stopped(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await somebody(site)
    visitor = await site.sign_in(await site.county_admin())
    monkeypatch.setattr(people_pages, "REVEALS", Limit(name="few console reveals", most=2, seconds=3600))
    answers = [await visitor.post(f"/admin/people/{key}/reveal", {"why": "核对身份证"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]


async def searches() -> list[tuple[int, str, str]]:
    rows = await db.read("SELECT * FROM core_audit_entry WHERE action = 'core.people.search' ORDER BY id")
    return [(row["actor_id"], row["object_kind"], str(row["details"])) for row in rows]


async def test_looking_for_numbers_is_limited_and_written_down_and_names_are_not(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await somebody(site)
    admin = await site.county_admin()
    visitor = await site.sign_in(admin)
    monkeypatch.setattr(people_pages, "PHONES", Limit(name="few numbers", most=3, seconds=3600))
    assert found(await look_for(visitor, NUMBER)) == ["覃小禾"]
    assert found(await look_for(visitor, "13987654321")) == []
    sheet = await visitor.post("/admin/people.csv", {"q": NUMBER})
    assert "覃小禾" in sheet.html
    stopped = await look_for(visitor, NUMBER)
    assert (stopped.status, "找得太勤了" in stopped.text, "覃小禾" in stopped.text) == (429, True, False)
    assert (await visitor.post("/admin/people.csv", {"q": NUMBER})).status == 429
    assert found(await look_for(visitor, "覃小禾")) == ["覃小禾"]
    assert found(await look_for(await site.sign_in(await site.township_admin()), NUMBER)) == ["覃小禾"], (
        "each their own"
    )
    kept = await searches()
    assert [(actor == admin.id, kind) for actor, kind, _ in kept] == [
        (True, "person"),
        (True, "region"),
        (False, "person"),
    ]
    assert NUMBER not in str(kept)


async def test_without_the_limit_numbers_would_be_tried_without_end(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await somebody(site)
    visitor = await site.sign_in(await site.county_admin())
    monkeypatch.setattr(people_pages, "PHONES", Limit(name="many numbers", most=10**6, seconds=3600))
    assert [(await look_for(visitor, f"139{n:08}")).status for n in range(70)] == [200] * 70


async def test_somebody_is_verified_suspended_and_let_in_again(site: LiveSite) -> None:
    key = await somebody(site, state=MembershipState.APPLIED)
    visitor = await site.sign_in(await site.township_admin())
    page = await visitor.open(f"/admin/people/{key}")
    verified = await page.form("#decide [name=do][value=verify]").send(button=("do", "verify"))
    assert (await state_of(key), verified.status) == ("verified", 200)
    no_reason = await verified.form("#suspend [name=do]").send(button=("do", "suspend"))
    assert (no_reason.status, await state_of(key)) == (422, "verified")
    stopped = await verified.form("#suspend [name=do]").fill(reason="发广告").send(button=("do", "suspend"))
    assert await state_of(key) == "suspended"
    assert "发广告" in stopped.text
    await stopped.form("#resume [name=do]").send(button=("do", "resume"))
    assert await state_of(key) == "verified"
    actions = [row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert actions == ["core.member.verify", "core.member.suspend", "core.member.resume"]
    assert (await visitor.post(f"/admin/people/{key}/decide", {"do": "promote"})).status == 400


async def test_nobody_decides_about_themselves(site: LiveSite) -> None:
    admin = await site.village_admin()
    key = await key_of(admin, "heping", site)
    visitor = await site.sign_in(admin)
    assert (await visitor.open(f"/admin/people/{key}")).all("[name=do]") == []
    assert (await visitor.post(f"/admin/people/{key}/decide", {"do": "suspend", "reason": "x"})).status == 409


async def test_a_list_of_people_leaves_masked_and_is_written_down(site: LiveSite) -> None:
    await somebody(site)
    visitor = await site.sign_in(await site.county_admin())
    page = await visitor.open(f"/admin/people?region={site['heping'].region_id}")
    answer = await page.form("form[action^='/admin/people.csv']").send()
    assert "覃小禾" in answer.html
    assert "138****5678" in answer.html
    assert "覃禾香" not in answer.html
    rows = await db.read("SELECT COUNT(*) AS n FROM core_audit_entry WHERE action = 'core.people.export'")
    assert rows[0]["n"] == 1
    assert (await visitor.post("/admin/people.csv", {})).status == 400, "not a whole county"


@pytest.mark.parametrize(
    "query", ["state=x", "after=x", "after=1;2", "sort=phone", "after=" + "9" * 20, "phone_index=1"]
)
async def test_what_the_list_does_not_offer_is_refused(site: LiveSite, query: str) -> None:
    visitor = await site.sign_in(await site.county_admin())
    assert (await visitor.open(f"/admin/people?{quote(query, safe='=&')}")).status == 400


async def test_finding_somebody_costs_the_same_in_a_large_county(site: LiveSite, grow: Grow) -> None:
    await somebody(site)
    visitor = await site.sign_in(await site.county_admin())

    async def asked() -> int:
        await look_for(visitor, NUMBER)
        form = (await visitor.open("/admin/people")).form("[name=q]").fill(q=NUMBER)
        with db.counting() as count:
            assert found(await form.send()) == ["覃小禾"]
        return count[0]

    few = await asked()
    await grow(500)
    assert await asked() == few <= 10, "counting it and writing it down are among them"
