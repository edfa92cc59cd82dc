"""What the county decides about departments, and what departments publish; each in one unit with its audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.deid.gate import Basis, record_basis
from cunli.departments import rules
from cunli.departments.models import Department, DepartmentEditor, DepartmentPost
from cunli.departments.queries import DepartmentNow, PostNow
from cunli.jobs import enqueue
from cunli.notify.actions import tell
from cunli.trust.audit import audit
from cunli.web.tokens import new_key

SPREAD: Final = "departments.spread"


class Taken(Exception):
    """The address belongs to another department."""


class TooMany(Exception):
    """The county has as many departments, or the department as many editors, as there may be."""


class AlreadyEditor(Exception):
    """The person writes for this department already."""


class Gone(Exception):
    """Somebody else changed it meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a department is called and how its section looks."""

    name: str
    about: str
    icon: str
    hue: str


@db.unit
async def found(county_id: int, slug: str, looks: Looks, actor: int) -> str:
    """Make a department of a county; its address. Raises `Taken` and `TooMany`."""
    if await Department.filter(county_id=county_id).count() >= rules.MOST:
        raise TooMany
    made = await db.write(
        "INSERT INTO core_department (county_id, slug, name, about, icon, hue, state, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'open', ?) ON CONFLICT (slug) DO NOTHING",
        county_id,
        slug,
        looks.name,
        looks.about,
        looks.icon,
        looks.hue,
        now(),
    )
    if not made:
        raise Taken
    await audit("core.department.found", actor=actor, region=county_id, object=("department", slug))
    return f"/dept/{slug}"


@db.unit
async def change(department: DepartmentNow, looks: Looks, actor: int) -> None:
    """Call a department something else, or have its section look otherwise."""
    await db.write(
        "UPDATE core_department SET name = ?, about = ?, icon = ?, hue = ? WHERE id = ?",
        looks.name,
        looks.about,
        looks.icon,
        looks.hue,
        department.id,
    )
    about = ("department", department.slug)
    await audit("core.department.change", actor=actor, region=department.county_id, object=about)


@db.unit
async def turn(department: DepartmentNow, actor: int, *, open_again: bool) -> None:
    """Close a department, or open it again. What it published stays to be read."""
    after, before = ("open", "closed") if open_again else ("closed", "open")
    if await db.write("UPDATE core_department SET state = ? WHERE id = ? AND state = ?", after, department.id, before):
        about = ("department", department.slug)
        await audit(f"core.department.{after}", actor=actor, region=department.county_id, object=about)


@db.unit
async def appoint(department: DepartmentNow, person_id: int, actor: int) -> None:
    """Let somebody write for a department. Raises `AlreadyEditor` and `TooMany`."""
    await db.write("UPDATE core_department SET state = state WHERE id = ?", department.id)  # one appointment at a time
    rows = await db.read(
        "SELECT person_id FROM core_department_editor WHERE department_id = ? AND ended_at IS NULL", department.id
    )
    there = {row["person_id"] for row in rows}
    if person_id in there:
        raise AlreadyEditor
    if len(there) >= rules.MOST_EDITORS:
        raise TooMany
    await DepartmentEditor.create(
        department_id=department.id, person_id=person_id, granted_by_id=actor, granted_at=now()
    )
    await _recorded("core.department.appoint", department, person_id, actor)
    await tell(person_id, "department.appointed", url=department.url, department=department.name)


@db.unit
async def dismiss(department: DepartmentNow, editor_id: int, actor: int) -> bool:
    """Let somebody write for it no longer. False when they do not."""
    rows = await db.read(
        "SELECT person_id FROM core_department_editor WHERE id = ? AND department_id = ? AND ended_at IS NULL",
        editor_id,
        department.id,
    )
    if not rows:
        return False
    person_id = int(rows[0]["person_id"])
    await db.write("UPDATE core_department_editor SET ended_at = ? WHERE id = ?", now(), editor_id)
    await _recorded("core.department.dismiss", department, person_id, actor)
    await tell(person_id, "department.dismissed", url="/me", department=department.name)
    return True


async def _recorded(act: str, department: DepartmentNow, person_id: int, actor: int) -> None:
    about = ("person", person_id)
    await audit(act, actor=actor, region=department.county_id, object=about, department=department.slug)


# -- what they publish --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody writes for a department, cleared of personal data or with the basis on which it stands."""

    kind: str
    title: str
    body: str
    basis: Basis | None = None


@db.unit
async def publish(department: DepartmentNow, author_id: int, written: Written) -> str:
    """Publish for the whole county; the address. A notice is then told to everybody verified in its villages, by jobs."""
    row = await DepartmentPost.create(
        key=new_key(),
        department_id=department.id,
        author_id=author_id,
        kind=written.kind,
        title=written.title,
        body=written.body,
        published_at=now(),
    )
    await _written_down("core.department.publish", department, row.id, author_id, written.basis, kind=written.kind)
    if written.kind == rules.NOTICE:
        await enqueue(SPREAD, {"post": row.id}, dedupe=f"{SPREAD}:{row.id}")
    return f"{department.url}/p/{row.key}"


@db.unit
async def edit(post: PostNow, author_id: int, written: Written, *, version: int) -> None:
    """Change what was published; it says so from then on. Raises `Gone` when it is not what its writer saw, in `version`."""
    changed = await db.write(
        "UPDATE core_department_post SET title = ?, body = ?, edited_at = ?, version = version + 1"
        " WHERE id = ? AND version = ? AND state = 'visible'",
        written.title,
        written.body,
        now(),
        post.id,
        version,
    )
    if not changed:
        raise Gone
    await _written_down("core.department.edit", post.department, post.id, author_id, written.basis)


@db.unit
async def turn_post(post: PostNow, author_id: int, *, back: bool) -> None:
    """Take something back, or put it out again. Nothing is deleted."""
    after, before = ("visible", "withdrawn") if back else ("withdrawn", "visible")
    if await db.write("UPDATE core_department_post SET state = ? WHERE id = ? AND state = ?", after, post.id, before):
        await _written_down(f"core.department.{after}", post.department, post.id, author_id, None)


async def _written_down(
    act: str, department: DepartmentNow, post_id: int, author_id: int, basis: Basis | None, **said: str
) -> None:
    about = ("department_post", post_id)
    where: dict[str, Any] = {"department": department.slug, **said}
    await audit(act, actor=author_id, region=department.county_id, object=about, **where)
    await record_basis(basis, actor=author_id, village=None, about=about)
