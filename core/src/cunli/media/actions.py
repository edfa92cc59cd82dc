"""What happens to photos and files: taken in, used, given up, swept. Bytes are written before the row and deleted after it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cunli import db
from cunli.clock import now
from cunli.media import queries, rules, running
from cunli.media.kinds import KINDS, FileKind, StoredFile, name_of
from cunli.media.looking import look
from cunli.media.queries import Photo
from cunli.media.storage import WHOLE
from cunli.web.i18n import _
from cunli.web.tokens import new_key

MOVED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A photo that its sender now uses; `id` is for the row that shows it."""

    id: int
    key: str


class PhotoGone(Exception):
    """A photo cannot be used: not this person's, used already, or swept."""


class FileGone(Exception):
    """A file cannot be used: not this person's, used already, or swept."""


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
    kept = _Kept(key=key, width=developed.width, height=developed.height, stored_bytes=developed.stored_bytes)
    await running.storage().put(key, developed.pictures)
    await _keep_or_drop(kept, hashlib.sha256(raw).hexdigest(), owner_id, village_id)
    return Photo(key=key, width=developed.width, height=developed.height)


async def accept_file(
    raw: bytes, name: str, *, kinds: Collection[FileKind], owner_id: int | None, village_id: int
) -> StoredFile:
    """Take in one file. Raises `FileRefused` for what is none of these kinds, too large, or over the quota. Not a unit."""
    db.refuse_in_unit("looking into a file")
    rules.check_file_quota(await queries.stored_by(owner_id, village_id, files=True), 0)
    kind, kept = await asyncio.to_thread(look, raw)
    if kind not in kinds:
        wanted = "、".join(str(KINDS[one].label) for one in KINDS if one in kinds)
        raise rules.FileRefused(415, _("这里不能放%(kind)s。能放的：%(wanted)s", kind=KINDS[kind].label, wanted=wanted))
    if len(raw) > KINDS[kind].megabytes * rules.MEGABYTE:
        raise too_large(kind)
    key = new_key()
    file = StoredFile(key=key, name=name_of(name, kind), kind=kind, size=len(kept))
    await running.storage().put(key, {WHOLE: kept})
    row = _Kept(key=key, kind=kind, name=file.name, stored_bytes=file.size)
    await _keep_or_drop(row, hashlib.sha256(kept).hexdigest(), owner_id, village_id)
    return file


def too_large(kind: FileKind) -> rules.FileRefused:
    """A file of this kind that is larger than its limit."""
    return rules.FileRefused(413, _("%(kind)s最大 %(n)s MB。", kind=KINDS[kind].label, n=KINDS[kind].megabytes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A row to be."""

    key: str
    kind: FileKind | Literal[""] = ""
    name: str = ""
    width: int = 0
    height: int = 0
    stored_bytes: int


async def _keep_or_drop(kept: _Kept, sha256: str, owner_id: int | None, village_id: int) -> None:
    try:
        await _keep(kept, sha256, owner_id, village_id)
    except (rules.Refused, db.Full, db.Contended):  # surely not kept; after any other failure nobody knows
        await running.storage().delete([kept.key])
        raise


@db.unit
async def _keep(kept: _Kept, sha256: str, owner_id: int | None, village_id: int) -> None:
    check = rules.check_file_quota if kept.kind else rules.check_quota
    check(await queries.stored_by(owner_id, village_id, files=bool(kept.kind)), kept.stored_bytes)
    await db.write(
        "INSERT INTO core_upload (key, village_id, owner_id, kind, name, unused_until, width, height, stored_bytes, sha256, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        kept.key,
        village_id,
        owner_id,
        kept.kind,
        kept.name,
        now() + rules.UNUSED,
        kept.width,
        kept.height,
        kept.stored_bytes,
        sha256,
        now(),
    )


@db.unit
async def use(
    keys: Sequence[str], *, owner_id: int | None, village_id: int, plugin: str = "", files: bool = False
) -> list[Taken]:
    """Take these photos, or files, into use, in this order. Raises `PhotoGone` or `FileGone` when one is not there to be used.

    Those of a `plugin` are from then on shown by its own pages only.
    """
    taken: list[Taken] = []
    for key in keys:
        rows = await db.read("SELECT id FROM core_upload WHERE key = ?", key)
        fresh = await db.write(
            "UPDATE core_upload SET unused_until = NULL, plugin = ?"  # noqa: S608 a constant
            f" WHERE key = ? AND COALESCE(owner_id, 0) = ? AND village_id = ? AND {queries.alike(files=files)}"
            " AND unused_until IS NOT NULL",
            plugin,
            key,
            owner_id or 0,
            village_id,
        )
        if not fresh:
            raise FileGone(key) if files else PhotoGone(key)
        taken.append(Taken(id=rows[0]["id"], key=key))
    return taken


@db.unit
async def move(keys: Sequence[str], *, plugin: str, old: int, new: int) -> int:
    """Let photos and files of a plugin go from one village to another, with the rows that show them; how many there were."""
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
