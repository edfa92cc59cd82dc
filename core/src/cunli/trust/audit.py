"""The audit trail: one entry for each act of an official and each look at personal data, in the same unit as the act."""

from __future__ import annotations

from typing import Literal

from cunli import db
from cunli.clock import now
from cunli.trust.models import AuditEntry

By = Literal["web", "command", "system"]


class NotInUnit(RuntimeError):
    """An audit entry was written outside the unit of its act."""


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
    """Write one entry. `details` are ids, states, reasons and counts, never a name, phone or ID number.

    Raises `NotInUnit` outside a unit: an entry and its act stand or fall together.
    """
    if not db.in_unit():
        raise NotInUnit(action)
    await AuditEntry.create(
        at=now(),
        action=action,
        actor_id=actor,
        by=by,
        village_id=village,
        region_id=region,
        object_kind=object[0],
        object_id=str(object[1]),
        details=details,
    )
