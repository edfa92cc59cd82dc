"""Where a verified person lives: in the village or away, and which of their villages is home."""

from __future__ import annotations

import datetime as dt

from cunli import db
from cunli.care import consents
from cunli.people import rules
from cunli.people.actions import NotPossible, count
from cunli.people.models import Membership, MembershipState


@db.unit
async def set_away(
    person_id: int, village_id: int, *, away: bool, city: str = "", since: dt.date | None = None
) -> None:
    """Say whether one lives in the village or away, and where. Only for verified people; raises `NotPossible`."""
    with db.scope(village_id):
        row = await Membership.get_or_none(person_id=person_id, state=MembershipState.VERIFIED)
        if row is None:
            raise NotPossible("")
        changed = await db.write(
            "UPDATE core_membership SET away = ?, away_city = ?, away_since = ? WHERE id = ? AND state = 'verified' AND away = ?",
            away,
            city if away else "",
            since if away else None,
            row.id,
            row.away,
        )
        if not changed:
            raise NotPossible("")
    if away and (city or since):
        await consents.give(person_id, "away")
    state = MembershipState.VERIFIED
    await count(village_id, rules.count_change(state, state, was_away=row.away, is_away=away))


@db.unit
async def choose_home(person_id: int, village_id: int) -> None:
    """Make one of the villages one is verified in the home village. Raises `NotPossible`."""
    chosen = await db.write(
        "UPDATE core_person SET home_village_id = ? WHERE id = ? AND EXISTS (SELECT 1 FROM core_membership m"
        " WHERE m.person_id = core_person.id AND m.village_id = ? AND m.state = 'verified')",
        village_id,
        person_id,
        village_id,
    )
    if not chosen:
        raise NotPossible("")
