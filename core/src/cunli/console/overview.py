"""What the console's board shows of a region. Reads counters and rollups only: what it costs does not grow with the talk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cunli import db
from cunli.clock import now, today
from cunli.console.ground import Ground
from cunli.places.activity import as_day, weeks_until
from cunli.places.rules import LEVELS, SMARTPHONE_USERS, verified_rate

QUIET: Final = (7, 14, 30, 60)  # days without anything published, to choose from
QUIET_DAYS: Final = 14
WEEKS: Final = 12
MOST_QUIET: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a region fares: a township of a county, a village, or the sum of several.

    `users` sums the latest numbers of smartphone users of the `counted` villages that have one, `verified_there` the people
    verified in those: a village without a number is in neither part of the rate.
    """

    id: int
    name: str
    villages: int  # on the map, open or not
    opened: int
    quiet: int
    unled: int  # open, and without an admin of their own
    verified: int
    away: int
    households: int
    counted: int
    users: int
    verified_there: int

    @property
    def active(self) -> int:
        return self.opened - self.quiet

    @property
    def rate(self) -> Decimal | None:
        """认证率 in per cent; None while no village has a number."""
        return verified_rate(self.verified_there, self.users)


def summed(region_id: int, name: str, parts: Iterable[Standing]) -> Standing:
    """Several regions as one."""
    rows = list(parts)
    sums = {field: sum(getattr(one, field) for one in rows) for field in _NUMBERS if field != "id"}
    return Standing(id=region_id, name=name, **sums)


async def standings(ground: Ground, quiet_days: int = QUIET_DAYS) -> tuple[Standing, ...]:
    """The regions right below in the order of their codes; of a village, the village itself."""
    of_county = ground.level == LEVELS["county"]
    rows = await db.read(
        _STANDINGS.format(
            below="t.parent_id = r.id" if of_county else "t.id = r.id",
            which="r.id = ?" if ground.level == LEVELS["village"] else "r.parent_id = ?",
        ),
        *quiet_since(quiet_days),
        SMARTPHONE_USERS,
        ground.id,
    )
    return tuple(Standing(name=row["name"], **{name: int(row[name]) for name in _NUMBERS}) for row in rows)


_NUMBERS: Final = tuple(field for field in Standing.__dataclass_fields__ if field != "name")
# the latest figure, the last day of anything published, the admins: each one step into an index
USERS: Final = (
    "(SELECT f.value FROM core_village_figure f WHERE f.village_id = v.id AND f.kind = ? ORDER BY f.as_of DESC LIMIT 1)"
)
LAST_ON: Final = "(SELECT w.last_on FROM core_village_week w WHERE w.village_id = v.id ORDER BY w.week DESC LIMIT 1)"
ADMINS: Final = (
    "(SELECT COUNT(DISTINCT o.person_id) FROM core_role o WHERE o.region_id = v.region_id AND o.kind = 'village_admin'"
    " AND o.revoked_at IS NULL)"
)
IS_QUIET: Final = "(last_on < ? OR (last_on IS NULL AND opened_at < ?))"
_STANDINGS: Final = (
    "SELECT x.id, x.name, COUNT(x.place) AS villages, COUNT(x.village) AS opened,"  # noqa: S608 constants
    f" COALESCE(SUM(CASE WHEN x.village IS NOT NULL AND {IS_QUIET} THEN 1 ELSE 0 END), 0) AS quiet,"
    " COALESCE(SUM(CASE WHEN x.village IS NOT NULL AND x.admins = 0 THEN 1 ELSE 0 END), 0) AS unled,"
    " COALESCE(SUM(x.verified_count), 0) AS verified, COALESCE(SUM(x.away_count), 0) AS away,"
    " COALESCE(SUM(x.household_count), 0) AS households, COUNT(x.users) AS counted, COALESCE(SUM(x.users), 0) AS users,"
    " COALESCE(SUM(CASE WHEN x.users IS NOT NULL THEN x.verified_count END), 0) AS verified_there"
    " FROM (SELECT r.id, r.short AS name, r.code, t.id AS place, v.id AS village, v.opened_at, v.verified_count,"
    f" v.away_count, v.household_count, {USERS} AS users, {LAST_ON} AS last_on, {ADMINS} AS admins FROM core_region r"
    " LEFT JOIN core_region t ON {below} AND t.level = 5 AND t.state = 'active'"
    " LEFT JOIN core_village v ON v.region_id = t.id AND v.state = 'open'"
    " WHERE {which} AND r.state = 'active') x GROUP BY x.id, x.name, x.code ORDER BY x.code"
)


def quiet_since(days: int) -> tuple[date, datetime]:
    """What a village's last day and its opening are compared with."""
    return today() - timedelta(days=days), now() - timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietVillage:
    """A village where nothing was published lately. `last_on` is None where nothing ever was."""

    name: str
    township: str
    url: str
    region_id: int
    last_on: date | None

    @property
    def days(self) -> int | None:
        return (today() - self.last_on).days if self.last_on else None


async def quiet_villages(ground: Ground, quiet_days: int, limit: int = MOST_QUIET) -> tuple[QuietVillage, ...]:
    """The villages that have been silent the longest, those that never said anything first."""
    rows = await db.read(
        f"SELECT * FROM (SELECT v.name, v.slug, v.region_id, v.opened_at, t.short AS township, {LAST_ON} AS last_on"  # noqa: S608 constants
        f" FROM core_village v JOIN core_region t ON t.id = v.township_id WHERE v.{ground.column} = ? AND v.state = 'open') x"
        f" WHERE {IS_QUIET} ORDER BY CASE WHEN last_on IS NULL THEN 0 ELSE 1 END, last_on, name LIMIT ?",
        ground.id,
        *quiet_since(quiet_days),
        limit,
    )
    return tuple(
        QuietVillage(
            name=row["name"],
            township=row["township"],
            url=f"/v/{row['slug']}",
            region_id=row["region_id"],
            last_on=as_day(row["last_on"]) if row["last_on"] else None,
        )
        for row in rows
    )


# ---- week by week ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What was published in a region in the week that begins with `monday`, and in how many villages."""

    monday: date
    posts: int = 0
    notices: int = 0
    comments: int = 0
    villages: int = 0


async def weeks(ground: Ground, count: int = WEEKS) -> tuple[Week, ...]:
    """The last `count` weeks, the running one last; a week without anything is there with zeros."""
    mondays = weeks_until(today(), count)
    rows = await db.read(
        f"SELECT w.week, SUM(w.posts) AS posts, SUM(w.notices) AS notices, SUM(w.comments) AS comments, COUNT(*) AS villages"  # noqa: S608 a column of ours
        f" FROM core_village v JOIN core_village_week w ON w.village_id = v.id AND w.week >= ?"
        f" WHERE v.{ground.column} = ? AND v.state = 'open' GROUP BY w.week",
        mondays[0],
        ground.id,
    )
    found = {as_day(row["week"]): row for row in rows}
    names = ("posts", "notices", "comments", "villages")
    return tuple(
        Week(monday=day, **({name: int(found[day][name]) for name in names} if day in found else {})) for day in mondays
    )


def change(values: Sequence[int]) -> int | None:
    """By how many per cent the last value differs from the one before; None where there was nothing before."""
    before, last = values[-2:]
    return round((last - before) * 100 / before) if before else None


# ---- what waits ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in one village. `overdue` of the `count` have waited for longer than they should."""

    village: str
    url: str
    count: int
    overdue: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One kind of work that waits in a region, the village that has waited longest first."""

    kind: str  # applications | reports | held
    villages: tuple[Waiting, ...]

    @property
    def count(self) -> int:
        return sum(one.count for one in self.villages)

    @property
    def overdue(self) -> int:
        return sum(one.overdue for one in self.villages)


PATIENCE: Final = {"applications": timedelta(days=3), "reports": timedelta(days=1), "held": timedelta(days=1)}
DESKS: Final = {"applications": "/members/requests", "reports": "/reports", "held": "/held"}
_WAITING: Final = {  # table, when it began to wait, what waits
    "applications": ("core_membership", "applied_at", "w.state = 'applied'"),
    "reports": ("core_report", "created_at", "w.state = 'open'"),
    "held": ("core_held", "created_at", "w.state = 'open'"),
}


async def queues(ground: Ground) -> tuple[Queue, ...]:
    """What waits for somebody in the villages of a region; queues without anything are left out."""
    parts: list[str] = []
    values: list[Any] = []
    for kind, (table, since, which) in _WAITING.items():
        parts.append(
            f"SELECT '{kind}' AS kind, v.name, v.slug, COUNT(*) AS n, MIN(w.{since}) AS oldest,"  # noqa: S608 constants
            f" SUM(CASE WHEN w.{since} < ? THEN 1 ELSE 0 END) AS overdue FROM core_village v"
            f" JOIN {table} w ON w.village_id = v.id AND {which} WHERE v.{ground.column} = ? AND v.state = 'open'"
            f" GROUP BY v.id, v.name, v.slug"
        )
        values += [now() - PATIENCE[kind], ground.id]
    rows = await db.read(" UNION ALL ".join(parts), *values)
    found = (Queue(kind=kind, villages=_in_order(kind, rows)) for kind in _WAITING)
    return tuple(queue for queue in found if queue.villages)


def _in_order(kind: str, rows: Iterable[Any]) -> tuple[Waiting, ...]:
    waiting = (
        Waiting(
            village=row["name"],
            url=f"/v/{row['slug']}{DESKS[kind]}",
            count=int(row["n"]),
            overdue=int(row["overdue"]),
            oldest=db.when(row["oldest"]),
        )
        for row in rows
        if row["kind"] == kind
    )
    return tuple(sorted(waiting, key=lambda one: one.oldest))
