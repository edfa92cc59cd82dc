"""What people and officials do with memberships: apply, decide, suspend, leave, and how the village stands in a person's life.

Every change of a state goes through `_move`: a conditional update on the state it came from, with its step, the
village's counters, the audit entry and the message to the person in the same unit.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cunli import db
from cunli.clock import now
from cunli.jobs.outbox import emit
from cunli.notify.actions import tell
from cunli.people import queries, rules, sessions
from cunli.people.events import MembershipChanged
from cunli.people.models import Membership, MembershipState, MembershipStep
from cunli.people.personal import HEAD_NAME, NAME
from cunli.people.rules import Move
from cunli.places.queries import forget
from cunli.trust.audit import audit

if TYPE_CHECKING:
    from cunli.people.queries import PersonNow
    from cunli.places.queries import VillageNow


class NotPossible(Exception):
    """The membership is not, or no longer, in a state that allows this; `state` is where it stands now."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class NotYours(Exception):
    """Nobody decides about themselves."""


class InOffice(Exception):
    """The person holds an office here; it is taken away from above first."""


class WrongPlace(Exception):
    """The group or household is not one of this village."""


class NameSettled(Exception):
    """The real name was verified before; only the village changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What an applicant tells the village. `name` is empty when a verified one is known already."""

    display_name: str
    name: str
    head_name: str
    group_id: int | None
    away: bool
    away_city: str = ""
    away_since: dt.date | None = None


@db.unit
async def apply(person: PersonNow, village: VillageNow, application: Application, *, invite: str = "") -> None:
    """Ask to be verified in the village, ask again, or change an application that waits. Raises `NotPossible`."""
    await _keep_names(person, application)
    row = await Membership.get_or_none(person_id=person.id)
    if row is None:
        row = await _new_application(person, village)
        await _note_step(row, "", MembershipState.APPLIED, by=person.id)
        await _tell_admins(village, row)
    elif row.state != MembershipState.APPLIED:
        await _move(row, Move.APPLY, by=person.id)
        await _tell_admins(village, row)
    await _keep_answers(row, application)
    if invite:
        await db.write(
            "UPDATE core_invite SET use_count = use_count + 1 WHERE token = ? AND village_id = ?", invite, village.id
        )


async def _keep_names(person: PersonNow, application: Application) -> None:
    """The person's row first: two applications of one person wait for each other here."""
    await db.write("UPDATE core_person SET display_name = ? WHERE id = ?", application.display_name, person.id)
    if application.name:
        if await queries.has_settled_name(person.id):
            raise NameSettled
        await db.write(
            "UPDATE core_person SET name = ? WHERE id = ?", NAME.seal(application.name, person.key), person.id
        )


async def _new_application(person: PersonNow, village: VillageNow) -> Membership:
    row = await Membership.create(
        key=secrets.token_urlsafe(16),
        village_id=village.id,
        person_id=person.id,
        state=MembershipState.APPLIED,
        applied_at=now(),
    )
    await emit(_changed(row, "", MembershipState.APPLIED))
    return row


async def _keep_answers(row: Membership, application: Application) -> None:
    await _refuse_elsewhere(row.village_id, application.group_id, None)
    row.group_id = application.group_id
    row.head_name = HEAD_NAME.seal(application.head_name, row.key)
    row.away, row.away_city, row.away_since = application.away, application.away_city, application.away_since
    row.applied_at = now()
    await row.save(update_fields=["group_id", "head_name", "away", "away_city", "away_since", "applied_at"])


async def _tell_admins(village: VillageNow, row: Membership) -> None:
    for admin in await queries.admins_of(village.chain):
        await tell(
            admin, "membership.applied", village_id=village.id, url=f"{village.url}/members/requests", by=row.person_id
        )


@db.unit
async def withdraw(person: PersonNow, village: VillageNow) -> None:
    """Take an application back. Raises `NotPossible`."""
    await _move(await _own(person), Move.WITHDRAW, by=person.id)


@db.unit
async def leave(person: PersonNow, village: VillageNow) -> None:
    """Leave the village of one's own accord. Raises `NotPossible`, or `InOffice` for its admins."""
    with db.scope(village.id):
        row = await _own(person)
        await _refuse_in_office(row, village)
        await _move(row, Move.LEAVE, by=person.id)
        await _forget_home(row)


async def end(row: Membership, move: Move) -> None:
    """End a membership inside a unit because the account ends. Raises `NotPossible`."""
    await _move(row, move, by=row.person_id)


async def _own(person: PersonNow) -> Membership:
    row = await Membership.get_or_none(person_id=person.id)
    if row is None:
        raise NotPossible("")
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an official does with a membership. `reason` is shown to the person."""

    move: Move
    reason: str = ""
    group_id: int | None = None
    household_id: int | None = None


@db.unit
async def decide(actor: PersonNow, village: VillageNow, membership_key: str, decision: Decision) -> None:
    """Carry out an official's move. The gate has asked whether they may.

    Raises `NotPossible` when somebody else was quicker, `NotYours` for one's own membership, `InOffice` for somebody
    who must lose an office first.
    """
    move, rule = decision.move, rules.MOVES[decision.move]
    if rule.by != "official" or (rule.reason and not decision.reason):
        raise ValueError(f"{move} is not an official's move, or lacks its reason")
    row = await Membership.get_or_none(key=membership_key)
    if row is None:
        raise NotPossible("")
    if row.person_id == actor.id:
        raise NotYours
    if rule.before & {MembershipState.VERIFIED}:
        await _refuse_in_office(row, village)
    before = row.state
    await _move(row, move, by=actor.id, reason=decision.reason)
    if move == Move.VERIFY:
        await _settle_in(row, decision)
    await _follow_up(row, move)
    await audit(
        f"core.member.{move}",
        actor=actor.id,
        village=village.id,
        object=("membership", row.id),
        before=before,
        after=row.state,
    )
    if move != Move.MARK_DECEASED:
        await _tell_person(row, village, move)


async def _tell_person(row: Membership, village: VillageNow, move: Move) -> None:
    url = f"{village.url}/" if row.state == MembershipState.VERIFIED else f"{village.url}/join/waiting"
    kind = "restored" if move == Move.RESUME else row.state
    await tell(row.person_id, f"membership.{kind}", village_id=village.id, url=url, reason=row.reason)


async def _settle_in(row: Membership, decision: Decision) -> None:
    """The village puts a newly verified person into group and household; a first village becomes their home."""
    await _refuse_elsewhere(row.village_id, decision.group_id, decision.household_id)
    row.group_id, row.household_id = decision.group_id or row.group_id, decision.household_id
    await row.save(update_fields=["group_id", "household_id"])
    await db.write(
        "UPDATE core_person SET home_village_id = ? WHERE id = ? AND home_village_id IS NULL",
        row.village_id,
        row.person_id,
    )


async def _follow_up(row: Membership, move: Move) -> None:
    if move == Move.MARK_LEFT:
        await _forget_home(row)
    elif move == Move.MARK_DECEASED:
        closed = await db.write(
            "UPDATE core_person SET state = 'deceased' WHERE id = ? AND state = 'active' AND home_village_id = ?",
            row.person_id,
            row.village_id,
        )
        if closed:  # only the home village may close an account; another one knows the person as a guest
            await sessions.end_sessions(row.person_id)
    elif move == Move.MISTAKEN:
        await db.write(
            "UPDATE core_person SET state = 'active' WHERE id = ? AND state = 'deceased' AND home_village_id = ?",
            row.person_id,
            row.village_id,
        )


async def _forget_home(row: Membership) -> None:
    """Whoever leaves their home village is at home in the next one they are verified in, if there is one."""
    await db.write(
        "UPDATE core_person SET home_village_id = (SELECT MIN(m.village_id) FROM core_membership m"
        " WHERE m.person_id = core_person.id AND m.state = 'verified') WHERE id = ? AND home_village_id = ?",
        row.person_id,
        row.village_id,
    )


async def _refuse_in_office(row: Membership, village: VillageNow) -> None:
    if await queries.offices_within(row.person_id, village.chain):
        raise InOffice


async def _refuse_elsewhere(village_id: int, group_id: int | None, household_id: int | None) -> None:
    for table, chosen in (("core_village_group", group_id), ("core_household", household_id)):
        if chosen is not None and not await db.read(_IS_HERE[table], chosen, village_id):
            raise WrongPlace(table)


_IS_HERE = {
    "core_village_group": "SELECT 1 FROM core_village_group WHERE id = ? AND village_id = ?",
    "core_household": "SELECT 1 FROM core_household WHERE id = ? AND village_id = ? AND closed_at IS NULL",
}


async def _move(row: Membership, move: Move, *, by: int, reason: str = "") -> None:
    """One row of `rules.MOVES`, on the state the row really has: whoever comes second gets `NotPossible`."""
    rule, before = rules.MOVES[move], MembershipState(row.state)
    if before not in rule.before:
        raise NotPossible(before)
    moved = await db.write(
        "UPDATE core_membership SET state = ?, reason = ?, decided_at = ? WHERE id = ? AND village_id = ? AND state = ?",
        rule.after,
        reason,
        now(),
        row.id,
        row.village_id,
        before,
    )
    if not moved:
        raise NotPossible("")
    row.state, row.reason = rule.after, reason
    await _note_step(row, before, rule.after, by=by, note=reason)
    change = rules.count_change(before, rule.after, was_away=row.away, is_away=row.away)
    await count(row.village_id, change)
    await emit(_changed(row, before, rule.after))


async def _note_step(row: Membership, before: str, after: str, *, by: int, note: str = "") -> None:
    await MembershipStep.create(
        village_id=row.village_id, membership_id=row.id, before=before, after=after, by_id=by, note=note, at=now()
    )


async def count(village_id: int, change: rules.CountChange) -> None:
    """Keep the village's numbers in the running unit."""
    if not (change.verified or change.away):
        return
    await db.write(
        "UPDATE core_village SET verified_count = verified_count + ?, away_count = away_count + ? WHERE id = ?",
        change.verified,
        change.away,
        village_id,
    )
    db.after_commit(forget, village_id)


def _changed(row: Membership, before: str, after: str) -> MembershipChanged:
    return MembershipChanged(
        village_id=row.village_id, person_id=row.person_id, membership_id=row.id, before=str(before), after=str(after)
    )


@db.unit
async def place(
    actor: PersonNow, village: VillageNow, membership_key: str, *, group_id: int | None, household_id: int | None
) -> None:
    """Put a person into another group or household. Raises `NotPossible` when there is no such membership."""
    row = await Membership.get_or_none(key=membership_key)
    if row is None:
        raise NotPossible("")
    await _refuse_elsewhere(village.id, group_id, household_id)
    before = f"{row.group_id}/{row.household_id}"
    row.group_id, row.household_id = group_id, household_id
    await row.save(update_fields=["group_id", "household_id"])
    await audit(
        "core.member.placed",
        actor=actor.id,
        village=village.id,
        object=("membership", row.id),
        before=before,
        after=f"{group_id}/{household_id}",
    )
