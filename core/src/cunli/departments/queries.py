"""What pages and others read about departments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.people.rules import avatar_of

PAGE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentNow:
    """A department as pages show it."""

    id: int
    county_id: int
    slug: str
    name: str
    about: str
    icon: str
    hue: str
    open: bool

    @property
    def url(self) -> str:
        return f"/dept/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorNow:
    """Somebody who writes for a department."""

    id: int
    person_id: int
    display_name: str
    surname: str
    cloth: str
    dye: str
    granted_at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNow:
    """Something a department published."""

    id: int
    key: str
    department: DepartmentNow
    kind: str
    title: str
    body: str
    visible: bool
    version: int
    published_at: datetime
    edited_at: datetime | None

    @property
    def url(self) -> str:
        return f"{self.department.url}/p/{self.key}"


_DEPARTMENT: Final = "SELECT d.id, d.county_id, d.slug, d.name, d.about, d.icon, d.hue, d.state FROM core_department d"


async def by_slug(slug: str) -> DepartmentNow | None:
    """A department, closed ones too."""
    rows = await db.read(f"{_DEPARTMENT} WHERE d.slug = ?", slug)
    return _department(rows[0]) if rows else None


async def of_county(county_id: int, *, closed: bool = False) -> list[DepartmentNow]:
    """The departments of a county in the order they were made; `closed`: those that are closed as well."""
    only = "" if closed else " AND d.state = 'open'"
    return [
        _department(row) for row in await db.read(f"{_DEPARTMENT} WHERE d.county_id = ?{only} ORDER BY d.id", county_id)
    ]


async def edited_by(person_id: int) -> list[DepartmentNow]:
    """The open departments that somebody writes for."""
    rows = await db.read(
        f"{_DEPARTMENT} JOIN core_department_editor e ON e.department_id = d.id AND e.ended_at IS NULL"
        " WHERE e.person_id = ? AND d.state = 'open' ORDER BY d.id",
        person_id,
    )
    return [_department(row) for row in rows]


async def edits(person_id: int, department_id: int) -> bool:
    """Whether somebody writes for this department."""
    rows = await db.read(
        "SELECT 1 FROM core_department_editor WHERE person_id = ? AND department_id = ? AND ended_at IS NULL",
        person_id,
        department_id,
    )
    return bool(rows)


async def editors_of(department_id: int) -> list[EditorNow]:
    """Who writes for a department, those who have longest first."""
    rows = await db.read(
        "SELECT e.id, e.person_id, e.granted_at, p.key, p.display_name, b.display_name AS by_name"
        " FROM core_department_editor e JOIN core_person p ON p.id = e.person_id"
        " LEFT JOIN core_person b ON b.id = e.granted_by_id"
        " WHERE e.department_id = ? AND e.ended_at IS NULL AND p.state = 'active' ORDER BY e.id",
        department_id,
    )
    return [
        EditorNow(
            id=row["id"],
            person_id=row["person_id"],
            display_name=row["display_name"],
            **avatar_of(row["key"], row["display_name"]),
            granted_at=db.when(row["granted_at"]),
            by=row["by_name"] or "",
        )
        for row in rows
    ]


_POST: Final = (
    "SELECT p.id AS post_id, p.key, p.kind, p.title, p.body, p.state AS post_state, p.version, p.published_at, p.edited_at,"
    " d.id, d.county_id, d.slug, d.name, d.about, d.icon, d.hue, d.state"
    " FROM core_department_post p JOIN core_department d ON d.id = p.department_id"
)


async def posts_of(department_id: int, *, before: int = 0, limit: int = PAGE, withdrawn: bool = False) -> list[PostNow]:
    """What a department published, the newest first, older than `before`; `withdrawn`: also what it took back."""
    where = (
        "p.department_id = ?" + ("" if withdrawn else " AND p.state = 'visible'") + (" AND p.id < ?" if before else "")
    )
    values = (department_id, before) if before else (department_id,)
    return [_post(row) for row in await db.read(f"{_POST} WHERE {where} ORDER BY p.id DESC LIMIT ?", *values, limit)]


async def latest_in(county_id: int, limit: int = 5) -> list[PostNow]:
    """The newest notices of all departments of a county."""
    rows = await db.read(
        f"{_POST} WHERE d.county_id = ? AND p.kind = 'notice' AND p.state = 'visible' ORDER BY p.id DESC LIMIT ?",
        county_id,
        limit,
    )
    return [_post(row) for row in rows]


async def post_by_key(department_id: int, key: str) -> PostNow | None:
    """One thing that a department published, also when it was taken back."""
    rows = await db.read(f"{_POST} WHERE p.department_id = ? AND p.key = ?", department_id, key)
    return _post(rows[0]) if rows else None


async def post_by_id(post_id: int) -> PostNow | None:
    """The same by its id."""
    rows = await db.read(f"{_POST} WHERE p.id = ?", post_id)
    return _post(rows[0]) if rows else None


def _department(row: Any) -> DepartmentNow:
    return DepartmentNow(
        id=row["id"],
        county_id=row["county_id"],
        slug=row["slug"],
        name=row["name"],
        about=row["about"],
        icon=row["icon"],
        hue=row["hue"],
        open=row["state"] == "open",
    )


def _post(row: Any) -> PostNow:
    return PostNow(
        id=row["post_id"],
        key=row["key"],
        department=_department(row),
        kind=row["kind"],
        title=row["title"],
        body=row["body"],
        visible=row["post_state"] == "visible",
        version=row["version"],
        published_at=db.when(row["published_at"]),
        edited_at=db.when(row["edited_at"]) if row["edited_at"] else None,
    )
