"""Searching the audit trail: what somebody may see of it, page by page without counting what lies before, names masked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from cunli import db
from cunli.clock import village_zone
from cunli.trust.acts import BY, KINDS, Text, act_name, fact
from cunli.trust.audit import link_of
from cunli.trust.chain import GENESIS, Link
from cunli.trust.numbers import mask_name

Acts = Mapping[str, Text]
PAGE: Final = 50
STEP: Final = 500
ACTORS: Final = 50  # people of one name


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The part of the trail somebody may read: what lies in these regions and below; `whole` also what lies nowhere."""

    regions: tuple[int, ...]
    whole: bool


async def ground_of(regions: Collection[int]) -> Ground:
    """The part that belongs to these regions. It is the whole where no village lies outside of them."""
    own = tuple(sorted(regions))
    if not own:
        return Ground(regions=(), whole=False)
    marks = db.marks(own)
    outside = await db.read(
        f"SELECT 1 FROM core_village WHERE county_id NOT IN ({marks}) LIMIT 1",  # noqa: S608 marks only
        *own,
    )
    return Ground(regions=own, whole=not outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for. Days are those of the villages' calendar; everything that is empty does not matter."""

    since: date | None = None
    until: date | None = None
    actor: str = ""  # a display name
    action: str = ""
    village: str = ""  # a name or its beginning
    kind: str = ""
    number: str = ""

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryNow:
    """One entry as it is shown. `before` is the hash of the entry before it."""

    link: Link
    what: str
    hash: str
    before: str
    actor: str
    place: str
    about: str

    @property
    def by(self) -> str:
        return str(BY.get(self.link.by, self.link.by))

    @property
    def details(self) -> str:
        return " · ".join(fact(name, value) for name, value in self.link.details.items() if value not in (None, ""))


async def page(ground: Ground, wanted: Wanted, acts: Acts, before: int = 0) -> tuple[list[EntryNow], int]:
    """The newest entries, or those older than the entry `before`; and the number to go on before, 0 at the end.

    `acts` names the acts of plugins.
    """
    tail = f"ORDER BY e.id DESC LIMIT {PAGE + 1}"
    rows = await (_rows(ground, wanted, f"AND e.id < ? {tail}", before) if before else _rows(ground, wanted, tail))
    more = len(rows) > PAGE
    shown = await _shown(rows[:PAGE], acts)
    return shown, shown[-1].link.number if more else 0


async def walk(ground: Ground, wanted: Wanted, acts: Acts, up_to: int) -> AsyncIterator[EntryNow]:
    """Everything that is looked for up to the entry `up_to`, the oldest first."""
    after = 0
    while rows := await _rows(ground, wanted, f"AND e.id > ? AND e.id <= ? ORDER BY e.id LIMIT {STEP}", after, up_to):
        for entry in await _shown(rows, acts):
            yield entry
        after = rows[-1]["id"]


async def count(ground: Ground, wanted: Wanted, up_to: int) -> int:
    """How many there are of them."""
    conditions = await _conditions(ground, wanted)
    if conditions is None:
        return 0
    where, args = conditions
    rows = await db.read(f"SELECT COUNT(*) AS n FROM core_audit_entry e WHERE {where} AND e.id <= ?", *args, up_to)  # noqa: S608 constants and placeholders
    return int(rows[0]["n"])


_SELECT: Final = """
SELECT e.*, COALESCE(p.hash, c.hash) AS before, v.name AS village_name, r.short AS region_name, a.display_name AS actor_name,
  EXISTS (SELECT 1 FROM core_role o WHERE o.person_id = e.actor_id) AS official
FROM core_audit_entry e LEFT JOIN core_audit_entry p ON p.id = e.id - 1
LEFT JOIN core_audit_cut c ON c.up_to = e.id - 1
LEFT JOIN core_village v ON v.id = e.village_id LEFT JOIN core_region r ON r.id = e.region_id
LEFT JOIN core_person a ON a.id = e.actor_id
WHERE """


async def _rows(ground: Ground, wanted: Wanted, tail: str, *args: int) -> list[Any]:
    conditions = await _conditions(ground, wanted)
    if conditions is None:
        return []
    where, given = conditions
    return await db.read(f"{_SELECT} {where} {tail}", *given, *args)


async def _conditions(ground: Ground, wanted: Wanted) -> tuple[str, list[Any]] | None:
    """The condition and its values; None when nothing can fit."""
    parts: list[str] = ["1 = 1"]
    args: list[Any] = []
    if not ground.whole:
        if not ground.regions:
            return None
        parts.append(_BELOW.replace(":own", db.marks(ground.regions)))
        args += [*ground.regions] * 6
    if wanted.since:
        parts.append("e.at >= ?")
        args.append(_midnight(wanted.since))
    if wanted.until:
        parts.append("e.at < ?")
        args.append(_midnight(wanted.until + timedelta(days=1)))
    for column, value in (("action", wanted.action), ("object_kind", wanted.kind), ("object_id", wanted.number)):
        if value:
            parts.append(f"e.{column} = ?")
            args.append(value)
    for column, found in await _named(wanted):
        if not found:
            return None
        parts.append(f"e.{column} IN ({db.marks(found)})")
        args += found
    return " AND ".join(parts), args


_BELOW: Final = """
(e.village_id IN (SELECT id FROM core_village WHERE region_id IN (:own) OR township_id IN (:own) OR county_id IN (:own))
 OR e.region_id IN (SELECT g.id FROM core_region g LEFT JOIN core_region h ON h.id = g.parent_id
   WHERE g.id IN (:own) OR g.parent_id IN (:own) OR h.parent_id IN (:own)))"""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), village_zone())


async def _named(wanted: Wanted) -> list[tuple[str, list[int]]]:
    found = []
    if wanted.actor:
        rows = await db.read(
            f"SELECT id FROM core_person WHERE display_name = ? ORDER BY id LIMIT {ACTORS}",  # noqa: S608 constants only
            wanted.actor,
        )
        found.append(("actor_id", [row["id"] for row in rows]))
    if wanted.village:
        rows = await db.read(
            f"SELECT id FROM core_village WHERE name = ? OR slug = ? ORDER BY id LIMIT {ACTORS}",  # noqa: S608 constants only
            wanted.village,
            wanted.village,
        )
        found.append(("village_id", [row["id"] for row in rows]))
    return found


async def _shown(rows: list[Any], acts: Acts) -> list[EntryNow]:
    names = await _people([row["object_id"] for row in rows if row["object_kind"] == "person"])
    return [_entry(row, names, acts) for row in rows]


async def _people(ids: Collection[str]) -> Mapping[str, str]:
    numbers = sorted({int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 10})
    if not numbers:
        return {}
    rows = await db.read(
        f"SELECT id, display_name FROM core_person WHERE id IN ({db.marks(numbers)})",  # noqa: S608 marks only
        *numbers,
    )
    return {str(row["id"]): mask_name(row["display_name"]) for row in rows}


def _entry(row: Any, names: Mapping[str, str], acts: Acts) -> EntryNow:
    name = row["actor_name"] or ""
    kind, number = row["object_kind"], row["object_id"]
    label = str(KINDS.get(kind, kind))
    about = " ".join(part for part in (label, names.get(number, number) if kind == "person" else number) if part)
    return EntryNow(
        link=link_of(row),
        what=act_name(row["action"], acts),
        hash=row["hash"],
        before=row["before"] or GENESIS,
        actor=name if row["official"] else mask_name(name),
        place=row["village_name"] or row["region_name"] or "",
        about=about,
    )
