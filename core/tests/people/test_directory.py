"""Plugins are told who lives in the village in scope: names, and of no other village."""

from __future__ import annotations

import pytest

from cunli import db, homes, names_of, villagers
from cunli.people.models import MembershipState
from cunli.testing.live import LiveSite


async def test_names_are_those_of_the_verified_people_of_this_village_and_no_other(site: LiveSite) -> None:
    zhang, left = await site.villager("张桂秀"), await site.villager("罗海", state=MembershipState.LEFT)
    other = await site.villager("王小川", "shangba")
    await site.villager("刚申请", state=MembershipState.APPLIED)
    with db.scope(site["heping"].id):
        assert [(one.person_id, one.name, one.household_id) for one in await villagers()] == [
            (zhang.id, "张桂秀", None)
        ]
        named = await names_of(people=[zhang.id, left.id, other.id])
        assert named.people == {zhang.id: "张桂秀", left.id: "罗海"}, "who moved away has a name in what is old"
        assert named.homes == {}
        assert (await names_of()).people == {}
    with db.scope(site["shangba"].id):
        assert [one.name for one in await villagers()] == ["王小川"]


async def test_households_are_called_by_group_and_number_and_never_by_their_head(site: LiveSite) -> None:
    here, there = site["heping"].id, site["shangba"].id
    new = (
        "INSERT INTO core_household (key, village_id, group_id, number, head_name, closed_at) VALUES (?, ?, ?, ?, ?, ?)"
    )
    await db.run_unit(
        db.write, "INSERT INTO core_village_group (village_id, name, position) VALUES (?, '九组', 1)", here
    )
    ((group,),) = await db.read("SELECT id FROM core_village_group WHERE village_id = ? AND name = '九组'", here)
    await db.run_unit(db.write, new, "a", here, group, "12", "sealed", None)
    await db.run_unit(db.write, new, "b", here, None, "7", "sealed", None)
    await db.run_unit(db.write, new, "c", there, None, "9", "sealed", None)
    with db.scope(here):
        found = await homes()
        assert sorted(one.name for one in found) == ["7", "九组 12"]
        ids = [one.household_id for one in found]
        assert sorted((await names_of(homes=ids)).homes.values()) == ["7", "九组 12"]
    with db.scope(there):
        assert (await names_of(homes=ids)).homes == {}


async def test_nobody_is_told_without_a_village(site: LiveSite) -> None:
    with pytest.raises(db.NoScope):
        await villagers()
    with db.unscoped("a test"), pytest.raises(db.NoScope):
        await homes()
