"""Audit readers: people who read the trail below a region and do nothing else, apart from those whose acts stand in it (三权分立)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.notify.actions import tell
from cunli.trust.audit import By, audit
from cunli.trust.models import AuditReader

READ: Final = "core.audit.read"


class InOffice(Exception):
    """Whoever holds an office does not read the trail for others: it is about what people in office do."""


class ReadsAlready(Exception):
    """The person reads the trail of this region already."""


class NoSuchReader(Exception):
    """There is no such reader, or it was revoked meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderNow:
    """Somebody who reads the trail, of which region, since when."""

    id: int
    person_id: int
    display_name: str
    region_id: int
    region: str
    since: datetime


@db.unit
async def grant(actor: int | None, person_id: int, region_id: int, *, by: By = "web") -> None:
    """Let somebody read the trail below a region. Raises `InOffice` and `ReadsAlready`.

    Whether `actor` may is the caller's question; None is the operator.
    """
    await lock(person_id)
    if await db.read("SELECT 1 FROM core_role WHERE person_id = ? AND revoked_at IS NULL LIMIT 1", person_id):
        raise InOffice
    if region_id in await regions(person_id):
        raise ReadsAlready
    await AuditReader.create(person_id=person_id, region_id=region_id, granted_by_id=actor, granted_at=now())
    await audit("core.audit.reader_granted", actor=actor, by=by, region=region_id, object=("person", person_id))
    await _tell("audit.reader", person_id, region_id)


@db.unit
async def revoke(actor: int | None, reader_id: int, *, by: By = "web") -> None:
    """Take it back; the row stays as history. Raises `NoSuchReader`."""
    row = await AuditReader.get_or_none(id=reader_id, revoked_at=None)
    if row is None:
        raise NoSuchReader
    found: Any = row
    await db.write("UPDATE core_audit_reader SET revoked_at = ? WHERE id = ?", now(), reader_id)
    about = ("person", found.person_id)
    await audit("core.audit.reader_revoked", actor=actor, by=by, region=found.region_id, object=about)
    await _tell("audit.reader_ended", found.person_id, found.region_id)


async def lock(person_id: int) -> None:
    """One decision about this person's duties at a time: nobody becomes reader and official at once."""
    await db.write("UPDATE core_person SET state = state WHERE id = ?", person_id)


async def _tell(kind: str, person_id: int, region_id: int) -> None:
    rows = await db.read("SELECT short FROM core_region WHERE id = ?", region_id)
    await tell(person_id, kind, url="/admin/audit", place=rows[0]["short"])


async def regions(person_id: int) -> frozenset[int]:
    """The regions below which somebody reads the trail as an audit reader."""
    rows = await db.read(
        "SELECT region_id FROM core_audit_reader WHERE person_id = ? AND revoked_at IS NULL", person_id
    )
    return frozenset(row["region_id"] for row in rows)


async def granted(person_id: int) -> frozenset[str]:
    """What being an audit reader lets somebody do: read the trail, and nothing else."""
    return frozenset({READ}) if await regions(person_id) else frozenset()


async def readers(below: Sequence[int] | None = None) -> list[ReaderNow]:
    """Who reads the trail of these regions, or of any."""
    if below is not None and not below:
        return []
    where = f"AND a.region_id IN ({db.marks(below)})" if below is not None else ""
    rows = await db.read(
        "SELECT a.id, a.person_id, a.region_id, a.granted_at, p.display_name, r.short FROM core_audit_reader a"  # noqa: S608 placeholders only
        " JOIN core_person p ON p.id = a.person_id JOIN core_region r ON r.id = a.region_id"
        f" WHERE a.revoked_at IS NULL {where} ORDER BY r.level, a.id",
        *(below or ()),
    )
    return [
        ReaderNow(
            id=row["id"],
            person_id=row["person_id"],
            display_name=row["display_name"],
            region_id=row["region_id"],
            region=row["short"],
            since=db.when(row["granted_at"]),
        )
        for row in rows
    ]
