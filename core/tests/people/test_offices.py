"""Offices: AZ-8 through the pages and the actions, and the last one in charge."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cunli import db
from cunli.people import rules
from cunli.people.queries import PersonNow, session_by_token
from cunli.people.roles import AlreadyHeld, LastInCharge, NotAllowed, WrongLevel, grant, revoke, suspend_account
from cunli.people.sessions import open_session
from cunli.testing.accounts import account
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson, office


async def now(who: SamplePerson) -> PersonNow:
    session = await session_by_token(await open_session(who.id))
    assert session is not None
    return session.person


async def role_of(who: SamplePerson, kind: str) -> int:
    rows = await db.read(
        "SELECT id FROM core_role WHERE person_id = ? AND kind = ? AND revoked_at IS NULL", who.id, kind
    )
    return int(rows[0]["id"])


async def held(who: SamplePerson) -> list[str]:
    rows = await db.read("SELECT kind FROM core_role WHERE person_id = ? AND revoked_at IS NULL ORDER BY id", who.id)
    return [r["kind"] for r in rows]


async def places(site: LiveSite) -> dict[str, tuple[str, int]]:
    """Every region of the sample and the office that belongs on it."""
    return {
        "own county": ("county_admin", site.county_id),
        "own township": ("township_admin", site.township_id),
        "own village": ("village_admin", site["heping"].region_id),
        "sibling village": ("village_admin", site["shangba"].region_id),
        "sibling township": ("township_admin", site["donghu"].township_id),
        "cousin village": ("village_admin", site["donghu"].region_id),
        "other county": ("county_admin", site["waixiang"].county_id),
        "other village": ("village_admin", site["waixiang"].region_id),
    }


ALLOWED = {
    "county_admin": {
        "own county",
        "own township",
        "own village",
        "sibling village",
        "sibling township",
        "cousin village",
    },
    "township_admin": {"own township", "own village", "sibling village"},
    "village_admin": {"own village"},
}


@pytest.mark.parametrize("kind", list(ALLOWED))
async def test_everybody_grants_in_their_own_subtree_and_never_above_themselves(site: LiveSite, kind: str) -> None:
    """AZ-8: every office against every place, by the action that all pages use."""
    makers = {
        "county_admin": site.county_admin,
        "township_admin": site.township_admin,
        "village_admin": site.village_admin,
    }
    actor = await now(await makers[kind]())
    newcomer = await site.stranger()
    granted = set()
    for name, (office_kind, region_id) in (await places(site)).items():
        try:
            await grant(actor, newcomer.id, office_kind, region_id)
            granted.add(name)
        except NotAllowed:
            continue
    assert granted == ALLOWED[kind]
    assert len(await db.read("SELECT 1 FROM core_audit_entry WHERE action = 'core.role.granted'")) == len(granted)


@pytest.mark.parametrize("kind", list(ALLOWED))
async def test_everybody_takes_from_below_only(site: LiveSite, kind: str) -> None:
    makers = {
        "county_admin": site.county_admin,
        "township_admin": site.township_admin,
        "village_admin": site.village_admin,
    }
    await site.county_admin("另一位县管理员")
    actor = await now(await makers[kind]())
    taken = set()
    for name, (office_kind, region_id) in (await places(site)).items():
        for twice in range(2):  # a colleague, so that nobody is the last
            await office(await site.stranger(f"{name}{twice}"), office_kind, region_id)
        target = await site.stranger(name)
        await office(target, office_kind, region_id)
        try:
            await revoke(actor, await role_of(target, office_kind))
            taken.add(name)
        except NotAllowed:
            assert await held(target) == [office_kind]
    own = {"county_admin": "own county", "township_admin": "own township", "village_admin": "own village"}[kind]
    assert taken == ALLOWED[kind] - {own}


async def test_planted_control_without_the_subtree_check_anybody_grants_anywhere(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = await now(await site.village_admin())
    newcomer = await site.stranger()
    with pytest.raises(NotAllowed):
        await grant(actor, newcomer.id, "county_admin", site.county_id)
    monkeypatch.setattr(rules, "may_grant", lambda *a: True)
    await grant(actor, newcomer.id, "county_admin", site.county_id)
    assert await held(newcomer) == ["county_admin"]


async def test_an_office_belongs_on_its_level(site: LiveSite) -> None:
    newcomer = await site.stranger()
    for kind, region_id in (
        ("county_admin", site.township_id),
        ("village_admin", site.county_id),
        ("mayor", site.county_id),
        ("village_admin", 0),
    ):
        with pytest.raises((WrongLevel, NotAllowed)):
            await grant(None, newcomer.id, kind, region_id, by="command")
    await grant(None, newcomer.id, "county_admin", site.county_id, by="command")
    with pytest.raises(AlreadyHeld):
        await grant(None, newcomer.id, "county_admin", site.county_id, by="command")


async def test_the_last_county_admin_stays(site: LiveSite) -> None:
    first, second = await site.county_admin("甲"), await site.county_admin("乙")
    await revoke(None, await role_of(first, "county_admin"), by="command")
    for attempt in (None, await now(second)):
        with pytest.raises(LastInCharge):
            await revoke(attempt, await role_of(second, "county_admin"))
    with pytest.raises(LastInCharge):
        await suspend_account(second.id)
    assert await held(second) == ["county_admin"]


async def test_the_last_one_in_a_villages_chain_stays_but_not_while_somebody_stands_above(site: LiveSite) -> None:
    only = await site.village_admin("独一位")
    with pytest.raises(LastInCharge):
        await revoke(None, await role_of(only, "village_admin"), by="command")
    await site.township_admin("镇上的")
    await revoke(None, await role_of(only, "village_admin"), by="command")
    assert await held(only) == []


async def test_a_suspended_colleague_is_nobody_in_charge(site: LiveSite) -> None:
    first, second = await site.county_admin("甲"), await site.county_admin("乙")
    await suspend_account(first.id)
    with pytest.raises(LastInCharge):
        await revoke(None, await role_of(second, "county_admin"), by="command")


async def test_two_last_admins_do_not_remove_each_other_at_once(site: LiveSite) -> None:
    people = [await site.county_admin(name) for name in ("甲", "乙")]
    numbers = [await role_of(p, "county_admin") for p in people]
    answers = await asyncio.gather(*(revoke(None, n, by="command") for n in numbers), return_exceptions=True)
    assert sorted(type(a).__name__ for a in answers) == ["LastInCharge", "NoneType"]
    assert len(await db.read("SELECT 1 FROM core_role WHERE kind = 'county_admin' AND revoked_at IS NULL")) == 1


async def test_a_new_office_needs_a_new_session_and_a_lost_one_counts_at_once(site: LiveSite) -> None:
    """SE-1 after a change of roles, AZ-7 after losing one."""
    who = await site.villager("新来的")
    before = await site.sign_in(who)
    await grant(None, who.id, "village_admin", site["heping"].region_id, by="command")
    assert (await before.open("/me", follow=False)).status == 303
    admin = await site.sign_in(who)
    await site.township_admin()
    assert (await admin.open("/v/heping/members")).status == 200
    await revoke(None, await role_of(who, "village_admin"), by="command")
    assert (await admin.open("/v/heping/members")).status == 403


async def test_the_page_lists_who_is_in_charge_and_appoints_by_phone(site: LiveSite) -> None:
    await site.county_admin("县里的")
    chief = await site.township_admin("镇上的")
    await site.village_admin("田守义")
    newcomer = await account("13800138000", "罗春秀", password="")
    visitor = await site.sign_in(chief)
    page = await visitor.open("/v/heping/officials")
    for words in ("县里的", "镇上的", "田守义", "书记"):
        assert words in page.text
    assert [i.get("value") for i in page.all("input[name=kind]")] == ["village_admin", "township_admin"]
    form = page.form("form[action$='/officials']")
    unknown = await form.fill(phone="13900139000").send()
    assert (unknown.status, "还没登录过" in unknown.text) == (422, True)
    done = await form.fill(phone="138 0013 8000", title="文书", kind="village_admin").send()
    assert "任命好了" in done.text
    assert "文书" in done.text
    assert await held(newcomer) == ["village_admin"]
    told = (await db.read("SELECT kind, params FROM core_notification WHERE person_id = ?", newcomer.id))[0]
    assert told["kind"] == "role.granted"
    gone = await done.form(f"form[action$='/officials/{await role_of(newcomer, 'village_admin')}/revoke']").send()
    assert "免去了" in gone.text
    assert await held(newcomer) == []


async def test_a_member_is_appointed_from_the_list(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(await site.township_admin())
    page = await (await visitor.open("/v/heping/members")).follow("罗春秀")
    done = await page.form("input[name=member]").fill(title="村主任").send()
    assert "任命好了" in done.text
    assert await held(who) == ["village_admin"]


async def test_an_appointment_sent_five_times_is_one(site: LiveSite) -> None:
    who = await account("13800138000", password="")
    visitor = await site.sign_in(await site.township_admin())
    form = (await visitor.open("/v/heping/officials")).form("form[action$='/officials']").fill(phone="13800138000")
    answers = [await form.send() for _ in range(5)]
    assert {a.status for a in answers} == {200}
    assert await held(who) == ["village_admin"]


@pytest.mark.parametrize("kind", ["county_admin", "township_admin"])
async def test_nobody_promotes_themselves(site: LiveSite, kind: str) -> None:
    admin = await account("13800138000", "想升官的", password="")
    await office(admin, "village_admin", site["heping"].region_id)
    visitor = await site.sign_in(admin)
    answer = await visitor.post("/v/heping/officials", {"kind": kind, "phone": "13800138000"})
    assert answer.status == 422
    assert await held(admin) == ["village_admin"]


async def test_an_admin_of_a_neighbour_village_takes_nothing_here(site: LiveSite) -> None:
    target = await site.village_admin("田守义")
    number = await role_of(target, "village_admin")
    neighbour = await site.sign_in(await site.village_admin("上坝书记", "shangba"))
    assert (await neighbour.post(f"/v/heping/officials/{number}/revoke")).status == 403
    assert (await neighbour.post(f"/v/shangba/officials/{number}/revoke")).status == 404
    colleague = await site.sign_in(await site.village_admin("同村的"))
    assert (await colleague.post(f"/v/heping/officials/{number}/revoke")).status == 403
    for hostile in ("0", "99999999999999999999", "x", "-1"):
        assert (await colleague.post(f"/v/heping/officials/{hostile}/revoke")).status == 404
    assert await held(target) == ["village_admin"]


async def test_somebody_gives_up_their_own_office_unless_they_are_the_last(site: LiveSite) -> None:
    who = await site.village_admin("田守义")
    visitor = await site.sign_in(who)
    number = await role_of(who, "village_admin")
    alone = await visitor.post(f"/v/heping/officials/{number}/revoke")
    assert (alone.status, "最后一位管理员" in alone.text) == (409, True)
    await site.county_admin()
    answer: Any = await visitor.post(f"/v/heping/officials/{number}/revoke", follow=False)
    assert answer.headers["location"] == "/me"
    assert await held(who) == []
