"""The people of a region as its officials find them: by whole name or phone number, or in one village. Always masked.

Nobody lists a county: without a name or a number the verified people are shown of one village at a time, so that a page reads
as many rows as it shows. What is looked for comes in the body of a form: a phone number does not belong into an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.console.ground import Ground
from cunli.console.table import Asked, Choice, Column, Table
from cunli.people.personal import HEAD_NAME, NAME, PHONE
from cunli.people.rules import MembershipState as State
from cunli.people.rules import avatar_of
from cunli.people.words import STATES
from cunli.places.rules import LEVELS
from cunli.trust.audit import audit
from cunli.trust.numbers import parse_phone
from cunli.trust.personal import Masked
from cunli.web.errors import Text
from cunli.web.i18n import _

HOME: Final = "/admin/people"
ANY: Final = "any"
_CHOICES: Final[dict[str, Text]] = {
    State.VERIFIED.value: STATES[State.VERIFIED],
    **{state.value: words for state, words in STATES.items()},
    ANY: _("全部"),
}
SEARCH: Final = _("名字（写全）或手机号")
TABLE: Final = Table(
    url=HOME,
    columns=(
        Column(key="person", label=_("乡亲"), sort=("m.id",)),
        Column(key="village", label=_("村")),
        Column(key="state", label=_("状态")),
        Column(key="name", label=_("真名")),
        Column(key="phone", label=_("电话"), kind="n"),
        Column(key="since", label=_("哪天起"), kind="n"),
    ),
    sort="-person",
    steady="m.id",
    choices=(Choice(key="state", label=_("状态"), values=_CHOICES),),
    keeps=("region", "after"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A membership of somebody: who, where, how it stands. Name, phone and head of the household show themselves masked."""

    id: int
    key: str
    person_id: int
    display_name: str
    surname: str
    cloth: str
    dye: str
    name: Masked
    phone: Masked
    head_name: Masked
    state: State
    village_id: int
    village: str
    township: str
    slug: str
    region_id: int
    group_name: str
    away_city: str
    applied_at: datetime
    decided_at: datetime | None
    reason: str

    @property
    def page(self) -> str:
        return f"{HOME}/{self.key}"

    @property
    def since(self) -> datetime:
        """When it came to stand as it does."""
        return self.decided_at or self.applied_at


_ROWS: Final = (
    "SELECT m.id, m.key, m.person_id, m.head_name, m.state, m.away, m.away_city, m.applied_at, m.decided_at, m.reason,"
    " p.key AS person_key, p.display_name, p.name, p.phone, v.id AS village_id, v.name AS village, v.slug, v.region_id,"
    " t.short AS township, g.name AS group_name FROM core_village v JOIN core_membership m ON m.village_id = v.id"
    " JOIN core_person p ON p.id = m.person_id JOIN core_region t ON t.id = v.township_id"
    " LEFT JOIN core_village_group g ON g.id = m.group_id WHERE v.state = 'open'"
)


def needs_words(ground: Ground, asked: Asked) -> bool:
    """Whether this asks for more people than anybody reads: all who are verified, above a single village."""
    return not asked.q and ground.level < LEVELS["village"] and asked.chosen["state"] in (State.VERIFIED, ANY)


def by_phone(asked: Asked) -> bool:
    """Whether somebody is looked for by their number."""
    return parse_phone(asked.q) is not None


async def found(ground: Ground, asked: Asked, *, before: int = 0, limit: int) -> list[PersonRow]:
    """The people that the address asks for, who came last first; `before` goes on below a membership."""
    by = "+" if asked.q else ""  # keeps SQLite from going through the whole county to find one name
    sql, values = [f"{_ROWS} AND {by}v.{ground.column} = ?"], list[Any]([ground.id])
    if asked.chosen["state"] != ANY:
        sql.append("AND m.state = ?")
        values.append(asked.chosen["state"])
    if asked.q:
        condition, sought = _sought(asked.q)
        sql.append(condition)
        values += sought
    if before:
        sql.append("AND m.id < ?")
        values.append(before)
    rows = await db.read(" ".join([*sql, "ORDER BY m.id DESC LIMIT ?"]), *values, limit)
    return [_row(row) for row in rows]


def _sought(q: str) -> tuple[str, list[str]]:
    """A phone number by its blind index, anything else as a whole name."""
    phone = parse_phone(q)
    if phone is None:
        return "AND p.display_name = ?", [q]
    indexes = PHONE.indexes(phone.e164)
    return f"AND p.phone_index IN ({db.marks(indexes)})", list(indexes)


async def one(ground_ids: Sequence[int], key: str) -> PersonRow | None:
    """One membership in a village on or below these regions."""
    if not ground_ids:
        return None
    marks = db.marks(ground_ids)
    rows = await db.read(
        f"{_ROWS} AND m.key = ? AND (v.region_id IN ({marks}) OR v.township_id IN ({marks}) OR v.county_id IN ({marks}))",
        key,
        *ground_ids,
        *ground_ids,
        *ground_ids,
    )
    return _row(rows[0]) if rows else None


async def others(row: PersonRow, ground_ids: Sequence[int]) -> list[PersonRow]:
    """The same person's other memberships, on or below these regions."""
    marks = db.marks(ground_ids)
    rows = await db.read(
        f"{_ROWS} AND m.person_id = ? AND m.id <> ?"
        f" AND (v.region_id IN ({marks}) OR v.township_id IN ({marks}) OR v.county_id IN ({marks})) ORDER BY m.id",
        row.person_id,
        row.id,
        *ground_ids,
        *ground_ids,
        *ground_ids,
    )
    return [_row(each) for each in rows]


def _row(row: Any) -> PersonRow:
    return PersonRow(
        id=row["id"],
        key=row["key"],
        person_id=row["person_id"],
        display_name=row["display_name"],
        **avatar_of(row["person_key"], row["display_name"]),
        name=NAME.masked(row["name"], row["person_key"]),
        phone=PHONE.masked(row["phone"], row["person_key"]),
        head_name=HEAD_NAME.masked(row["head_name"], row["key"]),
        state=State(row["state"]),
        village_id=row["village_id"],
        village=row["village"],
        township=row["township"],
        slug=row["slug"],
        region_id=row["region_id"],
        group_name=row["group_name"] or "",
        away_city=row["away_city"] if row["away"] else "",
        applied_at=db.when(row["applied_at"]),
        decided_at=db.when(row["decided_at"]),
        reason=row["reason"],
    )


@db.unit
async def note_phone_search(ground: Ground, rows: Sequence[PersonRow], *, actor: int) -> None:
    """Write down that somebody was looked for by their number, and who was found; never the number."""
    found = {row.person_id for row in rows}
    about = ("person", found.pop()) if len(found) == 1 else ("region", ground.id)
    await audit("core.people.search", actor=actor, region=ground.id, object=about, rows=len(rows))


@db.unit
async def note_export(ground: Ground, rows: int, *, actor: int) -> None:
    """Write down that a list of people left the house, masked as it is."""
    await audit("core.people.export", actor=actor, region=ground.id, object=("region", ground.id), rows=rows)
