"""What a village keeps about itself: its groups, its households, its dated figures. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from cunli import db
from cunli.places.rules import SMARTPHONE_USERS, verified_rate
from cunli.trust.personal import EncryptedText, Masked

HEAD_NAME: Final = EncryptedText("core_household", "head_name", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNow:
    """A villagers' group and how many people and households stand in it."""

    id: int
    name: str
    position: int
    member_count: int
    household_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdNow:
    """A household of the register. The head's name shows itself masked."""

    id: int
    key: str
    number: str
    group_id: int | None
    group_name: str
    head: Masked
    member_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureNow:
    """A figure and the day it was true."""

    value: int
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRate:
    """认证率 with both of its numbers and the day of the denominator. `percent` is None without a denominator."""

    verified: int
    smartphone_users: int
    as_of: date | None
    percent: Decimal | None

    @property
    def text(self) -> str:
        return f"{self.percent}%" if self.percent is not None else ""


async def groups_of(village_id: int) -> tuple[GroupNow, ...]:
    """The village's groups in their own order."""
    rows = await db.read(
        "SELECT g.id, g.name, g.position, COALESCE(m.n, 0) AS member_count, COALESCE(h.n, 0) AS household_count"
        " FROM core_village_group g"
        " LEFT JOIN (SELECT group_id, COUNT(*) AS n FROM core_membership"
        " WHERE village_id = ? AND state = 'verified' GROUP BY group_id) m ON m.group_id = g.id"
        " LEFT JOIN (SELECT group_id, COUNT(*) AS n FROM core_household"
        " WHERE village_id = ? AND closed_at IS NULL GROUP BY group_id) h ON h.group_id = g.id"
        " WHERE g.village_id = ? ORDER BY g.position, g.id",
        village_id,
        village_id,
        village_id,
    )
    return tuple(GroupNow(**dict(row)) for row in rows)


_HOUSEHOLDS: Final = (
    "SELECT h.id, h.key, h.number, h.group_id, g.name AS group_name, h.head_name, COALESCE(m.n, 0) AS member_count"
    " FROM core_household h LEFT JOIN core_village_group g ON g.id = h.group_id"
    " LEFT JOIN (SELECT household_id, COUNT(*) AS n FROM core_membership"
    " WHERE village_id = ? AND state = 'verified' GROUP BY household_id) m ON m.household_id = h.id"
    " WHERE h.village_id = ? AND h.closed_at IS NULL"
)


async def households_of(village_id: int, group_id: int | None = None) -> tuple[HouseholdNow, ...]:
    """The open households of the register, all or one group's, by group and number."""
    only, values = (" AND h.group_id = ?", (group_id,)) if group_id else ("", ())
    order = " ORDER BY g.position, h.group_id, h.number, h.id"
    return tuple(_household(row) for row in await db.read(_HOUSEHOLDS + only + order, village_id, village_id, *values))


async def household_by_key(village_id: int, key: str) -> HouseholdNow | None:
    """One open household of the village."""
    rows = await db.read(f"{_HOUSEHOLDS} AND h.key = ?", village_id, village_id, key)
    return _household(rows[0]) if rows else None


def _household(row: Any) -> HouseholdNow:
    return HouseholdNow(
        id=row["id"],
        key=row["key"],
        number=row["number"],
        group_id=row["group_id"],
        group_name=row["group_name"] or "",
        head=HEAD_NAME.masked(row["head_name"], row["key"]),
        member_count=row["member_count"],
    )


async def figure_now(village_id: int, kind: str = SMARTPHONE_USERS) -> FigureNow | None:
    """The latest figure of a kind."""
    rows = await db.read(
        "SELECT value, as_of FROM core_village_figure WHERE village_id = ? AND kind = ? ORDER BY as_of DESC LIMIT 1",
        village_id,
        kind,
    )
    return FigureNow(value=rows[0]["value"], as_of=_day(rows[0]["as_of"])) if rows else None


async def verified_rate_of(village_id: int, verified: int) -> VerifiedRate:
    """The village's 认证率 against its latest number of smartphone users."""
    figure = await figure_now(village_id)
    users = figure.value if figure else 0
    return VerifiedRate(
        verified=verified,
        smartphone_users=users,
        as_of=figure.as_of if figure else None,
        percent=verified_rate(verified, users),
    )


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
