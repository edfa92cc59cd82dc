"""Merging villages: everything is counted before and after, nothing is lost, and every old address leads on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tortoise import fields
from tortoise.models import Model

from cunli import db, rooms
from cunli.clock import now, today
from cunli.drafts.models import FormDraft
from cunli.feed.models import Comment, Draft, Held, NoticeReceipt, Post, PostPhoto, Reaction
from cunli.media.models import Upload
from cunli.notify.models import Notification
from cunli.people.models import Invite, Membership, MembershipState, MembershipStep, Role
from cunli.places import activity, queries
from cunli.places.carrying import every_model
from cunli.places.errors import CannotDo
from cunli.places.merging import merge_regions, sweep_merged
from cunli.places.models import Household, Level, RegionState, VillageFigure
from cunli.plugin_models import Mode, PluginSetting, PluginSwitch
from cunli.reviewing.models import ReviewCase
from cunli.team.models import WrittenFor
from cunli.testing import sample
from cunli.testing.databases import create_tables
from cunli.testing.sample import SamplePerson, SampleVillage
from cunli.testing.templates import EmptyDatabases
from cunli.trust.models import Report
from cunli.web.tokens import new_key


class Stall(db.VillageModel):
    """A plugin's table that nobody here knows: one name per village."""

    id = fields.IntField(primary_key=True)
    village = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)  # type: ignore[var-annotated]
    name = fields.CharField(max_length=20)
    owner = fields.ForeignKeyField("core.Membership", related_name=False, on_delete=fields.OnDelete.CASCADE)  # type: ignore[var-annotated]

    on_merge = db.Prefix(column="name")

    class Meta:
        table = "test_stall"
        unique_together = (("village", "name"),)


class Quota(Model):
    """A plugin's table with one row per village and no word about merging."""

    id = fields.IntField(primary_key=True)
    village = fields.OneToOneField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)  # type: ignore[var-annotated]

    class Meta:
        table = "test_quota"


class Route(Model):
    """A plugin's table that is not a village's own, with villages along the way."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20)
    stops: fields.ManyToManyRelation[Any] = fields.ManyToManyField(
        "core.Village", related_name="", through="test_route_stop", forward_key="village_id", backward_key="route_id"
    )

    class Meta:
        table = "test_route"


APPS = {"core": rooms.APP, "test": db.AppConfig(models=(__name__,))}


class WithPlugin(EmptyDatabases):
    """The core as it is migrated, and the plugin's tables beside it."""

    async def _prepare(self, url: str) -> None:
        await super()._prepare(url)
        await db.start(url, self.apps)
        try:
            await create_tables()
        finally:
            await db.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def with_plugin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmptyDatabases]:
    databases = WithPlugin(tmp_path_factory.mktemp("merging"), APPS)
    yield databases
    await databases.close()


@dataclass(frozen=True)
class Two:
    """Two neighbouring villages with people, households and posts, and somebody who belongs to both."""

    old: SampleVillage
    new: SampleVillage
    township_id: int
    both: SamplePerson
    people: dict[str, SamplePerson]
    posts: dict[str, int]


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def started(request: pytest.FixtureRequest, with_plugin: EmptyDatabases, tmp_path: Path) -> AsyncIterator[str]:
    await db.start(await with_plugin.fresh(request.param, tmp_path), APPS)
    queries.forget_all()
    try:
        yield db.engine()
    finally:
        await db.stop(patience=60)


@pytest_asyncio.fixture(loop_scope="session")
async def two(started: str) -> Two:
    return await db.run_unit(_two)


async def _two() -> Two:
    county = await sample.region("510999000000", "澜川县", Level.COUNTY, None, "lanchuanxian", "lcx")
    town = await sample.region("510999001000", "望溪镇", Level.TOWNSHIP, county, "wangxizhen", "wxz")
    old = await sample.village("shangba", "上坝村", "510999001201", town, county)
    new = await sample.village("heping", "禾坪村", "510999001200", town, county)
    people = {name: await sample.person(name) for name in ("甲", "乙", "丙", "丁")}
    both = await sample.person("两村人")
    await sample.member(people["甲"], old, group=0)
    await sample.member(people["乙"], old, group=1, away=True)
    await sample.member(people["丙"], new, group=0)
    await sample.member(people["丁"], old, state=MembershipState.APPLIED, group=None)
    await sample.member(both, old, group=2)
    await sample.member(both, new, state=MembershipState.APPLIED, group=None)
    posts = {
        name: await _post(where, who) for name, where, who in (("old", old, people["甲"]), ("new", new, people["丙"]))
    }
    for where in (old, new):
        await _fill(where, people["甲"] if where is old else people["丙"])
    await sample.office(people["甲"], "village_admin", old.region_id, "书记")
    await sample.office(both, "village_admin", old.region_id)
    await sample.office(both, "village_admin", new.region_id)
    return Two(old=old, new=new, township_id=town, both=both, people=people, posts=posts)


async def _post(where: SampleVillage, who: SamplePerson) -> int:
    with db.scope(where.id):
        post = await Post.create(
            key=new_key(),
            village_id=where.id,
            region_id=where.region_id,
            author_id=who.id,
            body="修路",
            created_at=now(),
        )
        upload = await Upload.create(
            key=new_key(), village_id=where.id, owner_id=who.id, used=True, width=1, height=1, stored_bytes=1,
            sha256="", created_at=now(),
        )  # fmt: skip
        await PostPhoto.create(village_id=where.id, post_id=post.id, upload_id=upload.id, position=0)
        comment = await Comment.create(
            key=new_key(), village_id=where.id, post_id=post.id, author_id=who.id, body="好", created_at=now()
        )
        await Reaction.create(village_id=where.id, post_id=post.id, person_id=who.id, kind="like", created_at=now())
        await Report.create(
            key=new_key(), village_id=where.id, object_kind="comment", object_id=comment.id, reporter_id=who.id,
            reason="other", created_at=now(),
        )  # fmt: skip
        await Held.create(
            key=new_key(), village_id=where.id, object_kind="comment", object_id=comment.id, created_at=now()
        )
        await ReviewCase.create(
            key=new_key(), village_id=where.id, kind="report", object_kind="comment", object_id=comment.id, author_id=who.id,
            opened_at=now(), due_at=now(),
        )  # fmt: skip
    await db.write("UPDATE core_village SET post_count = post_count + 1 WHERE id = ?", where.id)
    return int(post.id)


async def _fill(where: SampleVillage, who: SamplePerson) -> None:
    with db.scope(where.id):
        household = await Household.create(
            key=new_key(), village_id=where.id, group_id=where.group_ids[0], number="12", head_name=""
        )
        membership = await Membership.get(person_id=who.id)
        membership.household_id = household.id
        await membership.save()
        await MembershipStep.create(village_id=where.id, membership_id=membership.id, after="verified", at=now())
        post = await Post.get()
        await NoticeReceipt.create(
            village_id=where.id, post_id=post.id, person_id=who.id, household_id=household.id, at=now()
        )
        await Draft.create(village_id=where.id, person_id=who.id, body="草稿", updated_at=now())
        await FormDraft.create(
            key=new_key(), village_id=where.id, person_id=who.id, form="notice", fields_sealed="", updated_at=now()
        )
        await Invite.create(
            village_id=where.id, token=new_key(), code=f"{where.id:06d}", created_at=now(), expires_at=now()
        )
        await VillageFigure.create(village_id=where.id, kind="smartphone_users", value=300, as_of=date(2026, 1, 1))
        await WrittenFor.create(
            key=new_key(), village_id=where.id, person_id=who.id, tutor_id=who.id, body="", at=now()
        )
        await Stall.create(village_id=where.id, name="豆腐摊", owner_id=membership.id)
    await Notification.create(person_id=who.id, village_id=where.id, kind="x", url=f"{where.url}/p/1", created_at=now())
    await PluginSwitch.create(
        region_id=where.region_id, plugin="market", mode=Mode.ON if where.slug == "shangba" else Mode.OFF
    )
    await PluginSwitch.create(region_id=where.region_id, plugin=f"only_{where.slug}", mode=Mode.ON)
    for key in ("market.limit", f"market.only_{where.slug}"):
        await PluginSetting.create(
            region_id=where.region_id, plugin="market", key=key, value=f'"{where.slug}"', row_key=new_key()
        )
    await activity.note(where.id, "posts", now())
    route = await Route.create(name="班车")
    await db.write("INSERT INTO test_route_stop (route_id, village_id) VALUES (?, ?)", route.id, where.id)


async def counts() -> dict[str, int]:
    """How many rows each table has."""
    tables = {model._meta.db_table for model in every_model()} | {"test_route_stop"}
    return {t: (await db.read(f'SELECT COUNT(*) AS n FROM "{t}"'))[0]["n"] for t in sorted(tables)}


async def of_village(village_id: int) -> dict[str, int]:
    """How many rows of each village table belong to a village."""
    found = {}
    for model in every_model():
        if issubclass(model, db.VillageModel):
            table = model._meta.db_table
            rows = await db.read(f'SELECT COUNT(*) AS n FROM "{table}" WHERE village_id = ?', village_id)
            found[table] = rows[0]["n"]
    return found


async def test_everything_is_there_after_a_merge(two: Two) -> None:
    before, was_old, was_new = await counts(), await of_village(two.old.id), await of_village(two.new.id)
    assert all(was_old.values()), "the test must fill every table"
    report = await merge_regions(["510999001201"], "510999001200")
    after, now_old, now_new = await counts(), await of_village(two.old.id), await of_village(two.new.id)
    changed = {table: after[table] - before[table] for table in before if after[table] != before[table]}
    assert changed == {
        "core_audit_entry": 1,
        "core_job": 1,
        "core_membership": -1,  # the two memberships of one person
        "core_membership_step": 1,  # … and the note that says so
        "core_plugin_epoch": 1,
        "core_plugin_setting": -1,
        "core_plugin_switch": -1,
        "core_region_change": 2,
        "core_village_figure": 1,  # the sum, of today
        "core_village_week": -1,  # the same week of both, added up
    }
    assert {table: n for table, n in now_old.items() if n} == {"core_village_figure": 1}  # history of the old village
    for table in set(was_old) - {"core_village_figure"}:
        assert now_new[table] == was_old[table] + was_new[table] + changed.get(table, 0), table
    assert report.rows["core_post"] >= 1
    assert report.folded == {"core_membership": 1, "core_plugin_setting": 1, "core_plugin_switch": 1}
    for table in ("test_route_stop", "core_notification", "core_invite", "core_village_address"):
        rows = await db.read(f"SELECT DISTINCT village_id FROM {table}")
        assert [row["village_id"] for row in rows] == [two.new.id], table


async def test_the_stronger_membership_stays_with_the_steps_of_both(two: Two) -> None:
    with db.scope(two.old.id):
        verified = await Membership.get(person_id=two.both.id)
    await merge_regions(["510999001201"], "510999001200")
    with db.scope(two.new.id):
        kept = await Membership.get(person_id=two.both.id)
        steps = await MembershipStep.filter(membership_id=kept.id)
    assert (kept.id, kept.state, kept.key) == (verified.id, MembershipState.VERIFIED, verified.key)
    assert [(step.before, step.after) for step in steps] == [("applied", "verified")]
    assert "上坝村" in steps[0].note


@pytest.mark.parametrize(
    ("one", "other", "stays"),
    [
        ("verified", "suspended", "suspended"),
        ("suspended", "verified", "suspended"),
        ("applied", "verified", "verified"),
        ("refused", "left", "left"),
        ("deceased", "verified", "deceased"),
    ],
)
async def test_no_merge_undoes_a_suspension(two: Two, one: str, other: str, stays: str) -> None:
    async def states() -> None:
        await db.write(
            "UPDATE core_membership SET state = ? WHERE person_id = ? AND village_id = ?", one, two.both.id, two.old.id
        )
        await db.write(
            "UPDATE core_membership SET state = ? WHERE person_id = ? AND village_id = ?",
            other,
            two.both.id,
            two.new.id,
        )

    await db.run_unit(states)
    await merge_regions(["510999001201"], "510999001200")
    rows = await db.read("SELECT state FROM core_membership WHERE person_id = ?", two.both.id)
    assert [row["state"] for row in rows] == [stays]


async def test_names_that_clash_get_the_old_villages_name(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    groups = [group.name for group in await queries.groups_of(two.new.id)]
    assert groups == ["一组", "二组", "三组", "上坝村一组", "上坝村二组", "上坝村三组"]
    numbers = await db.read("SELECT number FROM core_household ORDER BY number")
    assert sorted(row["number"] for row in numbers) == ["12", "上坝村12"]
    stalls = await db.read("SELECT name FROM test_stall")
    assert sorted(row["name"] for row in stalls) == ["上坝村豆腐摊", "豆腐摊"]


async def test_people_keep_their_group_household_home_and_office(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    with db.scope(two.new.id):
        first = await Membership.get(person_id=two.people["甲"].id)
    assert (first.group_id, first.village_id) == (two.old.group_ids[0], two.new.id)
    assert first.household_id is not None
    homes = await db.read("SELECT DISTINCT home_village_id FROM core_person WHERE home_village_id IS NOT NULL")
    assert [row["home_village_id"] for row in homes] == [two.new.id]
    roles = await Role.filter(revoked_at=None)
    assert {(role.person_id, role.region_id) for role in roles} == {
        (two.people["甲"].id, two.new.region_id),
        (two.both.id, two.new.region_id),
    }
    assert len(roles) == 2  # who held the office on both holds it once
    assert await Role.all().count() == 3


async def test_posts_are_shown_in_the_new_village_and_their_links_lead_there(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    rows = await db.read("SELECT village_id, region_id FROM core_post")
    assert {(row["village_id"], row["region_id"]) for row in rows} == {(two.new.id, two.new.region_id)}
    for address in ("shangba", "510999001201", "510999001200"):
        assert await queries.find_by_address(address) == queries.Moved("heping")
    assert await queries.village_by_id(two.old.id) == await queries.find_by_address("heping")


async def test_counters_are_those_of_the_rows(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    village = await queries.village_by_id(two.new.id)
    assert village is not None
    assert (village.verified_count, village.away_count, village.post_count, village.household_count) == (4, 1, 2, 2)
    old = (await db.read("SELECT * FROM core_village WHERE id = ?", two.old.id))[0]
    assert (old["state"], old["verified_count"], old["post_count"], old["household_count"]) == ("merged", 0, 0, 0)


async def test_the_figures_of_both_are_added_up_from_today_on(two: Two) -> None:
    before = today()
    await merge_regions(["510999001201"], "510999001200")
    figure = await queries.figure_now(two.new.id)
    assert figure is not None
    assert figure.value == 600
    assert before <= figure.as_of <= today()
    rate = await queries.verified_rate_of(two.new.id, 4)
    assert rate.text == "0.7%"


async def test_a_plugin_that_was_on_in_either_stays_on(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    rows = await db.read("SELECT region_id, plugin, mode FROM core_plugin_switch")
    assert {(r["region_id"], r["plugin"], r["mode"]) for r in rows} == {
        (two.new.region_id, "market", "on"),
        (two.new.region_id, "only_shangba", "on"),
        (two.new.region_id, "only_heping", "on"),
    }


async def test_the_settings_of_the_village_that_takes_in_stay_and_the_others_come_along(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    rows = await db.read("SELECT region_id, key, value FROM core_plugin_setting")
    assert {(r["region_id"], r["key"], r["value"]) for r in rows} == {
        (two.new.region_id, "market.limit", '"heping"'),
        (two.new.region_id, "market.only_heping", '"heping"'),
        (two.new.region_id, "market.only_shangba", '"shangba"'),
    }


async def test_a_clash_that_a_plugin_has_no_rule_for_stops_the_merge(two: Two) -> None:
    async def quotas() -> None:
        for where in (two.old, two.new):
            await Quota.create(village_id=where.id)

    await db.run_unit(quotas)
    before = await counts()
    with pytest.raises(CannotDo, match="test_quota") as refused:
        await merge_regions(["510999001201"], "510999001200")
    assert refused.value.code == "merge-clash"
    assert await counts() == before
    assert isinstance(await queries.find_by_address("shangba"), queries.VillageNow)


async def test_what_was_written_meanwhile_is_swept_into_the_new_village(two: Two) -> None:
    await merge_regions(["510999001201"], "510999001200")
    assert await sweep_merged() == 0
    await db.run_unit(_post, two.old, two.people["甲"])
    assert await sweep_merged() > 0
    rows = await db.read("SELECT DISTINCT village_id, region_id FROM core_post")
    assert [(row["village_id"], row["region_id"]) for row in rows] == [(two.new.id, two.new.region_id)]
    village = await queries.village_by_id(two.new.id)
    assert village is not None
    assert village.post_count == 3


async def test_a_chain_of_merges_leads_to_the_last(two: Two) -> None:
    async def third() -> SampleVillage:
        return await sample.village("longxi", "龙溪村", "510999001202", two.township_id, two.new.county_id)

    await db.run_unit(third)
    await merge_regions(["510999001201"], "510999001200")
    await merge_regions(["510999001200"], "510999001202")
    for address in ("shangba", "510999001201", "heping", "510999001200", "510999001202"):
        assert await queries.find_by_address(address) == queries.Moved("longxi")
    with pytest.raises(CannotDo, match="已经并过"):
        await merge_regions(["510999001201"], "510999001202")


async def test_a_village_that_only_got_a_new_code_goes_on_as_it_was(two: Two) -> None:
    await db.run_unit(sample.region, "510999001301", "上坝村", Level.VILLAGE, two.township_id)
    await merge_regions(["510999001201"], "510999001301")
    found = await queries.find_by_address("shangba")
    assert isinstance(found, queries.VillageNow)
    assert (found.id, found.name) == (two.old.id, "上坝村")
    assert await queries.find_by_address("510999001201") == queries.Moved("shangba")
    assert await queries.find_by_address("510999001301") == queries.Moved("shangba")
    posts = await db.read("SELECT region_id FROM core_post WHERE village_id = ?", two.old.id)
    assert {row["region_id"] for row in posts} == {found.region_id}


async def test_townships_merge_with_their_villages_and_their_officials(two: Two) -> None:
    async def more() -> int:
        town = await sample.region("510999002000", "云盘乡", Level.TOWNSHIP, two.old.county_id)
        await sample.village("yuntou", "云头村", "510999002200", town, two.old.county_id)
        await sample.office(two.people["甲"], "township_admin", town)
        return town

    await db.run_unit(more)
    await merge_regions(["510999002000"], "510999001000")
    found = await queries.find_by_address("yuntou")
    assert isinstance(found, queries.VillageNow)
    assert (found.township_name, found.township_id) == ("望溪镇", two.township_id)
    assert two.township_id in found.chain
    role = await Role.get(kind="township_admin")
    assert role.region_id == two.township_id


@pytest.mark.parametrize(
    ("codes", "into", "code"),
    [
        (["510999001201"], "510999001201", "same-region"),
        (["510999001201"], "510999001000", "unknown-region"),
        (["510999009999"], "510999001200", "unknown-region"),
        (["shangba"], "510999001200", "not-a-code"),
    ],
)
async def test_a_senseless_merge_is_refused(two: Two, codes: list[str], into: str, code: str) -> None:
    before = await counts()
    with pytest.raises(CannotDo) as refused:
        await merge_regions(codes, into)
    assert refused.value.code == code
    assert await counts() == before


async def test_a_closed_village_takes_nobody_in_and_a_vanished_one_may_go(two: Two) -> None:
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE id = ?", two.new.id)
    with pytest.raises(CannotDo, match="已经关闭"):
        await merge_regions(["510999001201"], "510999001200")
    await db.run_unit(db.write, "UPDATE core_village SET state = 'open' WHERE id = ?", two.new.id)
    await db.run_unit(db.write, "UPDATE core_region SET state = 'vanished' WHERE id = ?", two.old.region_id)
    await merge_regions(["510999001201"], "510999001200")
    rows = await db.read("SELECT state, successor_id FROM core_region WHERE id = ?", two.old.region_id)
    assert (rows[0]["state"], rows[0]["successor_id"]) == (RegionState.MERGED, two.new.region_id)
