"""What pages read about young people, those who answer for them, and the looks that officials ask for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from cunli import db
from cunli.clock import now, today
from cunli.minors import rules
from cunli.minors.personal import NAME
from cunli.minors.rules import Age
from cunli.trust.personal import Masked

OPEN_FOR: Final = timedelta(days=7)  # nobody decides later than that
PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorNow:
    """A young person. `code` is empty when there is none that is good."""

    person_id: int
    display_name: str
    adult_on: date
    consented: bool
    village_id: int | None
    code: str
    code_until: datetime | None

    @property
    def age(self) -> Age:
        return rules.age_on(today(), self.adult_on)

    @property
    def waits(self) -> bool:
        return rules.waits(today(), self.adult_on, consented=self.consented)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianNow:
    """Who answers for somebody. On paper: `guardian_id` is None and `name` is masked."""

    key: str
    person_id: int
    guardian_id: int | None
    name: str | Masked
    since: datetime


_MINORS: Final = "FROM core_minor n JOIN core_person p ON p.id = n.person_id"
_MINOR: Final = f"""
SELECT n.person_id, p.display_name, n.adult_on, n.consented, n.village_id, n.code, n.code_until {_MINORS}
"""
_OF_VILLAGE: Final = """
n.adult_on > ? AND p.state = 'active' AND (n.village_id = ? OR EXISTS (SELECT 1 FROM core_membership m
  WHERE m.person_id = n.person_id AND m.village_id = ? AND m.state IN ('applied', 'more_info', 'verified', 'suspended')))
"""
_GUARDIAN: Final = """
SELECT g.key, g.person_id, g.guardian_id, g.name, g.since, p.display_name FROM core_guardian g
LEFT JOIN core_person p ON p.id = g.guardian_id
WHERE g.ended_at IS NULL
"""


async def minor(person_id: int) -> MinorNow | None:
    """The young person of this id; None for everybody who is grown up."""
    rows = await db.read(f"{_MINOR} WHERE n.person_id = ? AND n.adult_on > ?", person_id, today())
    return _minor(rows[0]) if rows else None


async def by_code(code: str) -> MinorNow | None:
    """Who holds this code, while it is good."""
    rows = await db.read(
        f"{_MINOR} WHERE n.code = ? AND n.code_until > ? AND n.adult_on > ? AND p.state = 'active'",
        code,
        now(),
        today(),
    )
    return _minor(rows[0]) if rows else None


async def of_village(village_id: int, *, offset: int = 0) -> list[MinorNow]:
    """The young people who said so in a village or belong to it, first those who wait for a guardian: one page."""
    order = "ORDER BY n.consented, n.id LIMIT ? OFFSET ?"
    rows = await db.read(f"{_MINOR} WHERE {_OF_VILLAGE} {order}", today(), village_id, village_id, PAGE, offset)
    return [_minor(row) for row in rows]


async def count_of_village(village_id: int) -> int:
    """How many young people a village has."""
    (row,) = await db.read(f"SELECT COUNT(*) AS n {_MINORS} WHERE {_OF_VILLAGE}", today(), village_id, village_id)
    return int(row["n"])


async def is_of_village(person_id: int, village_id: int) -> bool:
    """Whether a young person said so in a village or belongs to it."""
    where = f"WHERE n.person_id = ? AND {_OF_VILLAGE}"
    return bool(await db.read(f"SELECT 1 {_MINORS} {where}", person_id, today(), village_id, village_id))


async def guardians_of(*person_ids: int) -> list[GuardianNow]:
    """Who answers for these people, in the order they came."""
    if not person_ids:
        return []
    rows = await db.read(f"{_GUARDIAN} AND g.person_id IN ({db.marks(person_ids)}) ORDER BY g.id", *person_ids)
    return [_guardian(row) for row in rows]


async def wards_of(guardian_id: int) -> list[tuple[str, MinorNow]]:
    """For whom somebody answers, each with the key of the link."""
    rows = await db.read(
        "SELECT g.key, n.person_id, p.display_name, n.adult_on, n.consented, n.village_id, n.code, n.code_until"
        " FROM core_guardian g JOIN core_minor n ON n.person_id = g.person_id JOIN core_person p ON p.id = n.person_id"
        " WHERE g.guardian_id = ? AND g.ended_at IS NULL AND n.adult_on > ? AND p.state <> 'closed' ORDER BY g.id",
        guardian_id,
        today(),
    )
    return [(row["key"], _minor(row)) for row in rows]


async def ward(guardian_id: int, key: str) -> MinorNow | None:
    """The one behind a key, for the person who answers for them."""
    return next((one for own, one in await wards_of(guardian_id) if own == key), None)


async def homes(person_id: int) -> list[tuple[int, int | None]]:
    """The villages somebody is verified in, each with the household."""
    rows = await db.read(
        "SELECT village_id, household_id FROM core_membership WHERE person_id = ? AND state = 'verified'", person_id
    )
    return [(row["village_id"], row["household_id"]) for row in rows]


# ---- looks that need a second official -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LookNow:
    """What an official asked for. `state`: waiting, allowed, refused."""

    key: str
    person_id: int
    display_name: str
    asked_by_id: int
    asked_by_name: str
    reason: str
    asked_at: datetime
    state: str


_OVER: Final = """
SELECT r.region_id, r.person_id FROM core_role r JOIN core_person p ON p.id = r.person_id AND p.state = 'active'
WHERE r.revoked_at IS NULL AND r.person_id <> ? AND r.region_id IN (:chain) ORDER BY r.id
"""
_LOOKS: Final = """
FROM core_minor_look l JOIN core_person p ON p.id = l.person_id JOIN core_person a ON a.id = l.asked_by_id
WHERE l.used_at IS NULL AND l.asked_at > ?
"""
_LOOK: Final = f"""
SELECT l.key, l.person_id, p.display_name, l.asked_by_id, a.display_name AS asked_by_name, l.reason, l.asked_at,
       l.decided_at, l.allowed {_LOOKS}
"""
_OPEN: Final = "AND l.village_id = ? AND l.decided_at IS NULL"


async def own_look(person_id: int, asker_id: int) -> LookNow | None:
    """The newest request of an official about a young person that has not been used up."""
    rows = await db.read(
        f"{_LOOK} AND l.person_id = ? AND l.asked_by_id = ? AND (l.decided_at IS NULL OR l.decided_at > ?) ORDER BY l.id DESC LIMIT 1",
        now() - OPEN_FOR,
        person_id,
        asker_id,
        now() - timedelta(days=1),
    )
    return _look(rows[0]) if rows else None


async def open_looks(village_id: int, *, offset: int = 0) -> list[LookNow]:
    """What waits for a second official in a village, the oldest first: one page."""
    order = "ORDER BY l.id LIMIT ? OFFSET ?"
    rows = await db.read(f"{_LOOK} {_OPEN} {order}", now() - OPEN_FOR, village_id, PAGE, offset)
    return [_look(row) for row in rows]


async def count_open_looks(village_id: int) -> int:
    """How many looks wait for a second official in a village."""
    (row,) = await db.read(f"SELECT COUNT(*) AS n {_LOOKS} {_OPEN}", now() - OPEN_FOR, village_id)
    return int(row["n"])


async def others_over(chain: tuple[int, ...], but: int) -> list[int]:
    """The officials over a village but one: those nearest to it, on the first level that has any."""
    rows = await db.read(_OVER.replace(":chain", db.marks(chain)), but, *chain)
    for region_id in chain:
        if found := list(dict.fromkeys(row["person_id"] for row in rows if row["region_id"] == region_id)):
            return found
    return []


def _look(row: Any) -> LookNow:
    state = "waiting" if row["decided_at"] is None else "allowed" if row["allowed"] else "refused"
    return LookNow(
        key=row["key"],
        person_id=row["person_id"],
        display_name=row["display_name"],
        asked_by_id=row["asked_by_id"],
        asked_by_name=row["asked_by_name"],
        reason=row["reason"],
        asked_at=db.when(row["asked_at"]),
        state=state,
    )


def _minor(row: Any) -> MinorNow:
    until = db.when(row["code_until"])
    good = until is not None and until > now()
    return MinorNow(
        person_id=row["person_id"],
        display_name=row["display_name"],
        adult_on=day_of(row["adult_on"]),
        consented=bool(row["consented"]),
        village_id=row["village_id"],
        code=(row["code"] or "") if good else "",
        code_until=until if good else None,
    )


def _guardian(row: Any) -> GuardianNow:
    on_paper = row["guardian_id"] is None
    return GuardianNow(
        key=row["key"],
        person_id=row["person_id"],
        guardian_id=row["guardian_id"],
        name=NAME.masked(row["name"], row["key"]) if on_paper else row["display_name"],
        since=db.when(row["since"]),
    )


def day_of(value: date | str) -> date:
    """A day as either database gives it."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
