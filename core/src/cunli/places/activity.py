"""How much is published in a village, week by week: a column for each kind, moved in the unit of the act, so that no board counts posts.

A nightly job counts the last weeks again from what stands (`recount`): a number that is too low is put right and said in the
log. One that is higher is right: what somebody deleted was published all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

import structlog

from cunli import db
from cunli.clock import local_date, today

Kind = Literal["posts", "notices", "comments"]
KINDS: Final[tuple[Kind, ...]] = ("posts", "notices", "comments")
WEEKS: Final = 13  # as far back as boards look, and the running week
log = structlog.get_logger("cunli.places")


def monday(day: date) -> date:
    """The first day of the week that a day is in."""
    return day - timedelta(days=day.weekday())


def weeks_until(day: date, count: int) -> tuple[date, ...]:
    """The Mondays of the last `count` weeks, that of `day` last."""
    last = monday(day)
    return tuple(last - timedelta(weeks=back) for back in range(count - 1, -1, -1))


async def note(village_id: int, kind: Kind, at: datetime) -> None:
    """One more was published; inside the unit that publishes it. `at` is when it was written."""
    day = local_date(at)
    one = {each: int(each == kind) for each in KINDS}
    await db.write(_NOTE, village_id, monday(day), one["posts"], one["notices"], one["comments"], day)


_NOTE: Final = (
    "INSERT INTO core_village_week (village_id, week, posts, notices, comments, last_on) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (village_id, week) DO UPDATE SET posts = core_village_week.posts + excluded.posts,"
    " notices = core_village_week.notices + excluded.notices, comments = core_village_week.comments + excluded.comments,"
    " last_on = CASE WHEN excluded.last_on > core_village_week.last_on THEN excluded.last_on"
    " ELSE core_village_week.last_on END"
)


async def add_up(old_village_id: int, new_village_id: int) -> None:
    """The weeks of a village that went into another one; inside the unit of the merge."""
    await db.write(
        "INSERT INTO core_village_week (village_id, week, posts, notices, comments, last_on)"  # noqa: S608 constants only
        " SELECT ?, week, posts, notices, comments, last_on FROM core_village_week WHERE village_id = ?"
        + _NOTE.partition("?)")[2],
        new_village_id,
        old_village_id,
    )
    await db.write("DELETE FROM core_village_week WHERE village_id = ?", old_village_id)


async def recount(village_id: int) -> int:
    """Count the last weeks again from what stands, and raise what is too low. Returns how many weeks that were."""
    since = weeks_until(today(), WEEKS)[0]
    counted: dict[date, Counter[str]] = {}
    last: dict[date, date] = {}
    for sql in _STANDING:
        for row in await db.read(sql, village_id):
            day = local_date(db.when(row["at"]))
            if day >= since:
                counted.setdefault(monday(day), Counter())[_COLUMN.get(row["kind"], "posts")] += 1
                last[monday(day)] = max(day, last.get(monday(day), day))
    wanted = {week: tuple(numbers[kind] for kind in KINDS) for week, numbers in counted.items()}
    return await _raise_to(village_id, wanted, last) if wanted else 0


@db.unit
async def _raise_to(village_id: int, wanted: dict[date, tuple[int, ...]], last: dict[date, date]) -> int:
    rows = await db.read(
        f"SELECT week, posts, notices, comments, last_on FROM core_village_week WHERE village_id = ?"  # noqa: S608 marks only
        f" AND week IN ({db.marks(list(wanted))})",
        village_id,
        *wanted,
    )
    stored = {as_day(row["week"]): tuple(row[kind] for kind in KINDS) for row in rows}
    low = [w for w in wanted if any(map(int.__gt__, wanted[w], stored.get(w, (0, 0, 0))))]
    for week in low:
        numbers = tuple(map(max, wanted[week], stored.get(week, (0, 0, 0))))
        await db.write(_RAISE, village_id, week, *numbers, last[week])
    return len(low)


_RAISE: Final = (
    "INSERT INTO core_village_week (village_id, week, posts, notices, comments, last_on) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (village_id, week) DO UPDATE SET posts = excluded.posts, notices = excluded.notices,"
    " comments = excluded.comments, last_on = CASE WHEN excluded.last_on > core_village_week.last_on"
    " THEN excluded.last_on ELSE core_village_week.last_on END"
)
_STOOD: Final = (  # not what was held back from the beginning and refused
    "{0}.state IN ('visible', 'hidden') AND NOT EXISTS (SELECT 1 FROM core_held h WHERE h.object_kind = '{1}'"
    " AND h.object_id = {0}.id AND NOT h.published)"
)
_STANDING: Final = (
    "SELECT p.kind, p.created_at AS at FROM core_post p WHERE p.village_id = ? AND " + _STOOD.format("p", "post"),  # noqa: S608 constants
    "SELECT 'comment' AS kind, c.created_at AS at FROM core_post p JOIN core_comment c ON c.post_id = p.id"  # noqa: S608 constants
    " WHERE p.village_id = ? AND " + _STOOD.format("c", "comment"),
)
_COLUMN: Final[dict[str, Kind]] = {
    "notice": "notices",
    "comment": "comments",
}  # of what is published; of all else `posts`


async def recount_all() -> int:
    """Every open village, one after the other. Returns how many weeks were too low."""
    rows: Sequence[db.Row] = await db.read("SELECT id FROM core_village WHERE state = 'open' ORDER BY id")
    raised = {row["id"]: await recount(row["id"]) for row in rows}
    for village_id, weeks in raised.items():
        if weeks:
            log.warning("weeks of a village were counted too low", village=village_id, weeks=weeks)
    return sum(raised.values())


def as_day(value: str | date) -> date:
    """The day in a raw row, whichever engine it came from."""
    return value if isinstance(value, date) else date.fromisoformat(value[:10])
