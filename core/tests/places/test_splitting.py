"""Splitting a village: groups go with their households and people; posts and offices stay; addresses go on working."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from cunli import db
from cunli.clock import now
from cunli.feed.models import Post
from cunli.people.models import Membership, MembershipStep
from cunli.places import queries
from cunli.places.errors import CannotDo
from cunli.places.models import Household, Level
from cunli.places.splitting import NewVillage, split_village
from cunli.testing import sample
from cunli.testing.sample import SamplePerson, SampleVillage
from cunli.web.tokens import new_key

Dump = Callable[[], Awaitable[dict[str, str]]]
OLD, NEW = "510999001200", "510999001210"
PART = NewVillage(code=NEW, name="新禾村村委会", groups=("二组", "三组"))


class Village:
    """One village with three groups, a household in each of the first two, and people in and outside of them."""

    where: SampleVillage
    people: dict[str, SamplePerson]


@pytest_asyncio.fixture(loop_scope="session")
async def one(database: str) -> Village:
    return await db.run_unit(_one)


async def _one() -> Village:
    made = Village()
    county = await sample.region("510999000000", "澜川县", Level.COUNTY, None, "lanchuanxian", "lcx")
    town = await sample.region("510999001000", "望溪镇", Level.TOWNSHIP, county, "wangxizhen", "wxz")
    made.where = where = await sample.village("heping", "禾坪村", OLD, town, county)
    made.people = {name: await sample.person(name) for name in ("一户", "二户", "二组散", "三组", "没有组", "写错组")}
    households = {}
    with db.scope(where.id):
        for number, group in (("1", 0), ("2", 1)):
            row = await Household.create(
                key=new_key(), village_id=where.id, group_id=where.group_ids[group], number=number
            )
            households[number] = row.id
    places: dict[str, tuple[int | None, str]] = {
        "一户": (0, "1"),
        "二户": (1, "2"),
        "二组散": (1, ""),
        "三组": (2, ""),
        "没有组": (None, ""),
        "写错组": (1, "1"),  # the register says the first group, the person wrote the second
    }
    for name, (in_group, household) in places.items():
        await sample.member(made.people[name], where, group=in_group)
        with db.scope(where.id):
            member = await Membership.get(person_id=made.people[name].id)
            member.household_id = households.get(household)
            await member.save()
            await MembershipStep.create(village_id=where.id, membership_id=member.id, after="verified", at=now())
    with db.scope(where.id):
        await Post.create(
            key=new_key(), village_id=where.id, region_id=where.region_id, author_id=made.people["二户"].id, body="分了",
            created_at=now(),
        )  # fmt: skip
    await sample.office(made.people["三组"], "village_admin", where.region_id)
    return made


async def where_are(table: str, column: str = "id") -> dict[Any, int | None]:
    return {r["who"]: r["village_id"] for r in await db.read(f"SELECT {column} AS who, village_id FROM {table}")}


async def test_households_and_people_go_with_their_groups(one: Village) -> None:
    steps = len(await where_are("core_membership_step"))
    report = await split_village(OLD, [PART])
    new = report.made[0].village_id
    members = await where_are("core_membership", "person_id")
    went = {name for name, who in one.people.items() if members[who.id] == new}
    assert went == {"二户", "二组散", "三组"}
    assert await where_are("core_household", "number") == {"1": one.where.id, "2": new}
    rows = await db.read(
        "SELECT s.village_id AS step, m.village_id AS member FROM core_membership_step s"
        " JOIN core_membership m ON m.id = s.membership_id"
    )
    assert len(rows) == steps
    assert all(row["step"] == row["member"] for row in rows)
    assert report.rows == {
        "core_village_group": 2,
        "core_household": 1,
        "core_membership": 3,
        "core_membership_step": 3,
    }


async def test_nobody_stands_in_a_group_of_the_other_village(one: Village) -> None:
    await split_village(OLD, [PART])
    rows = await db.read(
        "SELECT m.person_id FROM core_membership m JOIN core_village_group g ON g.id = m.group_id"
        " WHERE g.village_id <> m.village_id"
    )
    assert rows == []
    misled = (await db.read("SELECT group_id FROM core_membership WHERE person_id = ?", one.people["写错组"].id))[0]
    assert misled["group_id"] == one.where.group_ids[0]


async def test_posts_offices_and_addresses_stay_and_counters_are_right(one: Village) -> None:
    report = await split_village(OLD, [PART])
    old = await queries.find_by_address("heping")
    new = await queries.find_by_address("xinhe")
    assert isinstance(old, queries.VillageNow)
    assert isinstance(new, queries.VillageNow)
    assert await queries.find_by_address(OLD) == queries.Moved("heping")
    assert await queries.find_by_address(NEW) == queries.Moved("xinhe")
    assert (old.verified_count, old.post_count, old.household_count) == (3, 1, 1)
    assert (new.verified_count, new.post_count, new.household_count) == (3, 0, 1)
    assert [group.name for group in await queries.groups_of(new.id)] == ["二组", "三组"]
    assert (await db.read("SELECT region_id FROM core_role"))[0]["region_id"] == one.where.region_id
    home = (await db.read("SELECT home_village_id FROM core_person WHERE id = ?", one.people["三组"].id))[0]
    assert home["home_village_id"] == new.id
    kinds = [row["kind"] for row in await db.read("SELECT kind FROM core_region_change ORDER BY id")]
    assert kinds == ["split_off", "split"]
    assert report.made[0].name == "新禾村村委会"


async def test_a_code_that_the_table_brought_already_needs_no_name(one: Village) -> None:
    await db.run_unit(sample.region, NEW, "新禾村村委会", Level.VILLAGE, one.where.township_id)
    report = await split_village(OLD, [NewVillage(code=NEW, name="", groups=("二组",))])
    assert report.made[0].short == "新禾村"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (NewVillage(code=NEW, name="新禾村", groups=("九组",)), "unknown-group"),
        (NewVillage(code=NEW, name="新禾村", groups=()), "bad-groups"),
        (NewVillage(code=NEW, name="新禾村", groups=("一组", "一组")), "bad-groups"),
        (NewVillage(code=NEW, name="", groups=("一组",)), "bad-name"),
        (NewVillage(code="12", name="新禾村", groups=("一组",)), "not-a-code"),
        (NewVillage(code=OLD, name="新禾村", groups=("一组",)), "already-open"),
    ],
)
async def test_a_senseless_split_is_refused(one: Village, dump: Dump, part: NewVillage, code: str) -> None:
    before = await dump()
    with pytest.raises(CannotDo) as refused:
        await split_village(OLD, [part])
    assert refused.value.code == code
    assert await dump() == before
