"""The offices of a region and everything below it, as the console lists them: who holds which now, and who held them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.people import rules

PAGE: Final = 50
MOST: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One office, held or past. `by` and `ended_by` are display names, empty for the operator's command."""

    role_id: int
    person_id: int
    display_name: str
    surname: str
    cloth: str
    dye: str
    kind: str
    title: str
    region_id: int
    region: str
    code: str
    above: str  # the name of the region right above
    granted_at: datetime
    by: str
    revoked_at: datetime | None
    ended_by: str
    reason: str
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which offices to list: of one kind, of people or places with these letters in their name, past ones instead of held ones."""

    kind: str = ""
    words: str = ""
    past: bool = False


_BELOW: Final = (
    "r.region_id IN (SELECT id FROM core_region WHERE id = ? OR parent_id = ?"
    " OR parent_id IN (SELECT id FROM core_region WHERE parent_id = ?))"
)
_FROM: Final = (
    " FROM core_role r JOIN core_person p ON p.id = r.person_id JOIN core_region g ON g.id = r.region_id"
    " LEFT JOIN core_region u ON u.id = g.parent_id LEFT JOIN core_person b ON b.id = r.granted_by_id"
    " LEFT JOIN core_person e ON e.id = r.revoked_by_id"
)
_COLUMNS: Final = (
    "SELECT r.id, r.person_id, p.key, p.display_name, p.state, r.kind, r.title, r.region_id, g.short AS region, g.code,"
    " u.short AS above, r.granted_at, b.display_name AS by_name, r.revoked_at, e.display_name AS ended_by, r.reason"
)


async def below(region_id: int, wish: Wish, *, page: int = 1, limit: int = PAGE) -> tuple[list[Listed], int]:
    """One page of the offices of a county, a township or a village with everything below, and how many there are in all."""
    where, values = _where(region_id, wish)
    rows = await db.read(f"SELECT COUNT(*) AS n{_FROM} WHERE {where}", *values)
    order = "r.revoked_at DESC, r.id DESC" if wish.past else "g.level, g.code, r.id"
    found = await db.read(
        f"{_COLUMNS}{_FROM} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", *values, limit, (page - 1) * limit
    )
    return [_listed(row) for row in found], int(rows[0]["n"])


def _where(region_id: int, wish: Wish) -> tuple[str, list[Any]]:
    parts, values = [_BELOW], [region_id, region_id, region_id]
    parts.append("r.revoked_at IS NOT NULL" if wish.past else "r.revoked_at IS NULL AND p.state <> 'closed'")
    words: list[Any] = []
    if wish.kind:
        parts.append("r.kind = ?")
        words.append(wish.kind)
    if wish.words:
        like = "%" + wish.words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        parts.append(r"(p.display_name LIKE ? ESCAPE '\' OR g.name LIKE ? ESCAPE '\' OR u.name LIKE ? ESCAPE '\')")
        words += [like, like, like]
    return " AND ".join(parts), [*values, *words]


async def one(role_id: int) -> Listed | None:
    """A held office; None when there is none (any more)."""
    rows = await db.read(f"{_COLUMNS}{_FROM} WHERE r.id = ? AND r.revoked_at IS NULL", role_id)
    return _listed(rows[0]) if rows else None


async def counts(region_id: int) -> dict[str, int]:
    """How many of each kind are held in a region and below it."""
    where, values = _where(region_id, Wish())
    rows = await db.read(f"SELECT r.kind, COUNT(*) AS n{_FROM} WHERE {where} GROUP BY r.kind", *values)
    found = {row["kind"]: int(row["n"]) for row in rows}
    return {kind: found.get(kind, 0) for kind in rules.LEVELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seatable:
    """A region in which an office may be given."""

    id: int
    code: str
    level: int
    name: str


async def seats_below(region_id: int) -> list[Seatable]:
    """A county, township or village and the regions below it, in the order of their codes."""
    rows = await db.read(
        "SELECT id, code, level, short FROM core_region WHERE state = 'active' AND (id = ? OR parent_id = ?"
        " OR parent_id IN (SELECT id FROM core_region WHERE parent_id = ?)) ORDER BY code, level LIMIT ?",
        region_id,
        region_id,
        region_id,
        MOST,
    )
    return [Seatable(id=row["id"], code=row["code"], level=row["level"], name=row["short"]) for row in rows]


def _listed(row: Any) -> Listed:
    return Listed(
        role_id=row["id"],
        person_id=row["person_id"],
        display_name=row["display_name"],
        **rules.avatar_of(row["key"], row["display_name"]),
        kind=row["kind"],
        title=row["title"],
        region_id=row["region_id"],
        region=row["region"],
        code=row["code"],
        above=row["above"] or "",
        granted_at=db.when(row["granted_at"]),
        by=row["by_name"] or "",
        revoked_at=db.when(row["revoked_at"]) if row["revoked_at"] else None,
        ended_by=row["ended_by"] or "",
        reason=row["reason"],
        suspended=row["state"] == "suspended",
    )
