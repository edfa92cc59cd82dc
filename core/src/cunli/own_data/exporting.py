"""The job that makes an archive. A part that fails is named in it, and the job tries again until the archive is whole."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cunli import db
from cunli.clock import now
from cunli.jobs.tasks import TaskContext
from cunli.media import running as storage
from cunli.minors.queries import guardians_of
from cunli.notify.actions import tell
from cunli.own_data import archive
from cunli.own_data.actions import KEPT

if TYPE_CHECKING:
    from cunli.web.site import Site

URL: Final = "/me/data"


class NotWhole(Exception):
    """Parts are missing in an archive; it can be had as it is, and is made again."""


async def export(site: Site, ctx: TaskContext) -> None:
    """Make the archive with this key. Raises `NotWhole`, so that the queue comes back to it."""
    row = await _wanted(str(ctx.payload["key"]))
    if row is None:
        return
    whose = archive.Whose(id=row["person_id"], name=row["display_name"], locale=row["locale"] or site.settings.locale)

    async def progress(done: int, total: int) -> None:
        await _note(row["key"], done, total)

    with tempfile.TemporaryDirectory(prefix="cunli-archive-") as folder:
        path = Path(folder) / "archive"
        missing = await archive.write(site, whose, path, row["key"], progress)
        await storage.storage().put_file(row["key"], path)
    await _ready(row["key"], whose.id, missing)
    if missing:
        raise NotWhole(", ".join(missing))


async def _wanted(key: str) -> Any:
    rows = await db.read(
        "SELECT e.key, e.person_id, p.display_name, p.locale FROM core_data_export e JOIN core_person p ON p.id = e.person_id"
        " WHERE e.key = ? AND p.state <> 'closed' AND (e.state IN ('waiting', 'working') OR (e.state = 'ready' AND e.missing <> ''))",
        key,
    )
    return rows[0] if rows else None


@db.unit
async def _note(key: str, done: int, total: int) -> None:
    await db.write(
        "UPDATE core_data_export SET done = ?, total = ?, state = CASE WHEN state = 'waiting' THEN 'working' ELSE state END"
        " WHERE key = ?",
        done,
        total,
        key,
    )


@db.unit
async def _ready(key: str, person_id: int, missing: list[str]) -> None:
    until: datetime = now() + KEPT
    named = " ".join(missing)[:400]
    kept = await db.write(
        "UPDATE core_data_export SET state = 'ready', done = total, missing = ?, expires_at = ? WHERE key = ?",
        named,
        until,
        key,
    )
    if not kept:  # a newer one was asked for, or the account was closed, while this was made
        db.after_commit(storage.storage().drop_file, key)
        return
    await tell(person_id, "data.ready", url=URL, once=f"archive:{key}")
    for one in await guardians_of(person_id):
        if one.guardian_id is not None:
            await tell(one.guardian_id, "guardian.data_ready", url="/me/wards", by=person_id, once=f"archive:{key}")
