"""The work that closes accounts: every part erases, one that fails is asked again every hour, and only then it is done."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cunli import db
from cunli.clock import now, today
from cunli.jobs.outbox import emit
from cunli.own_data import asking, replaying
from cunli.own_data.asking import PartFailed
from cunli.people.events import PersonErased
from cunli.plugin_data import DataContext, ErasureReport
from cunli.trust.audit import audit

if TYPE_CHECKING:
    from cunli.registry import Registry

AT_ONCE: Final = 200
_log = logging.getLogger("cunli.own_data")


async def erase_due(registry: Registry, tombstones: Path | None = None) -> None:
    """Go on with every account whose time is over, except of people who came into an office meanwhile, and of those for
    whom a law says that it must be kept for now (see `care.holds`).

    `tombstones` is the file outside the database that `replaying` reads after a backup was restored.
    """
    rows = await db.read(
        "SELECT id, person_id, remove, state FROM core_erasure WHERE state = 'underway' OR (state = 'waiting' AND due_at <= ?"
        " AND NOT EXISTS (SELECT 1 FROM core_hold h WHERE h.person_id = core_erasure.person_id AND h.ended_at IS NULL"
        " AND h.until >= ?)"
        " AND NOT EXISTS (SELECT 1 FROM core_role r WHERE r.person_id = core_erasure.person_id AND r.revoked_at IS NULL))"
        " ORDER BY state DESC, due_at, id LIMIT ?",
        now(),
        today(),
        AT_ONCE,
    )
    for row in rows:
        if tombstones is not None and row["state"] == "waiting":
            await replaying.note(tombstones, row["person_id"], remove=bool(row["remove"]))
        await _erase(registry, row)


async def erase_now(registry: Registry, person_ids: Sequence[int]) -> None:
    """Go on with the erasures of these people that are underway, and with nobody else's."""
    for person_id in person_ids:
        for row in await db.read(
            "SELECT id, person_id, remove FROM core_erasure WHERE person_id = ? AND state = 'underway'", person_id
        ):
            await _erase(registry, row)


async def _erase(registry: Registry, row: Any) -> None:
    if not await _begin(row["id"]):
        return
    ctx = DataContext(person_id=row["person_id"], remove=bool(row["remove"]))
    said = await db.read("SELECT part FROM core_erasure_part WHERE erasure_id = ? AND done = ?", row["id"], True)
    done = {one["part"] for one in said}
    wanted = [part.id for part in asking.parts(registry)]
    failed = False
    for part in wanted:
        if part not in done:
            failed |= not await _ask(registry, row["id"], part, ctx)
    absent = await unasked(registry)
    for part in absent:
        await _failed(row["id"], part, "it does not run here")
    if not failed and not absent:
        await _complete(row["id"], row["person_id"], {*wanted, *done})


async def unasked(registry: Registry) -> list[str]:
    """Plugins that have tables in the database and do not run: what they hold about people cannot be erased."""
    return [name for name in await db.migrations.unloaded() if name not in registry.running]


@db.unit
async def _begin(erasure_id: int) -> bool:
    """From here on it cannot be taken back."""
    return bool(
        await db.write(
            "UPDATE core_erasure SET state = 'underway' WHERE id = ? AND state IN ('waiting', 'underway')", erasure_id
        )
    )


async def _ask(registry: Registry, erasure_id: int, part: str, ctx: DataContext) -> bool:
    try:
        report = await asking.erasure_by(registry, part, ctx)
    except PartFailed as exc:
        _log.error("%s has not erased what it holds about a person: %s", part, exc)
        await _failed(erasure_id, part, str(exc))
        return False
    await _done(erasure_id, part, report)
    return True


_SAID: Final = (
    "INSERT INTO core_erasure_part (erasure_id, part, done, attempts, error, report, at) VALUES (?, ?, ?, 1, ?, ?, ?)"
    " ON CONFLICT (erasure_id, part) DO UPDATE SET done = excluded.done, attempts = core_erasure_part.attempts + 1,"
    " error = excluded.error, report = excluded.report, at = excluded.at"
)


@db.unit
async def _failed(erasure_id: int, part: str, error: str) -> None:
    await db.write(_SAID, erasure_id, part, False, error[:400], "", now())


@db.unit
async def _done(erasure_id: int, part: str, report: ErasureReport) -> None:
    kept = [{"what": str(one.what), "count": one.count, "reason": str(one.reason)} for one in report.kept]
    text = json.dumps({"erased": dict(report.erased), "kept": kept}, ensure_ascii=False)
    await db.write(_SAID, erasure_id, part, True, "", text, now())


@db.unit
async def _complete(erasure_id: int, person_id: int, parts: set[str]) -> None:
    await db.write("UPDATE core_erasure SET state = 'done', done_at = ? WHERE id = ?", now(), erasure_id)
    await db.write("DELETE FROM core_erasure_part WHERE erasure_id = ? AND done = ?", erasure_id, False)
    await audit("core.person.closed", by="system", object=("person", person_id), parts=len(parts))
    await emit(PersonErased(village_id=None, person_id=person_id))
