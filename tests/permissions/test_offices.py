"""Offices: authority goes down one subtree, nobody lifts themselves, and somebody is always in charge (AZ-8)."""

from __future__ import annotations

import asyncio

import pytest

from cunli import db
from cunli.people import roles as offices
from cunli.people import rules, sessions
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Visitor

KINDS = ("village_admin", "township_admin", "county_admin")


async def held(person_id: int) -> list[tuple[str, int]]:
    rows = await db.read(
        "SELECT kind, region_id FROM core_role WHERE person_id = ? AND revoked_at IS NULL ORDER BY id", person_id
    )
    return [(row["kind"], row["region_id"]) for row in rows]


async def key_of(person_id: int, village_id: int) -> str:
    rows = await db.read(
        "SELECT key FROM core_membership WHERE person_id = ? AND village_id = ?", person_id, village_id
    )
    return str(rows[0]["key"])


async def appoint(by: Visitor, slug: str, kind: str, member: str) -> int:
    return (await by.post(f"/v/{slug}/officials", {"kind": kind, "title": "", "member": member}, follow=False)).status


async def dismiss(by: Visitor, slug: str, who: SamplePerson) -> int:
    rows = await db.read("SELECT id FROM core_role WHERE person_id = ? AND revoked_at IS NULL", who.id)
    return (await by.post(f"/v/{slug}/officials/{rows[0]['id']}/revoke", {}, follow=False)).status


async def test_nobody_gives_an_office_above_or_beside_their_own(site: LiveSite) -> None:
    for slug in ("heping", "shangba", "donghu", "waixiang"):
        await site.villager(f"{slug}人", slug)
    by_office = {
        "village_admin": await site.sign_in(await site.village_admin()),
        "township_admin": await site.sign_in(await site.township_admin()),
        "county_admin": await site.sign_in(await site.county_admin()),
        "no_office": await site.sign_in(await site.villager("平常人")),
    }
    may = {  # office → village → kinds it may give there
        "village_admin": {"heping": 1},
        "township_admin": {"heping": 2, "shangba": 2},
        "county_admin": {"heping": 3, "shangba": 3, "donghu": 3},
        "no_office": {},
    }
    for office, visitor in by_office.items():
        for slug in ("heping", "shangba", "donghu", "waixiang"):
            who = await site.villager(f"{office[:4]}{slug}候选", slug)
            member = await key_of(who.id, site[slug].id)
            for rank, kind in enumerate(KINDS, 1):
                status = await appoint(visitor, slug, kind, member)
                allowed = rank <= may[office].get(slug, 0)
                assert (status == 303) is allowed, (office, slug, kind, status)
                assert status in (303, 403, 422)
            assert len(await held(who.id)) == may[office].get(slug, 0)


async def test_nobody_lifts_themselves(site: LiveSite) -> None:
    for who, slug in (
        (await site.villager("平常人"), "heping"),
        (await site.village_admin(), "heping"),
        (await site.village_admin("上坝书记", "shangba"), "shangba"),
    ):
        visitor = await site.sign_in(who)
        before = await held(who.id)
        mine = await key_of(who.id, site[slug].id)
        for place in ("heping", "shangba", "donghu"):
            for kind in KINDS:
                assert await appoint(visitor, place, kind, mine) in (403, 404, 422)
        assert await held(who.id) == before


async def test_an_office_is_taken_from_above_or_given_up_but_not_by_a_colleague(site: LiveSite) -> None:
    first, second = await site.village_admin("甲"), await site.village_admin("乙")
    township, other = await site.township_admin("镇一"), await site.township_admin("镇二", "donghu")
    await site.county_admin()
    assert await dismiss(await site.sign_in(first), "heping", second) == 403
    assert await dismiss(await site.sign_in(other), "heping", second) == 403
    assert await dismiss(await site.sign_in(first), "heping", township) == 403
    assert len(await held(second.id)) == 1
    assert await dismiss(await site.sign_in(township), "heping", second) == 303
    assert await dismiss(await site.sign_in(first), "heping", first) == 303
    assert await held(first.id) == await held(second.id) == []


async def test_the_last_one_in_charge_stays_even_when_two_leave_at_once(site: LiveSite) -> None:
    only = await site.county_admin()
    assert await dismiss(await site.sign_in(only), "heping", only) == 409
    second = await site.county_admin("县二")
    visitors = [await site.sign_in(only), await site.sign_in(second)]
    statuses = await asyncio.gather(*(dismiss(v, "heping", w) for v, w in zip(visitors, (only, second), strict=True)))
    assert sorted(statuses) == [303, 409]
    assert len([*await held(only.id), *await held(second.id)]) == 1


async def test_an_office_given_or_taken_counts_at_once_and_ends_the_old_sessions(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    who = await site.villager("新书记")
    before = await site.sign_in(who)
    assert await appoint(county, "heping", "village_admin", await key_of(who.id, site["heping"].id)) == 303
    assert (await before.open("/me", follow=False)).status == 303
    after = await site.sign_in(who)
    assert (await after.open("/v/heping/members")).status == 200
    assert await dismiss(county, "heping", who) == 303
    assert (await after.open("/v/heping/members")).status == 403
    assert (await after.post("/v/heping/invites", {})).status == 403


async def test_officials_cannot_act_on_the_membership_of_somebody_in_office(site: LiveSite) -> None:
    """Neither suspend a colleague, nor close the account of somebody who is over them."""
    admin = await site.sign_in(await site.village_admin("甲"))
    colleague = await site.village_admin("乙")
    boss = await site.villager("镇里的人")
    await offices.grant(None, boss.id, "township_admin", site["heping"].township_id, by="command")
    for who in (colleague, boss):
        member = await key_of(who.id, site["heping"].id)
        for do in ("suspend", "mark_left", "mark_deceased"):
            answer = await admin.post(f"/v/heping/members/{member}/state", {"do": do, "reason": "不想让他管"})
            assert answer.status == 409, do
    rows = await db.read("SELECT state FROM core_person WHERE id IN (?, ?)", colleague.id, boss.id)
    assert {row["state"] for row in rows} == {"active"}


async def test_without_the_rule_of_levels_an_admin_could_give_the_county_away(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "may_grant", lambda held, kind, chain: True)
    monkeypatch.setattr("cunli.people.office_pages.may_grant", lambda held, kind, chain: True)
    who = await site.villager("候选")
    visitor = await site.sign_in(await site.village_admin())
    assert await appoint(visitor, "heping", "county_admin", await key_of(who.id, site["heping"].id)) == 303
    assert await sessions.end_sessions(who.id) == 0
