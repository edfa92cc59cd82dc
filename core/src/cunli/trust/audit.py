"""The audit trail: one entry for each act of an official and each look at personal data, in the same unit as the act.

Entries are chained (see `cunli.trust.chain`) when their unit ends, one unit after the other: the lock on the chain is held
from there to the commit and no longer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from cunli import db
from cunli.clock import now
from cunli.trust.chain import BEGINNING, Head, Link

By = Literal["web", "command", "system"]
LOCK: Final = 0x6375_6E6C_6903  # of PostgreSQL; SQLite has one writer anyway
BATCH: Final = 500


class NotInUnit(RuntimeError):
    """An audit entry was written outside the unit of its act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an entry says, before it has its place in the chain."""

    at: datetime
    action: str
    actor: int | None = None
    by: By = "web"
    village: int | None = None
    region: int | None = None
    object: tuple[str, str | int] = ("", "")
    details: dict[str, str | int | bool | None] = field(default_factory=dict)


async def audit(
    action: str,
    *,
    actor: int | None = None,
    village: int | None = None,
    region: int | None = None,
    object: tuple[str, str | int] = ("", ""),
    by: By = "web",
    **details: str | int | bool | None,
) -> None:
    """Write one entry, at the end of this unit. `details` are ids, states, reasons and counts, never a name, phone or ID number.

    Raises `NotInUnit` outside a unit: an entry and its act stand or fall together.
    """
    if not db.in_unit():
        raise NotInUnit(action)
    act = Act(
        at=now(), action=action, actor=actor, by=by, village=village, region=region, object=object, details=details
    )
    db.before_commit(append, [act])


_INSERT: Final = (
    "INSERT INTO core_audit_entry (id, at, action, actor_id, by, village_id, region_id, object_kind, object_id, details, hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


async def append(acts: Sequence[Act]) -> None:
    """Put entries behind the last one of the chain, in this order. Nobody else gets at the chain until the unit is over."""
    head = await _last()
    rows: list[tuple[Any, ...]] = []
    for act in acts:
        link = _link(act, head.number + 1)
        head = Head(number=link.number, hash=link.hash_after(head.hash))
        rows.append(_row(link, head.hash))
    if len(rows) == 1:
        await db.write(_INSERT, *rows[0])
    for first in range(0, len(rows) if len(rows) > 1 else 0, BATCH):
        await db.write_many(_INSERT, rows[first : first + BATCH])


async def _last() -> Head:
    if db.engine() == "postgres":
        await db.read("SELECT pg_advisory_xact_lock(?)", LOCK)
    return await head()


async def head() -> Head:
    """The last entry of the chain; where a chain begins if there is none."""
    rows = await db.read("SELECT id, hash FROM core_audit_entry ORDER BY id DESC LIMIT 1")
    if not rows:
        rows = await db.read("SELECT up_to AS id, hash FROM core_audit_cut ORDER BY up_to DESC LIMIT 1")
    return Head(number=rows[0]["id"], hash=rows[0]["hash"]) if rows else BEGINNING


def _link(act: Act, number: int) -> Link:
    return Link(
        number=number,
        at=act.at,
        action=act.action,
        actor=act.actor,
        by=act.by,
        village=act.village,
        region=act.region,
        object_kind=act.object[0],
        object_id=str(act.object[1]),
        details=json.loads(json.dumps(act.details)),
    )


def _row(link: Link, hashed: str) -> tuple[Any, ...]:
    details = json.dumps(dict(link.details), ensure_ascii=False)
    return (
        link.number,
        link.at,
        link.action,
        link.actor,
        link.by,
        link.village,
        link.region,
        link.object_kind,
        link.object_id,
        details,
        hashed,
    )


def link_of(row: Any) -> Link:
    """The entry of a row of `core_audit_entry`, as it is hashed."""
    details = row["details"]
    return Link(
        number=row["id"],
        at=db.when(row["at"]),
        action=row["action"],
        actor=row["actor_id"],
        by=row["by"],
        village=row["village_id"],
        region=row["region_id"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        details=json.loads(details) if isinstance(details, str | bytes) else details,
    )
