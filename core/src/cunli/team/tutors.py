"""Tutors (为村助教): who helps where, the days on which they come, and the words they write down for villagers.

A tutor holds no office and may publish nothing for anybody: what they write down lies there until the villager takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.feed.actions import save_draft
from cunli.feed.queries import DraftNow, draft_of
from cunli.minors.queries import day_of
from cunli.notify.actions import tell
from cunli.team.handbook import one_at_a_time
from cunli.trust.audit import audit
from cunli.web.tokens import new_key

KEPT: Final = timedelta(days=30)  # what nobody took
PAGE: Final = 50


class AlreadyTutor(Exception):
    """The person helps there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorNow:
    """Somebody who helps in a region."""

    id: int
    key: str
    person_id: int
    name: str
    region_id: int
    region: str
    since: datetime
    tours: int
    attended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TourNow:
    """A day on which a tutor comes, or came."""

    key: str
    day: date
    place: str
    attended: int | None
    notes: str
    tutor: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsNow:
    """What a tutor wrote down for a villager."""

    key: str
    village_id: int
    village: str
    url: str
    tutor: str
    body: str
    state: str
    at: datetime


_TUTORS: Final = """
FROM core_tutor u JOIN core_person p ON p.id = u.person_id JOIN core_region g ON g.id = u.region_id
LEFT JOIN core_region t ON t.id = g.parent_id
WHERE u.ended_at IS NULL AND p.state = 'active'
"""
_TUTOR: Final = (
    "SELECT u.id, u.key, u.person_id, p.display_name, u.region_id, g.name AS region, u.since,"  # noqa: S608 constants
    " (SELECT COUNT(*) FROM core_tour o WHERE o.tutor_id = u.id AND o.attended IS NOT NULL) AS tours,"
    " (SELECT COALESCE(SUM(o.attended), 0) FROM core_tour o WHERE o.tutor_id = u.id) AS attended" + _TUTORS
)
_TOURS: Final = """
FROM core_tour o
JOIN core_tutor u ON u.id = o.tutor_id JOIN core_person p ON p.id = u.person_id JOIN core_region g ON g.id = u.region_id
LEFT JOIN core_region t ON t.id = g.parent_id
"""
_TOUR: Final = f"SELECT o.key, o.day, o.place, o.attended, o.notes, p.display_name AS tutor, g.name AS region {_TOURS}"
_BELOW: Final = "(g.id = ? OR g.parent_id = ? OR t.parent_id = ?)"


async def counted(region_id: int) -> tuple[int, int]:
    """How many tutors a region and those below it have, and how many days there are of all who ever helped there."""
    (helping,) = await db.read(f"SELECT COUNT(*) AS n {_TUTORS} AND {_BELOW}", *(region_id,) * 3)
    (days,) = await db.read(f"SELECT COUNT(*) AS n {_TOURS} WHERE {_BELOW}", *(region_id,) * 3)
    return int(helping["n"]), int(days["n"])


async def within(region_id: int, *, offset: int = 0) -> list[TutorNow]:
    """The tutors of a region and of those below it: one page."""
    order = "ORDER BY g.level, g.code, u.id LIMIT ? OFFSET ?"
    rows = await db.read(f"{_TUTOR} AND {_BELOW} {order}", *(region_id,) * 3, PAGE, offset)
    return [_tutor(row) for row in rows]


async def tours_within(region_id: int, *, offset: int = 0) -> list[TourNow]:
    """The days of these tutors, the latest first: one page."""
    order = "ORDER BY o.day DESC, o.id DESC LIMIT ? OFFSET ?"
    rows = await db.read(f"{_TOUR} WHERE {_BELOW} {order}", *(region_id,) * 3, PAGE, offset)
    return [_tour(row) for row in rows]


async def of_person(person_id: int) -> list[TutorNow]:
    """Where somebody helps."""
    return [_tutor(row) for row in await db.read(f"{_TUTOR} AND u.person_id = ? ORDER BY u.id", person_id)]


async def tours_of(person_id: int, *, offset: int = 0) -> list[TourNow]:
    """Somebody's own days, the latest first: one page."""
    order = "ORDER BY o.day DESC, o.id DESC LIMIT ? OFFSET ?"
    rows = await db.read(f"{_TOUR} WHERE u.person_id = ? {order}", person_id, PAGE, offset)
    return [_tour(row) for row in rows]


async def count_tours_of(person_id: int) -> int:
    """How many days somebody planned or came."""
    (row,) = await db.read(f"SELECT COUNT(*) AS n {_TOURS} WHERE u.person_id = ?", person_id)
    return int(row["n"])


async def villages_of(person_id: int) -> list[tuple[int, str]]:
    """The open villages in which somebody helps, all of them, each with its township: two may have one name."""
    rows = await db.read(
        "SELECT DISTINCT v.id, t.code, t.name AS township, v.name FROM core_tutor u"
        " JOIN core_village v ON u.region_id IN (v.region_id, v.township_id, v.county_id)"
        " JOIN core_region t ON t.id = v.township_id"
        " WHERE u.person_id = ? AND u.ended_at IS NULL AND v.state = 'open' ORDER BY t.code, v.name, v.id",
        person_id,
    )
    return [(row["id"], f"{row['township']} {row['name']}") for row in rows]


@db.unit
async def appoint(official_id: int, region_id: int, person_id: int) -> None:
    """Somebody helps in a region from now on. Raises `AlreadyTutor`."""
    await one_at_a_time(region_id)
    if await db.read(
        "SELECT 1 FROM core_tutor WHERE person_id = ? AND region_id = ? AND ended_at IS NULL", person_id, region_id
    ):
        raise AlreadyTutor
    await db.write(
        "INSERT INTO core_tutor (key, person_id, region_id, appointed_by_id, since) VALUES (?, ?, ?, ?, ?)",
        new_key(),
        person_id,
        region_id,
        official_id,
        now(),
    )
    await audit("core.tutor.appointed", actor=official_id, object=("person", person_id), region=region_id)
    await tell(person_id, "tutor.appointed", url="/tutor")


@db.unit
async def end(official_id: int, key: str, region_id: int) -> bool:
    """Somebody helps no longer; False where they do not help in this region or below it."""
    rows = await db.read(
        "UPDATE core_tutor SET ended_at = ? WHERE key = ? AND ended_at IS NULL AND region_id IN (SELECT g.id FROM core_region g"  # noqa: S608 constants
        f" LEFT JOIN core_region t ON t.id = g.parent_id WHERE {_BELOW}) RETURNING person_id, region_id",
        now(),
        key,
        *(region_id,) * 3,
    )
    if rows:
        about = ("person", rows[0]["person_id"])
        await audit("core.tutor.ended", actor=official_id, object=about, region=rows[0]["region_id"])
        await tell(rows[0]["person_id"], "tutor.ended", url="/me")
    return bool(rows)


@db.unit
async def plan(tutor_id: int, day: date, place: str) -> None:
    """A tutor says when they come where."""
    await db.write(
        "INSERT INTO core_tour (key, tutor_id, day, place, notes) VALUES (?, ?, ?, ?, '')",
        new_key(),
        tutor_id,
        day,
        place,
    )


@db.unit
async def report(person_id: int, key: str, attended: int, notes: str) -> bool:
    """How many came, and what they asked; False for a day of somebody else."""
    return bool(
        await db.write(
            "UPDATE core_tour SET attended = ?, notes = ? WHERE key = ? AND tutor_id IN"
            " (SELECT id FROM core_tutor WHERE person_id = ? AND ended_at IS NULL)",
            attended,
            notes,
            key,
            person_id,
        )
    )


# ---- words for villagers ---------------------------------------------------------------------------------------------


@db.unit
async def write_for(tutor_id: int, village_id: int, person_id: int, body: str) -> None:
    """Lay words down for somebody who is verified in the village; nothing happens for others, and nobody is told which."""
    key = new_key()
    rows = await db.read(
        "INSERT INTO core_written_for (key, village_id, person_id, tutor_id, body, state, at)"
        " SELECT ?, m.village_id, m.person_id, ?, ?, 'waiting', ? FROM core_membership m"
        " WHERE m.village_id = ? AND m.person_id = ? AND m.state = 'verified' AND m.person_id <> ? RETURNING id",
        key,
        tutor_id,
        body,
        now(),
        village_id,
        person_id,
        tutor_id,
    )
    if rows:
        await audit("core.tutor.wrote", actor=tutor_id, village=village_id, object=("person", person_id))
        await tell(person_id, "tutor.wrote", village_id=village_id, url=f"/me/written/{key}", by=tutor_id)


async def words(person_id: int, key: str) -> WordsNow | None:
    """What was written for somebody, for themselves alone."""
    rows = await db.read(
        "SELECT w.key, w.village_id, v.name AS village, v.slug, p.display_name AS tutor, w.body, w.state, w.at FROM core_written_for w"
        " JOIN core_village v ON v.id = w.village_id JOIN core_person p ON p.id = w.tutor_id WHERE w.key = ? AND w.person_id = ?",
        key,
        person_id,
    )
    if not rows:
        return None
    row = rows[0]
    return WordsNow(
        key=row["key"],
        village_id=row["village_id"],
        village=row["village"],
        url=f"/v/{row['slug']}",
        tutor=row["tutor"],
        body=row["body"],
        state=row["state"],
        at=db.when(row["at"]),
    )


@db.unit
async def take(person_id: int, found: WordsNow, body: str) -> bool:
    """Put the words, as the villager changed them, into their own draft, after what is there; False when that was decided before."""
    if not await _decided(person_id, found.key, "taken"):
        return False
    with db.scope(found.village_id):
        before = await draft_of(person_id, found.village_id)
        joined = f"{before.body}\n{body}" if before.body else body
        kept = DraftNow(body=joined, place=before.place, audience=before.audience, uploads=before.uploads)
        await save_draft(found.village_id, person_id, kept)
    return True


@db.unit
async def refuse(person_id: int, key: str) -> bool:
    """The villager does not want the words: they are deleted."""
    return await _decided(person_id, key, "refused")


async def _decided(person_id: int, key: str, state: str) -> bool:
    return bool(
        await db.write(
            "UPDATE core_written_for SET state = ?, body = '' WHERE key = ? AND person_id = ? AND state = 'waiting'",
            state,
            key,
            person_id,
        )
    )


@db.unit
async def forget_words() -> int:
    """Delete what nobody took for a month, and what was decided."""
    return await db.write("DELETE FROM core_written_for WHERE at < ?", now() - KEPT)


def _tutor(row: Any) -> TutorNow:
    return TutorNow(
        id=row["id"],
        key=row["key"],
        person_id=row["person_id"],
        name=row["display_name"],
        region_id=row["region_id"],
        region=row["region"],
        since=db.when(row["since"]),
        tours=int(row["tours"]),
        attended=int(row["attended"]),
    )


def _tour(row: Any) -> TourNow:
    return TourNow(
        key=row["key"],
        day=day_of(row["day"]),
        place=row["place"],
        attended=row["attended"],
        notes=row["notes"],
        tutor=row["tutor"],
        region=row["region"],
    )
