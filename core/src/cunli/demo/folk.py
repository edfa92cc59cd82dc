"""The people of the demo: accounts, households, memberships with their history, offices, invitations."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cunli import db
from cunli.demo.content import Applicant, VillageWords
from cunli.demo.ground import Actor, Ground, Place
from cunli.demo.plan import verified_at
from cunli.demo.record import Record
from cunli.people.models import Invite, Membership, MembershipState, MembershipStep, Person, Role
from cunli.people.personal import HEAD_NAME, NAME, PHONE
from cunli.people.rules import MOVES, Move
from cunli.places.models import Household, VillageGroup
from cunli.places.register import HEAD_NAME as REGISTER_HEAD
from cunli.web.tokens import new_key

FIRST_PHONE: Final = 13_800_000_020  # below: the accounts that visitors use
BEFORE_OPENING: Final = "60d 09:00"
INVITES_LIVE: Final = timedelta(days=90)


async def write_persons(ground: Ground) -> None:
    """An account for everybody."""
    phones = {account.id: account.phone for account in ground.county.accounts}
    homes = {village: place.id for village, place in ground.places.items()}
    waiting = {a.person.shown for words in ground.county.villages for a in words.applicants}
    rows: list[Person] = []
    for number, person in enumerate(ground.county.everybody):
        key, phone = new_key(), f"+86{phones.get(person.account, FIRST_PHONE + number)}"
        rows.append(
            Person(
                key=key,
                display_name=person.shown,
                name=NAME.seal(person.name, key),
                phone=PHONE.seal(phone, key),
                phone_index=PHONE.index(phone),
                password_hash=ground.password_hash if person.account else "",
                home_village_id=None if person.shown in waiting else homes.get(person.village),
                look=person.look,
                created_at=ground.times.at(BEFORE_OPENING),
            )
        )
    await Person.bulk_create(rows)
    ids = dict(await Person.all().values_list("key", "id"))
    for row, person in zip(rows, ground.county.everybody, strict=True):
        ground.people[person.shown] = Actor(
            id=ids[row.key], key=row.key, shown=person.shown, village=person.village, account=bool(person.account)
        )
    ground.step("乡亲")


async def write_offices(ground: Ground, record: Record) -> None:
    """Offices from the county down; the county's admin gives those below."""
    top = ground.people[ground.county.officials[0].shown]
    rows: list[Role] = []
    for person in ground.county.everybody:
        if person.office is None:
            continue
        actor, place = ground.people[person.shown], ground.places.get(person.office.region)
        region_id = place.region_id if place else ground.regions[person.office.region]
        at = place.opened_at if place else ground.times.at(BEFORE_OPENING)
        giver = None if actor is top else top.id
        actor.over.add(region_id)
        rows.append(
            Role(
                person_id=actor.id,
                region_id=region_id,
                kind=person.office.kind,
                title=person.office.title,
                granted_by_id=giver,
                granted_at=at,
            )
        )
        record.act(
            "core.role.granted",
            at=at,
            actor=giver,
            region=region_id,
            about=("person", actor.id),
            office=person.office.kind,
        )
    await Role.bulk_create(rows)


async def write_village(
    ground: Ground, words: VillageWords, first_words: Mapping[str, datetime], record: Record
) -> None:
    """The register and the memberships of one village."""
    place = ground.places[words.slug]
    with db.scope(place.id):
        groups = dict(await VillageGroup.all().values_list("name", "id"))
        households = await _write_households(ground, words, groups)
        for person in words.people:
            ground.people[person.shown].household_id = households[person.home or person.name]
        await _write_members(ground, words, groups, first_words, record)
        await _write_applicants(ground, words, groups, record)
        await _write_invite(ground, place)
    record.act(
        "core.village.open", at=place.opened_at, village=place.id, region=place.region_id, about=("village", place.id)
    )
    ground.step("户口册")


async def _write_households(ground: Ground, words: VillageWords, groups: Mapping[str, int]) -> dict[str, int]:
    """The register: the heads that people named, and as many others as the village has households."""
    heads: dict[str, list[str]] = {name: [] for name in words.groups}
    for person in words.people:
        head = person.home or person.name
        if head not in {known for several in heads.values() for known in several}:
            heads[person.group].append(head)
    taken = {head for several in heads.values() for head in several}
    most, over = divmod(words.households, len(words.groups))
    rows: list[Household] = []
    names: dict[str, str] = {}
    for position, group in enumerate(words.groups):
        while len(heads[group]) < most + int(position < over):
            heads[group].append(_another_head(ground, words, taken))
        ground.chance.shuffle(heads[group])
        for number, head in enumerate(heads[group], 1):
            key = new_key()
            names[key] = head
            rows.append(
                Household(
                    key=key,
                    group_id=groups[group],
                    number=f"{position + 1}-{number:02d}",
                    head_name=REGISTER_HEAD.seal(head, key),
                )
            )
    await Household.bulk_create(rows)
    return {names[key]: found for key, found in await Household.all().values_list("key", "id")}


def _another_head(ground: Ground, words: VillageWords, taken: set[str]) -> str:
    while True:
        name = ground.chance.choice(words.surnames) + ground.chance.choice(ground.county.given_names)
        if name not in taken:
            taken.add(name)
            return name


async def _write_members(
    ground: Ground, words: VillageWords, groups: Mapping[str, int], first_words: Mapping[str, datetime], record: Record
) -> None:
    place, times, chance = ground.places[words.slug], ground.times, ground.chance
    rows: list[Membership] = []
    for person in words.people:
        actor = ground.people[person.shown]
        actor.verified_at = verified_at(place.opened_at, first_words.get(person.shown), times, chance)
        since = times.day(-chance.randint(45, 270)) if person.away else None
        rows.append(
            Membership(
                key=new_key(),
                person_id=actor.id,
                group_id=groups[person.group],
                household_id=actor.household_id,
                state=MembershipState.VERIFIED,
                away=bool(person.away),
                away_city=person.away,
                away_since=since,
                applied_at=actor.verified_at - timedelta(minutes=chance.randint(4, 20)),
                decided_at=actor.verified_at,
            )
        )
    rows.sort(key=lambda row: row.applied_at)
    await _keep(ground, words, rows, record)


async def _write_applicants(ground: Ground, words: VillageWords, groups: Mapping[str, int], record: Record) -> None:
    rows = [_application(ground, applicant, groups) for applicant in words.applicants]
    rows.sort(key=lambda row: row.applied_at)
    await _keep(ground, words, rows, record)


def _application(ground: Ground, applicant: Applicant, groups: Mapping[str, int]) -> Membership:
    key, at = new_key(), ground.times.at(applicant.ago)
    waits = applicant.state == MembershipState.APPLIED
    return Membership(
        key=key,
        person_id=ground.people[applicant.person.shown].id,
        group_id=groups[applicant.person.group],
        head_name=HEAD_NAME.seal(applicant.head, key),
        state=applicant.state,
        reason=applicant.reason,
        applied_at=at,
        decided_at=None if waits else ground.times.later(at, [timedelta(minutes=ground.chance.randint(30, 240))])[0],
    )


async def _keep(ground: Ground, words: VillageWords, rows: list[Membership], record: Record) -> None:
    """Memberships with the steps that led to them, the record of each decision, and who was told."""
    place = ground.places[words.slug]
    await Membership.bulk_create(rows)
    ids = dict(await Membership.all().values_list("key", "id"))
    steps: list[MembershipStep] = []
    for row in rows:
        membership = ids[row.key]
        steps.append(MembershipStep(membership_id=membership, after="applied", by_id=row.person_id, at=row.applied_at))
        applicant = next(a for a in ground.people.values() if a.id == row.person_id)
        record.applied(ground, place, applicant, row.applied_at)
        if row.decided_at is None:
            continue
        official = _who_decides(ground, words.slug, row.person_id)
        steps.append(
            MembershipStep(
                membership_id=membership,
                before="applied",
                after=row.state,
                by_id=official.id,
                note=row.reason,
                at=row.decided_at,
            )
        )
        record.decided(place, official, membership, row, _MOVE[row.state])
    await MembershipStep.bulk_create(steps)


_MOVE: Final = {
    str(rule.after): move for move, rule in MOVES.items() if move in (Move.VERIFY, Move.REFUSE, Move.ASK_MORE)
}


def _who_decides(ground: Ground, slug: str, person_id: int) -> Actor:
    """An official of the village, and for its officials the county's: nobody decides about themselves."""
    officers = ground.officers(slug)
    if any(officer.id == person_id for officer in officers):
        return ground.people[ground.county.officials[0].shown]
    return ground.chance.choice(officers)


async def _write_invite(ground: Ground, place: Place) -> None:
    at = place.opened_at
    await Invite.create(
        token=secrets.token_urlsafe(16),
        code=f"{ground.chance.randrange(10**6):06d}",
        created_by_id=ground.officers(place.slug)[0].id,
        created_at=at,
        expires_at=at + INVITES_LIVE,
        use_count=ground.chance.randint(2, 9),
    )
