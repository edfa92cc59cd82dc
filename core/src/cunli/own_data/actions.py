"""What people can do about their own data: ask for an archive, close the account, take that back. One unit each."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.jobs import enqueue
from cunli.media import running as storage
from cunli.people.codes import TooOften
from cunli.trust import limits
from cunli.trust.audit import audit
from cunli.trust.limits import Limit
from cunli.web.tokens import new_key

EXPORT: Final = "own_data.export"
ARCHIVES: Final = Limit(name="archives per person", most=3, seconds=24 * 3600)
KEPT: Final = timedelta(hours=24)
GIVEN_UP: Final = timedelta(hours=6)  # an archive that is not ready by then will not be
COOLING: Final = timedelta(days=15)


class NotNow(Exception):
    """It is not possible as things stand; nothing was done."""


async def count_request(person_id: int) -> None:
    """Count an archive against the limit of the day, before anything is made. Raises `TooOften`."""
    if wait := await limits.take((ARCHIVES, str(person_id))):
        raise TooOften(wait)


@db.unit
async def request_export(person_id: int, *, actor: int | None = None) -> None:
    """Have an archive made; `actor` is a guardian who asks. The one before goes; one that is being made is not begun again."""
    if await db.read(
        "SELECT 1 FROM core_data_export WHERE person_id = ? AND state IN ('waiting', 'working')", person_id
    ):
        return
    await drop_exports(person_id)
    key = new_key()
    await db.write(
        "INSERT INTO core_data_export (key, person_id, state, done, total, missing, asked_at)"
        " VALUES (?, ?, 'waiting', 0, 0, '', ?)",
        key,
        person_id,
        now(),
    )
    await enqueue(EXPORT, {"key": key}, dedupe=f"{EXPORT}:{key}")
    await audit("core.data.requested", actor=actor or person_id, object=("person", person_id))


@db.unit
async def drop_exports(person_id: int) -> int:
    """Delete somebody's archives; how many there were."""
    rows = await db.read("SELECT key FROM core_data_export WHERE person_id = ?", person_id)
    await db.write("DELETE FROM core_data_export WHERE person_id = ?", person_id)
    db.after_commit(_delete_bytes, [row["key"] for row in rows])
    return len(rows)


@db.unit
async def note_download(person_id: int, key: str, *, guardian: int | None = None) -> None:
    """Somebody takes their archive, or a guardian takes that of a child: then the entry is about the child."""
    if guardian is None:
        await audit("core.data.downloaded", actor=person_id, object=("export", key))
    else:
        await audit("core.guardian.downloaded", actor=guardian, object=("person", person_id), export=key)


@db.unit
async def sweep_exports() -> None:
    """Delete archives whose day is over, and give up those that were never finished."""
    rows = await db.read("SELECT key FROM core_data_export WHERE expires_at < ? ORDER BY id LIMIT 500", now())
    for row in rows:
        await db.write("DELETE FROM core_data_export WHERE key = ?", row["key"])
    db.after_commit(_delete_bytes, [row["key"] for row in rows])
    await db.write(
        "UPDATE core_data_export SET state = 'failed', expires_at = ? WHERE state IN ('waiting', 'working') AND asked_at < ?",
        now() + KEPT,
        now() - GIVEN_UP,
    )


async def _delete_bytes(keys: list[str]) -> None:
    for key in keys:
        await storage.storage().drop_file(key)


# ---- closing the account -------------------------------------------------------------------------------------------


@db.unit
async def request_erasure(person_id: int, *, remove: bool, actor: int | None = None) -> None:
    """Close the account in fifteen days; `actor` is a guardian who asks. Raises `NotNow` for somebody in office, or whose closing is under way."""
    if await in_office(person_id):
        raise NotNow("in office")
    moment = now()
    asked = await db.write(
        "INSERT INTO core_erasure (person_id, state, remove, asked_at, due_at) VALUES (?, 'waiting', ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET state = 'waiting', remove = excluded.remove, asked_at = excluded.asked_at,"
        " due_at = excluded.due_at WHERE core_erasure.state = 'withdrawn'",
        person_id,
        remove,
        moment,
        moment + COOLING,
    )
    if not asked:
        raise NotNow("asked already")
    await audit("core.erasure.requested", actor=actor or person_id, object=("person", person_id), remove=remove)


@db.unit
async def withdraw_erasure(person_id: int, *, actor: int | None = None) -> bool:
    """Take it back, while nothing has been erased yet; whether there was anything to take back."""
    back = await db.write(
        "UPDATE core_erasure SET state = 'withdrawn' WHERE person_id = ? AND state = 'waiting'", person_id
    )
    if back:
        await audit("core.erasure.withdrawn", actor=actor or person_id, object=("person", person_id))
    return bool(back)


async def in_office(person_id: int) -> bool:
    """Whether somebody holds an office: that is laid down first, so that no village is left without anybody."""
    return bool(await db.read("SELECT 1 FROM core_role WHERE person_id = ? AND revoked_at IS NULL LIMIT 1", person_id))
