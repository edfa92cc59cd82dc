"""What waits in a region, the soonest due first, and how fast decisions were made there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cunli import db
from cunli.clock import now
from cunli.reviewing import rules
from cunli.reviewing.cases import COLUMNS, TABLES, case_from
from cunli.reviewing.rules import Case, Times

if TYPE_CHECKING:
    from cunli.console.ground import Ground

PAGE: Final = 20
MOST_ROWS: Final = 20_000
MOST_TIMED: Final = 1_000  # decisions that a page reads to say how fast they were
SPAN: Final = timedelta(days=30)
SOON: Final = timedelta(hours=24)
AGES: Final = ("late", "soon")
_STANDS: Final = (  # what its author deleted waits for nobody
    " AND NOT EXISTS (SELECT 1 FROM core_post p WHERE c.object_kind = 'post' AND p.id = c.object_id AND p.state = 'deleted')"
    " AND NOT EXISTS (SELECT 1 FROM core_comment o JOIN core_post p ON p.id = o.post_id WHERE c.object_kind = 'comment'"
    " AND o.id = c.object_id AND (o.state = 'deleted' OR p.state = 'deleted'))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the waiting cases: of one kind, and late or due within a day; empty for all. `level` is the official's own."""

    kind: str = ""
    age: str = ""
    level: int = rules.VILLAGE
    start: int = 0


async def waiting(ground: Ground, wanted: Wanted) -> list[Case]:
    """A page of what waits, and one more when there are others behind it."""
    where, args = _where(ground, wanted)
    rows = await db.read(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE {where} ORDER BY c.due_at, c.id LIMIT ? OFFSET ?",  # noqa: S608 constants and placeholders
        *args,
        PAGE + 1,
        wanted.start,
    )
    return [case_from(row) for row in rows]


def _where(ground: Ground, wanted: Wanted) -> tuple[str, list[Any]]:
    where = f"c.state = 'open' AND v.{ground.column} = ? AND c.level >= ?{_STANDS}"
    args: list[Any] = [ground.id, wanted.level]
    if wanted.kind:
        where, args = where + " AND c.kind = ?", [*args, wanted.kind]
    if wanted.age:
        where, args = where + " AND c.due_at < ?", [*args, now() + (SOON if wanted.age == "soon" else timedelta())]
    return where, args


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How many wait, how many of them are late, and since when the oldest does."""

    open: int
    late: int
    oldest: datetime | None


async def waits_in(ground: Ground, level: int) -> Waits:
    """The queue of a region in numbers."""
    where, args = _where(ground, Wanted(level=level))
    rows = await db.read(
        f"SELECT COUNT(*) AS n, COUNT(CASE WHEN c.due_at < ? THEN 1 END) AS late, MIN(c.opened_at) AS oldest"  # noqa: S608 constants and placeholders
        f" FROM {TABLES} WHERE {where}",
        now(),
        *args,
    )
    row = rows[0]
    return Waits(open=row["n"], late=row["late"], oldest=db.when(row["oldest"]) if row["oldest"] else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as everybody may know of it: never who, and never the words."""

    village: str
    kind: str
    object_kind: str
    rule: str
    outcome: str
    opened_at: datetime
    due_at: datetime
    decided_at: datetime

    @property
    def hours(self) -> float:
        """How long it took."""
        return round((self.decided_at - self.opened_at).total_seconds() / 3600, 1)

    @property
    def in_time(self) -> bool:
        return self.decided_at <= self.due_at


_OF_DECIDED: Final = (
    " FROM core_review_case c JOIN core_village v ON v.id = c.village_id WHERE v.{column} = ? AND c.state = 'decided'"
)
_DECIDED: Final = (
    "SELECT c.id, v.name AS village, c.kind, c.object_kind, c.rule, c.outcome, c.opened_at, c.due_at, c.decided_at"
    + _OF_DECIDED
)


async def decided(column: str, region_id: int, *, most: int = MOST_ROWS, start: int = 0) -> list[Decided]:
    """Decisions in a region, the latest first. `column` is one of `core_village` that holds the region's id."""
    if column not in ("id", "region_id", "township_id", "county_id"):
        raise ValueError(column)
    rows = await db.read(
        _DECIDED.format(column=column) + " ORDER BY c.decided_at DESC, c.id DESC LIMIT ? OFFSET ?",
        region_id,
        most,
        start,
    )
    return [_decided(row) for row in rows]


def _decided(row: Any) -> Decided:
    moments = {name: db.when(row[name]) for name in ("opened_at", "due_at", "decided_at")}
    words = {name: row[name] for name in ("village", "kind", "object_kind", "rule", "outcome")}
    return Decided(**words, **moments)


async def times_of(column: str, region_id: int) -> Times:
    """How fast what others brought was decided in the last 30 days; by the latest of those decisions, where they are many."""
    if column not in ("id", "region_id", "township_id", "county_id"):
        raise ValueError(column)
    rows = await db.read(
        f"SELECT c.opened_at, c.due_at, c.decided_at{_OF_DECIDED.format(column=column)}"
        " AND c.kind <> 'direct' AND c.decided_at >= ? ORDER BY c.decided_at DESC LIMIT ?",
        region_id,
        now() - SPAN,
        MOST_TIMED,
    )
    moments = ((db.when(row[name]) for name in ("opened_at", "due_at", "decided_at")) for row in rows)
    return rules.times([(opened, due, at) for opened, due, at in moments])


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A region right below, with how many of its cases wait."""

    id: int
    name: str
    open: int


async def parts_of(ground: Ground, level: int) -> list[Part]:
    """The regions below that have something waiting."""
    column = {3: "township_id", 4: "region_id"}.get(ground.level)
    if column is None:
        return []
    where, args = _where(ground, Wanted(level=level))
    rows = await db.read(
        f"SELECT r.id, r.short AS name, COUNT(*) AS n FROM {TABLES} JOIN core_region r ON r.id = v.{column}"  # noqa: S608 constants and placeholders
        f" WHERE {where} GROUP BY r.id, r.short, r.code ORDER BY r.code",
        *args,
    )
    return [Part(id=row["id"], name=row["name"], open=row["n"]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A county or township, and the column of `core_village` that holds its id."""

    id: int
    name: str
    column: str


async def region_of(region_id: int) -> Region | None:
    """The county or township with this id; of a village its county, and None for anything above."""
    rows = await db.read("SELECT id, name, level FROM core_region WHERE id = ? AND state = 'active'", region_id)
    if not rows or rows[0]["level"] not in (3, 4):
        return None
    column = {3: "county_id", 4: "township_id"}[rows[0]["level"]]
    return Region(id=rows[0]["id"], name=rows[0]["name"], column=column)
