"""Small sample places and people for tests: made with a few calls, each with a canary in every private field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.departments import actions as departments
from cunli.departments import queries as department_queries
from cunli.people.models import Membership, MembershipState, Person, Role
from cunli.places.models import Level, Region, Village, VillageAddress, VillageGroup
from cunli.web.tokens import new_key

SETTLED: Final = timedelta(days=60)  # people of the sample have been verified this long: no newcomers


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleVillage:
    """A village of the sample and where it stands."""

    id: int
    """As in `village_id` of your rows."""
    slug: str
    """As in its address: `heping`."""
    name: str
    """What it is called."""
    region_id: int
    """Its own region."""
    township_id: int
    """The region of its township."""
    county_id: int
    """The region of its county."""
    group_ids: tuple[int, ...]
    """Its three groups."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"/v/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """A person of the sample."""

    id: int
    """As in `author_id` or `person_id`."""
    key: str
    """What stands for them in addresses."""
    display_name: str
    """The name that villagers see."""


@db.unit
async def region(
    code: str, name: str, level: Level, parent_id: int | None = None, pinyin: str = "", initials: str = ""
) -> int:
    """One row of the administrative tree."""
    row = await Region.create(
        code=code,
        name=name,
        short=name.removesuffix("村委会").removesuffix("居委会"),
        level=level,
        parent_id=parent_id,
        pinyin=pinyin,
        initials=initials,
    )
    return row.id


@db.unit
async def village(
    slug: str,
    name: str,
    code: str,
    township_id: int,
    county_id: int,
    *,
    groups: tuple[str, ...] = ("一组", "二组", "三组"),
    initials: str = "",
) -> SampleVillage:
    """An opened village with its region and groups."""
    region_id = await region(code, name, Level.VILLAGE, township_id, pinyin=slug, initials=initials)
    row = await Village.create(
        region_id=region_id,
        township_id=township_id,
        county_id=county_id,
        slug=slug,
        name=name,
        opened_at=now(),
        phone="028-88790000",
        household_count=386,
    )
    await VillageAddress.create(slug=slug, village_id=row.id)
    await VillageAddress.create(slug=code, village_id=row.id)
    with db.scope(row.id):
        made = [await VillageGroup.create(village_id=row.id, name=g, position=i) for i, g in enumerate(groups)]
    return SampleVillage(
        id=row.id,
        slug=slug,
        name=name,
        region_id=region_id,
        township_id=township_id,
        county_id=county_id,
        group_ids=tuple(g.id for g in made),
    )


@db.unit
async def person(display_name: str) -> SamplePerson:
    """An account without phone or password; sign in with `LiveSite.sign_in`."""
    row = await Person.create(key=new_key(), display_name=display_name, created_at=now())
    return SamplePerson(id=row.id, key=row.key, display_name=display_name)


@db.unit
async def member(
    who: SamplePerson,
    where: SampleVillage,
    *,
    state: MembershipState = MembershipState.VERIFIED,
    group: int | None = 0,
    away: bool = False,
) -> int:
    """Put a person into a village; counters move along."""
    with db.scope(where.id):
        row = await Membership.create(
            key=new_key(),
            village_id=where.id,
            person_id=who.id,
            group_id=where.group_ids[group] if group is not None else None,
            state=state,
            away=away,
            applied_at=now(),
            decided_at=now() - SETTLED,
        )
    if state == MembershipState.VERIFIED:
        here = await Village.get(id=where.id)
        here.verified_count += 1
        here.away_count += int(away)
        await here.save(update_fields=["verified_count", "away_count"])
        await Person.filter(id=who.id, home_village_id=None).update(home_village_id=where.id)
    return row.id


@db.unit
async def office(who: SamplePerson, kind: str, region_id: int, title: str = "") -> None:
    """Give a person an office on a region."""
    await Role.create(person_id=who.id, region_id=region_id, kind=kind, title=title, granted_at=now())


async def department(slug: str, name: str, county_id: int, *staff: SamplePerson, by: int) -> None:
    """An open department of a county with the people who write for it. `by` is who founds it."""
    looks = departments.Looks(name=name, about="", icon="building", hue="gold")
    await departments.found(county_id, slug, looks, by)
    found = await department_queries.by_slug(slug)
    assert found is not None
    for one in staff:
        await departments.appoint(found, one.id, by)
