"""Officials and the data of young people: one asks for a reason, another one decides, and every step is in the trail.

未成年人网络保护条例 36: staff see a minor's personal information only after approval, and access is recorded. The look itself is
refused in `trust.second_eyes`, whatever page it comes from.
"""

from __future__ import annotations

from cunli import db
from cunli.clock import now
from cunli.minors import queries
from cunli.notify.actions import tell
from cunli.places.queries import VillageNow
from cunli.trust.audit import audit
from cunli.web.tokens import new_key


class NotForYou(Exception):
    """Nobody decides what they asked for themselves, or what was decided already."""


@db.unit
async def ask(official_id: int, village: VillageNow, person_id: int, reason: str) -> None:
    """Ask to see a young person's data. While a request waits or is good, a second one changes nothing."""
    known = await queries.own_look(person_id, official_id)
    if known is not None and known.state != "refused":
        return
    key = new_key()
    await db.write(
        "INSERT INTO core_minor_look (key, person_id, village_id, asked_by_id, reason, asked_at, allowed) VALUES (?, ?, ?, ?, ?, ?, ?)",
        key,
        person_id,
        village.id,
        official_id,
        reason,
        now(),
        False,
    )
    await audit(
        "core.minor.look_asked", actor=official_id, village=village.id, object=("person", person_id), reason=reason
    )
    for other in await queries.others_over(village.chain, official_id):
        if other != person_id:
            await tell(
                other, "minor.look_asked", village_id=village.id, url=f"{village.url}/young/looks", by=official_id
            )


@db.unit
async def decide(official_id: int, village: VillageNow, key: str, *, allowed: bool) -> None:
    """A second official says yes or no; the same answer twice is once. Raises `NotForYou`."""
    if await db.read(
        "SELECT 1 FROM core_minor_look WHERE key = ? AND village_id = ? AND decided_by_id = ? AND allowed = ?",
        key,
        village.id,
        official_id,
        allowed,
    ):
        return
    rows = await db.read(
        "UPDATE core_minor_look SET decided_by_id = ?, decided_at = ?, allowed = ? WHERE key = ? AND village_id = ?"
        " AND asked_by_id <> ? AND person_id <> ? AND decided_at IS NULL AND asked_at > ? RETURNING person_id, asked_by_id",
        official_id,
        now(),
        allowed,
        key,
        village.id,
        official_id,
        official_id,
        now() - queries.OPEN_FOR,
    )
    if not rows:
        raise NotForYou
    act = "core.minor.look_allowed" if allowed else "core.minor.look_refused"
    person_id, asker = rows[0]["person_id"], rows[0]["asked_by_id"]
    await audit(act, actor=official_id, village=village.id, object=("person", person_id), asked_by=asker)
    membership = await db.read(
        "SELECT key FROM core_membership WHERE person_id = ? AND village_id = ?", person_id, village.id
    )
    url = f"{village.url}/members/{membership[0]['key']}" if membership else f"{village.url}/members"
    await tell(asker, "minor.look_allowed" if allowed else "minor.look_refused", village_id=village.id, url=url)
