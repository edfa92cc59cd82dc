"""What happens to photos: taken in, used, given up, swept. Bytes are written before the row and deleted after it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.media import queries, rules, running
from cunli.media.pool import Developed
from cunli.media.queries import Photo
from cunli.web.tokens import new_key

MOVED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A photo that its sender now uses; `id` is for the row that shows it."""

    id: int
    key: str


class PhotoGone(Exception):
    """A photo cannot be used: not this person's, used already, or swept."""


async def accept(raw: bytes, *, owner_id: int | None, village_id: int, limit_mb: int) -> Photo:
    """Take in one photo. Raises `PhotoRefused` for what is too large, no photo, or over the quota.

    Not a unit: decoding and storing take their time, and only the last step touches the database.
    """
    db.refuse_in_unit("decoding a photo")
    if len(raw) > limit_mb * rules.MEGABYTE:
        raise rules.too_heavy(limit_mb)
    rules.check_quota(await queries.stored_by(owner_id, village_id), 0)
    developed = await running.darkroom().develop(raw)
    key = new_key()
    await running.storage().put(key, developed.pictures)
    try:
        await _keep(key, developed, hashlib.sha256(raw).hexdigest(), owner_id, village_id)
    except (rules.PhotoRefused, db.Full, db.Contended):  # surely not kept; after any other failure nobody knows
        await running.storage().delete([key])
        raise
    return Photo(key=key, width=developed.width, height=developed.height)


@db.unit
async def _keep(key: str, developed: Developed, sha256: str, owner_id: int | None, village_id: int) -> None:
    rules.check_quota(await queries.stored_by(owner_id, village_id), developed.stored_bytes)
    await db.write(
        "INSERT INTO core_upload (key, village_id, owner_id, unused_until, width, height, stored_bytes, sha256, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key,
        village_id,
        owner_id,
        now() + rules.UNUSED,
        developed.width,
        developed.height,
        developed.stored_bytes,
        sha256,
        now(),
    )


@db.unit
async def use(keys: Sequence[str], *, owner_id: int | None, village_id: int, plugin: str = "") -> list[Taken]:
    """Take these photos into use, in this order. Raises `PhotoGone` when one of them is not there to be used.

    Those of a `plugin` are from then on shown by its own pages only.
    """
    taken: list[Taken] = []
    for key in keys:
        rows = await db.read("SELECT id FROM core_upload WHERE key = ?", key)
        fresh = await db.write(
            "UPDATE core_upload SET unused_until = NULL, plugin = ?"
            " WHERE key = ? AND COALESCE(owner_id, 0) = ? AND village_id = ? AND unused_until IS NOT NULL",
            plugin,
            key,
            owner_id or 0,
            village_id,
        )
        if not fresh:
            raise PhotoGone(key)
        taken.append(Taken(id=rows[0]["id"], key=key))
    return taken


@db.unit
async def move(keys: Sequence[str], *, plugin: str, old: int, new: int) -> int:
    """Let photos of a plugin go from one village to another, with the rows that show them; how many there were."""
    moved = 0
    for first in range(0, len(keys), MOVED_AT_ONCE):
        some = keys[first : first + MOVED_AT_ONCE]
        moved += await db.write(
            f"UPDATE core_upload SET village_id = ? WHERE village_id = ? AND plugin = ? AND key IN ({db.marks(some)})",  # noqa: S608 marks only
            new,
            old,
            plugin,
            *some,
        )
    return moved


@db.unit
async def keep_for_draft(keys: Sequence[str], *, owner_id: int, village_id: int) -> None:
    """Keep photos of a draft longer than those that nothing mentions."""
    if keys:
        await db.write(
            "UPDATE core_upload SET unused_until = ? WHERE owner_id = ? AND village_id = ? AND unused_until IS NOT NULL"  # noqa: S608 constants and placeholders
            f" AND key IN ({db.marks(keys)})",
            now() + rules.UNUSED_IN_DRAFT,
            owner_id,
            village_id,
            *keys,
        )


@db.unit
async def remove_unused(key: str, *, owner_id: int, village_id: int) -> bool:
    """Give up a photo that was sent and not used. Whether there was one."""
    gone = await db.write(
        "DELETE FROM core_upload WHERE key = ? AND owner_id = ? AND village_id = ? AND unused_until IS NOT NULL",
        key,
        owner_id,
        village_id,
    )
    if gone:
        db.after_commit(_delete_bytes, [key])
    return bool(gone)


@db.unit
async def discard(upload_ids: Sequence[int]) -> None:
    """Delete photos for good. Whatever showed them must be gone already."""
    if not upload_ids:
        return
    marks = db.marks(upload_ids)
    rows = await db.read(f"SELECT key FROM core_upload WHERE id IN ({marks})", *upload_ids)  # noqa: S608 constants and placeholders
    await db.write(f"DELETE FROM core_upload WHERE id IN ({marks})", *upload_ids)  # noqa: S608 constants and placeholders
    db.after_commit(_delete_bytes, [row["key"] for row in rows])


@db.unit
async def sweep_unused(most: int = 500) -> int:
    """Delete photos whose time without use is over; how many there were. At most `most` at once."""
    rows = await db.read("SELECT id, key FROM core_upload WHERE unused_until < ? ORDER BY id LIMIT ?", now(), most)
    delete = "DELETE FROM core_upload WHERE id = ? AND unused_until IS NOT NULL"
    gone = [row["key"] for row in rows if await db.write(delete, row["id"])]
    if gone:
        db.after_commit(_delete_bytes, gone)
    return len(gone)


async def _delete_bytes(keys: list[str]) -> None:
    await running.storage().delete(keys)
