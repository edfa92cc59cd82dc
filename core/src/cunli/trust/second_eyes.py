"""A young person's data is opened only after a second official agreed, and once for each yes (未成年人网络保护条例 36; DP-6).

Stands below `trust.personal`, so that no page and no plugin can pass by. Who asks and who decides is the business of `minors`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cunli import db
from cunli.clock import now, today
from cunli.web.errors import Refused, WayOut
from cunli.web.i18n import _

GOOD_FOR: Final = timedelta(days=1)


class NeedsSecond(Refused):
    """The data is a young person's and no other official has agreed to this look. Nothing was opened; the page says what to do."""

    def __init__(self, ask_at: str = "") -> None:
        text = _("这位乡亲不满 18 岁。先写明原因申请，另一位管理员同意以后才能看。")
        ways = (WayOut(label=_("去申请"), url=ask_at),) if ask_at else ()
        super().__init__(403, _("要另一位管理员同意"), text, ways=ways)


async def refuse_alone(actor: int, about: tuple[str, int | str] | None) -> int | None:
    """Use up a yes for this look; who said it, None where none is needed. Raises `NeedsSecond`. In a unit."""
    person_id = await _whose(about)
    if person_id is None or person_id == actor:
        return None
    if not await db.read("SELECT 1 FROM core_minor WHERE person_id = ? AND adult_on > ?", person_id, today()):
        return None
    rows = await db.read(
        "UPDATE core_minor_look SET used_at = ? WHERE id = (SELECT MIN(id) FROM core_minor_look WHERE person_id = ? AND asked_by_id = ?"
        " AND allowed = ? AND used_at IS NULL AND decided_at > ?) AND used_at IS NULL RETURNING decided_by_id",
        now(),
        person_id,
        actor,
        True,
        now() - GOOD_FOR,
    )
    if not rows:
        raise NeedsSecond(await _where(person_id))
    return int(rows[0]["decided_by_id"] or 0)


async def _where(person_id: int) -> str:
    """The page on which a look at somebody is asked for."""
    rows = await db.read(
        "SELECT m.key, v.slug FROM core_membership m JOIN core_village v ON v.id = m.village_id WHERE m.person_id = ?"
        " ORDER BY CASE WHEN m.state = 'verified' THEN 0 ELSE 1 END, m.id LIMIT 1",
        person_id,
    )
    return f"/v/{rows[0]['slug']}/members/{rows[0]['key']}" if rows else ""


async def _whose(about: tuple[str, int | str] | None) -> int | None:
    """The person behind what is looked at, where it is a person or a membership."""
    match about:
        case ("person", id_):
            return int(id_)
        case ("membership", id_):
            rows = await db.read("SELECT person_id FROM core_membership WHERE id = ?", int(id_))
            return int(rows[0]["person_id"]) if rows else None
        case _:
            return None
