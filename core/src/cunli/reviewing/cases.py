"""Opening and closing cases: part of the unit of what makes or decides them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cunli import db, plugin_values
from cunli.clock import now
from cunli.county_settings import APPEAL_HOURS, REVIEW_HOURS
from cunli.people.queries import admins_of, offices_within
from cunli.reviewing import rules
from cunli.reviewing.rules import Case
from cunli.trust.policy import RANKS
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = (
    "c.*, v.region_id, v.township_id, v.county_id,"
    " EXISTS (SELECT 1 FROM core_review_case a WHERE a.appeal_of_id = c.id) AS appealed"
)
TABLES: Final = "core_review_case c JOIN core_village v ON v.id = c.village_id"
_OPEN: Final = (
    "INSERT INTO core_review_case (key, village_id, kind, object_kind, object_id, author_id, level, rule, open_key, opened_at,"
    " due_at, state, outcome, was, reason, words, decided_level, appeal_of_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', '', '', '', ?, 0, ?) ON CONFLICT (open_key) DO NOTHING"
)


async def opened(
    kind: str,
    thing: tuple[str, int],
    *,
    author_id: int,
    village_id: int,
    chain: Sequence[int],
    rule: str,
    level: int = rules.VILLAGE,
    words: str = "",
    appeal_of: int | None = None,
) -> bool:
    """Open a case unless one of this kind is open about the same thing; whether it is new."""
    values = await plugin_values.values_of(tuple(chain))
    hours = values(APPEAL_HOURS if kind == rules.APPEAL else REVIEW_HOURS)
    moment = now()
    fresh = await db.write(
        _OPEN,
        new_key(),
        village_id,
        kind,
        *thing,
        author_id,
        level,
        rule,
        open_key(kind, thing),
        moment,
        moment + timedelta(hours=hours),
        words,
        appeal_of,
    )
    return bool(fresh)


def open_key(kind: str, thing: tuple[str, int]) -> str:
    """What names the one open case of a kind about a thing."""
    return f"{kind}:{thing[0]}:{thing[1]}"


async def closed(
    kind: str,
    thing: tuple[str, int],
    outcome: str,
    *,
    actor: int,
    chain: Sequence[int],
    was: str,
    reason: str,
    rule: str = "",
) -> bool:
    """Close the open case of a kind about a thing with a decision; whether there was one."""
    done = await db.write(
        "UPDATE core_review_case SET state = 'decided', open_key = NULL, outcome = ?, was = ?, reason = ?, decided_by_id = ?,"
        " decided_level = ?, decided_at = ?, rule = CASE WHEN ? = '' THEN rule ELSE ? END WHERE open_key = ?",
        outcome,
        was,
        reason,
        actor,
        await level_of(actor, chain),
        now(),
        rule,
        rule,
        open_key(kind, thing),
    )
    return bool(done)


async def level_of(person_id: int, chain: Sequence[int]) -> int:
    """The level of the highest office somebody holds over a village (3 county, 4 township, 5 village); 9 without one."""
    offices = await offices_within(person_id, chain)
    return min((RANKS[office.kind] for office in offices if office.kind in RANKS), default=9)


async def reviewers(chain: Sequence[int], *, but: int) -> tuple[int, ...]:
    """Who is told that something waits: the officials of the nearest region that has others than `but`, its author."""
    for start in range(len(chain)):
        if people := tuple(one for one in await admins_of(chain[start:]) if one != but):
            return people
    return ()


async def recorded(
    thing: tuple[str, int],
    outcome: str,
    *,
    author_id: int,
    village_id: int,
    chain: Sequence[int],
    actor: int,
    reason: str,
    rule: str,
) -> None:
    """Write down a decision that an official made without being asked."""
    moment = now()
    await db.write(
        "INSERT INTO core_review_case (key, village_id, kind, object_kind, object_id, author_id, level, rule, opened_at, due_at,"
        " state, outcome, was, reason, words, decided_by_id, decided_level, decided_at)"
        " VALUES (?, ?, 'direct', ?, ?, ?, 5, ?, ?, ?, 'decided', ?, '', ?, '', ?, ?, ?)",
        new_key(),
        village_id,
        *thing,
        author_id,
        rule,
        moment,
        moment,
        outcome,
        reason,
        actor,
        await level_of(actor, chain),
        moment,
    )


def case_from(row: Any) -> Case:
    """A case from a row of `COLUMNS`."""
    return Case(
        id=row["id"],
        key=row["key"],
        village_id=row["village_id"],
        chain=(row["region_id"], row["township_id"], row["county_id"]),
        kind=row["kind"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        author_id=row["author_id"],
        level=row["level"],
        rule=row["rule"],
        opened_at=db.when(row["opened_at"]),
        due_at=db.when(row["due_at"]),
        state=row["state"],
        outcome=row["outcome"],
        was=row["was"],
        reason=row["reason"],
        words=row["words"],
        decided_by_id=row["decided_by_id"] or 0,
        decided_level=row["decided_level"],
        decided_at=db.when(row["decided_at"]) if row["decided_at"] else None,
        appeal_of_id=row["appeal_of_id"] or 0,
        appealed=bool(row["appealed"]),
    )


async def case_by_key(key: str) -> Case | None:
    """The case with this key."""
    rows = await db.read(f"SELECT {COLUMNS} FROM {TABLES} WHERE c.key = ?", key)  # noqa: S608 constants
    return case_from(rows[0]) if rows else None


async def case_by_id(case_id: int) -> Case | None:
    """The case with this id."""
    rows = await db.read(f"SELECT {COLUMNS} FROM {TABLES} WHERE c.id = ?", case_id)  # noqa: S608 constants
    return case_from(rows[0]) if rows else None


async def latest_decision(thing: tuple[str, int]) -> Case | None:
    """The last decision about a thing."""
    rows = await db.read(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE c.object_kind = ? AND c.object_id = ? AND c.state = 'decided'"  # noqa: S608 constants
        " ORDER BY c.decided_at DESC, c.id DESC LIMIT 1",
        *thing,
    )
    return case_from(rows[0]) if rows else None


async def reporters_of(thing: tuple[str, int]) -> frozenset[int]:
    """Who reported a thing and waits for the answer."""
    rows = await db.read(
        "SELECT reporter_id FROM core_report WHERE object_kind = ? AND object_id = ? AND state = 'open'", *thing
    )
    return frozenset(row["reporter_id"] for row in rows)


async def deciders_of(thing: tuple[str, int]) -> frozenset[int]:
    """Who decided about a thing before."""
    rows = await db.read(
        "SELECT decided_by_id FROM core_review_case WHERE object_kind = ? AND object_id = ? AND decided_by_id IS NOT NULL",
        *thing,
    )
    return frozenset(row["decided_by_id"] for row in rows)
