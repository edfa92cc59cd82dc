"""Letting the oldest entries of the audit trail go when their time is over: the one way in which entries are ever deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.trust.audit import By, audit

BATCH: Final = 1000


async def cut(before: datetime, *, by: By = "system") -> int:
    """Delete every entry older than `before`, up to the first that is not; how many there were.

    The cut itself is an entry, with the hash that the rest is chained to, so the rest can still be verified, and a deletion
    that nobody wrote down is found.
    """
    if not await db.run_unit(_declare, before, by):
        return 0
    total = 0
    while gone := await db.run_unit(_delete):
        total += gone
    return total


async def _declare(before: datetime, by: By) -> bool:
    young = await db.read("SELECT MIN(id) AS first FROM core_audit_entry WHERE at >= ?", before)
    limit = young[0]["first"]
    condition, args = ("WHERE id < ?", (limit,)) if limit is not None else ("", ())
    rows = await db.read(f"SELECT id, hash FROM core_audit_entry {condition} ORDER BY id DESC LIMIT 1", *args)  # noqa: S608 constants only
    if not rows:
        return False
    up_to, hashed = rows[0]["id"], rows[0]["hash"]
    await db.write("INSERT INTO core_audit_cut (up_to, hash, at) VALUES (?, ?, ?)", up_to, hashed, now())
    await audit("core.audit.cut", by=by, up_to=up_to, hash=hashed)
    return True


async def _delete() -> int:
    return await db.write(
        "DELETE FROM core_audit_entry WHERE id IN (SELECT id FROM core_audit_entry WHERE id <="
        " (SELECT MAX(up_to) FROM core_audit_cut) ORDER BY id LIMIT ?)",
        BATCH,
    )
