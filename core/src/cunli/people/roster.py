"""What officials read about the people of their village: the queue, the list, one member. Names stay masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.people import rules
from cunli.people.models import MembershipState
from cunli.people.personal import HEAD_NAME, NAME, PHONE
from cunli.places.queries import HouseholdNow
from cunli.trust.personal import Masked

PAGE: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One person of the village, or one who asks to be."""

    id: int
    key: str
    person_id: int
    person_key: str
    display_name: str
    surname: str
    cloth: str
    dye: str
    name: Masked
    phone: Masked
    head_name: Masked
    state: MembershipState
    group_id: int | None
    group_name: str
    household_id: int | None
    household_number: str
    away: bool
    away_city: str
    away_since: dt.date | None
    applied_at: datetime
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step in the history of a membership."""

    before: str
    after: str
    note: str
    at: datetime
    by_id: int | None
    by_name: str


_MEMBER = """
SELECT m.id, m.key, m.person_id, m.head_name, m.state, m.group_id, m.household_id, m.away, m.away_city, m.away_since,
       m.applied_at, m.decided_at, m.reason, p.key AS person_key, p.display_name, p.name, p.phone,
       g.name AS group_name, h.number AS household_number
FROM core_membership m
JOIN core_person p ON p.id = m.person_id
LEFT JOIN core_village_group g ON g.id = m.group_id
LEFT JOIN core_household h ON h.id = m.household_id
WHERE m.village_id = ?
"""


async def waiting(village_id: int, *, after: int = 0, limit: int = PAGE) -> list[MemberRow]:
    """Applications that wait for the village, the oldest first."""
    rows = await db.read(
        _MEMBER + " AND m.state = 'applied' AND m.id > ? ORDER BY m.id LIMIT ?", village_id, after, limit
    )
    return [_member(row) for row in rows]


async def waiting_count(village_id: int) -> int:
    rows = await db.read(
        "SELECT COUNT(*) AS n FROM core_membership WHERE village_id = ? AND state = 'applied'", village_id
    )
    return int(rows[0]["n"])


async def member(village_id: int, key: str) -> MemberRow | None:
    """One member or applicant of the village."""
    rows = await db.read(_MEMBER + " AND m.key = ?", village_id, key)
    return _member(rows[0]) if rows else None


async def own_membership(village_id: int, person_id: int) -> MemberRow | None:
    """The person's own membership, for their own pages."""
    rows = await db.read(_MEMBER + " AND m.person_id = ?", village_id, person_id)
    return _member(rows[0]) if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which members to list. Empty fields do not restrict; `q` is a part of the display name."""

    state: MembershipState = MembershipState.VERIFIED
    group_id: int | None = None
    away: bool | None = None
    q: str = ""


async def members(village_id: int, chosen: Filter, *, after: int = 0, limit: int = PAGE) -> list[MemberRow]:
    """A page of the member list, in the order people came. `after` is the id of the last row of the page before."""
    sql, args = [_MEMBER, "AND m.state = ? AND m.id > ?"], [village_id, str(chosen.state), after]
    if chosen.group_id is not None:
        sql.append("AND m.group_id = ?")
        args.append(chosen.group_id)
    if chosen.away is not None:
        sql.append("AND m.away = ?")
        args.append(chosen.away)
    if chosen.q:
        sql.append(r"AND LOWER(p.display_name) LIKE LOWER(?) ESCAPE '\'")
        args.append(f"%{_literal(chosen.q)}%")
    rows = await db.read(" ".join([*sql, "ORDER BY m.id LIMIT ?"]), *args, limit)
    return [_member(row) for row in rows]


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


async def steps(village_id: int, membership_id: int) -> list[StepRow]:
    """The history of a membership, the oldest step first."""
    rows = await db.read(
        "SELECT s.before, s.after, s.note, s.at, s.by_id, p.display_name FROM core_membership_step s"
        " LEFT JOIN core_person p ON p.id = s.by_id WHERE s.village_id = ? AND s.membership_id = ? ORDER BY s.id",
        village_id,
        membership_id,
    )
    return [
        StepRow(
            before=r["before"],
            after=r["after"],
            note=r["note"],
            at=db.when(r["at"]),
            by_id=r["by_id"],
            by_name=r["display_name"] or "",
        )
        for r in rows
    ]


class Register:
    """The village's households by the name of their head; each name is opened once, however many applicants are compared."""

    def __init__(self, households: Sequence[HouseholdNow]) -> None:
        self._by_head: dict[str, list[HouseholdNow]] = {}
        for each in households:
            self._by_head.setdefault(each.head.likeness(), []).append(each)

    def likely(self, applicant: MemberRow) -> HouseholdNow | None:
        """The household whose head has the name the applicant gave, when there is exactly one, in their group if they know it."""
        name = applicant.head_name.likeness()
        found = self._by_head.get(name, []) if name else []
        if len(found) > 1 and applicant.group_id is not None:
            found = [each for each in found if each.group_id == applicant.group_id]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMembership:
    """One of a person's villages, for their own page."""

    village_id: int
    url: str
    village_name: str
    county_name: str
    cloth: str
    dye: str
    state: MembershipState
    group_name: str
    away: bool
    away_city: str
    away_since: dt.date | None
    reason: str


_OWN = """
SELECT m.village_id, v.slug, v.name AS village_name, c.short AS county_name, v.cloth, v.dye, m.state, g.name AS group_name,
       m.away, m.away_city, m.away_since, m.reason
FROM core_membership m
JOIN core_village v ON v.id = m.village_id
JOIN core_region c ON c.id = v.county_id
LEFT JOIN core_village_group g ON g.id = m.group_id
WHERE m.person_id = ? ORDER BY m.id
"""


async def villages_of(person_id: int) -> list[OwnMembership]:
    """Every village the person belongs to or asked to belong to."""
    rows = await db.read(_OWN, person_id)
    return [
        OwnMembership(
            village_id=r["village_id"],
            url=f"/v/{r['slug']}",
            village_name=r["village_name"],
            county_name=r["county_name"],
            cloth=r["cloth"],
            dye=r["dye"],
            state=MembershipState(r["state"]),
            group_name=r["group_name"] or "",
            away=bool(r["away"]),
            away_city=r["away_city"],
            away_since=_date(r["away_since"]),
            reason=r["reason"],
        )
        for r in rows
    ]


_APPLICATION = """
SELECT p.key AS person_key, p.display_name, p.name, m.key, m.head_name, m.group_id, m.away, m.away_city, m.away_since
FROM core_person p LEFT JOIN core_membership m ON m.person_id = p.id AND m.village_id = ? WHERE p.id = ?
"""


async def own_application(village_id: int, person_id: int) -> dict[str, object]:
    """What a person told the village earlier, in clear, to fill their own form with."""
    row = (await db.read(_APPLICATION, village_id, person_id))[0]
    head_name = HEAD_NAME.own(row["head_name"], row["key"], about=person_id, reader=person_id) if row["key"] else ""
    return {
        "display_name": row["display_name"],
        "name": NAME.own(row["name"], row["person_key"], about=person_id, reader=person_id),
        "head_name": head_name,
        "group": row["group_id"] or "",
        "away": "1" if row["away"] else "",
        "away_city": row["away_city"] or "",
        "away_since": row["away_since"] or "",
    }


def _date(value: str | dt.date | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _member(row: Any) -> MemberRow:
    return MemberRow(
        id=row["id"],
        key=row["key"],
        person_id=row["person_id"],
        person_key=row["person_key"],
        display_name=row["display_name"],
        **rules.avatar_of(row["person_key"], row["display_name"]),
        name=NAME.masked(row["name"], row["person_key"]),
        phone=PHONE.masked(row["phone"], row["person_key"]),
        head_name=HEAD_NAME.masked(row["head_name"], row["key"]),
        state=MembershipState(row["state"]),
        group_id=row["group_id"],
        group_name=row["group_name"] or "",
        household_id=row["household_id"],
        household_number=row["household_number"] or "",
        away=bool(row["away"]),
        away_city=row["away_city"],
        away_since=_date(row["away_since"]),
        applied_at=db.when(row["applied_at"]),
        decided_at=db.when(row["decided_at"]),
        reason=row["reason"],
    )
