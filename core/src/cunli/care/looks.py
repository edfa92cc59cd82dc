"""Who looked at somebody's personal data: the part of the audit trail that belongs to the person it is about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.people.queries import OFFICE_TITLES
from cunli.web.i18n import LazyText, _

MOST: Final = 200
COLUMNS: Final[dict[str, LazyText]] = {
    "core_person.name": _("姓名"),
    "core_person.phone": _("手机号"),
    "core_person.id_number": _("身份证号"),
    "core_membership.head_name": _("户主姓名"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look: when, who by office (never by name: the office answers for it), where, at what, and why."""

    at: datetime
    office: str
    place: str
    what: str
    why: str


_LOOKS: Final = """
SELECT e.id, e.at, e.by, e.details, e.actor_id, v.name AS village FROM core_audit_entry e
LEFT JOIN core_village v ON v.id = e.village_id
WHERE e.action = 'core.person.reveal' AND ((e.object_kind = 'person' AND e.object_id = ?)
  OR (e.object_kind = 'membership' AND e.object_id IN (SELECT CAST(id AS VARCHAR(20)) FROM core_membership WHERE person_id = ?)))
ORDER BY e.id DESC LIMIT ?
"""


async def looks_at(person_id: int) -> list[Look]:
    """Every look at this person's sealed data that is still in the trail, the newest first."""
    rows = await db.read(_LOOKS, str(person_id), person_id, MOST)
    offices = await _offices({row["actor_id"] for row in rows if row["actor_id"]})
    return [_look(row, offices.get(row["actor_id"], [])) for row in rows]


async def _offices(people: set[int]) -> dict[int, list[Any]]:
    if not people:
        return {}
    rows = await db.read(
        "SELECT r.person_id, r.kind, r.title, r.granted_at, r.revoked_at, g.short FROM core_role r"  # noqa: S608 marks only
        f" JOIN core_region g ON g.id = r.region_id WHERE r.person_id IN ({db.marks(tuple(people))}) ORDER BY g.level DESC, r.id",
        *people,
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row["person_id"], []).append(row)
    return found


def _look(row: Any, offices: list[Any]) -> Look:
    at = db.when(row["at"])
    details = json.loads(row["details"]) if isinstance(row["details"], str | bytes) else row["details"]
    opened = [str(COLUMNS[name]) for name in str(details.get("columns", "")).split(", ") if name in COLUMNS]
    held = [one for one in offices if _held(one, at)]
    office = f"{held[0]['short']}{held[0]['title'] or OFFICE_TITLES[held[0]['kind']]}" if held else ""
    by_server = row["by"] != "web"
    return Look(
        at=at,
        office=str(_("服务器上的命令")) if by_server else office or str(_("一位管理员")),
        place=row["village"] or "",
        what="、".join(opened) or str(_("资料")),
        why=str(details.get("reason", "")),
    )


def _held(office: Any, at: datetime) -> bool:
    ended = db.when(office["revoked_at"])
    return db.when(office["granted_at"]) <= at and (ended is None or ended >= at)
