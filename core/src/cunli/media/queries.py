"""What pages read about photos. Who may see one depends on what uses it and is asked of `feed`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cunli import db
from cunli.media.kinds import StoredFile
from cunli.media.rules import Size, Stored

_KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo as templates show it."""

    key: str
    width: int
    height: int

    @property
    def thumb_url(self) -> str:
        return photo_url(self.key, Size.THUMB)

    @property
    def large_url(self) -> str:
        return photo_url(self.key, Size.LARGE)

    @property
    def alt(self) -> str:
        return ""


def photo_url(key: str, size: str) -> str:
    """The address of one size of a photo."""
    return f"/media/{key}/{size}"


def is_key(text: str) -> bool:
    """Whether this can be the key of a photo at all."""
    return len(text) == 22 and all(c in _KEYS for c in text)


async def photos_of(post_ids: Iterable[int]) -> dict[int, list[Photo]]:
    """The photos of each post, in the author's order. The caller has checked that the posts may be seen."""
    ids = list(post_ids)
    if not ids:
        return {}
    rows = await db.read(
        "SELECT pp.post_id, u.key, u.width, u.height FROM core_post_photo pp JOIN core_upload u ON u.id = pp.upload_id"  # noqa: S608 constants and placeholders
        f" WHERE pp.post_id IN ({db.marks(ids)}) ORDER BY pp.post_id, pp.position",
        *ids,
    )
    found: dict[int, list[Photo]] = {}
    for row in rows:
        found.setdefault(row["post_id"], []).append(_photo(row))
    return found


async def unused_of(keys: list[str], *, owner_id: int, village_id: int) -> list[Photo]:
    """Those of the keys that this person sent here and has not used yet, in the given order."""
    if not keys:
        return []
    rows = await db.read(
        "SELECT key, width, height FROM core_upload WHERE owner_id = ? AND village_id = ? AND kind = '' AND unused_until IS NOT NULL"  # noqa: S608 constants and placeholders
        f" AND key IN ({db.marks(keys)})",
        owner_id,
        village_id,
        *keys,
    )
    by_key = {row["key"]: _photo(row) for row in rows}
    return [by_key[key] for key in keys if key in by_key]


def alike(*, files: bool) -> str:
    """Photos alone, or everything else alone."""
    return "kind <> ''" if files else "kind = ''"


async def stored_by(person_id: int | None, village_id: int, *, files: bool = False) -> Stored:
    """What is stored already, for the quota: photos, or files, of a person; everything of the village."""
    sort = alike(files=files)
    rows = await db.read(
        "SELECT COALESCE(SUM(stored_bytes), 0) AS village,"  # noqa: S608 constants and placeholders
        f" COALESCE(SUM(CASE WHEN owner_id = ? AND {sort} THEN stored_bytes ELSE 0 END), 0) AS person,"
        f" COALESCE(SUM(CASE WHEN owner_id = ? AND {sort} AND unused_until IS NOT NULL THEN 1 ELSE 0 END), 0) AS unused"
        " FROM core_upload WHERE village_id = ?",
        person_id or 0,
        person_id or 0,
        village_id,
    )
    return Stored(person=int(rows[0]["person"]), village=int(rows[0]["village"]), unused=int(rows[0]["unused"]))


async def of_plugin(keys: Sequence[str], *, plugin: str, village_id: int | None, files: bool = False) -> dict[str, int]:
    """Those of these photos, or files, that a plugin uses, in a village or (None) anywhere: their ids, by key."""
    if not keys:
        return {}
    rows = await db.read(
        f"SELECT id, key FROM core_upload WHERE COALESCE(?, village_id) = village_id AND plugin = ? AND {alike(files=files)}"  # noqa: S608 constants and placeholders
        f" AND key IN ({db.marks(keys)})",
        village_id,
        plugin,
        *keys,
    )
    return {row["key"]: row["id"] for row in rows}


async def files_of(keys: Sequence[str], *, plugin: str, village_id: int) -> dict[str, StoredFile]:
    """Those of these files that a plugin uses in a village, by key."""
    if not keys:
        return {}
    rows = await db.read(
        "SELECT key, name, kind, stored_bytes FROM core_upload WHERE village_id = ? AND plugin = ?"  # noqa: S608 constants and placeholders
        f" AND kind <> '' AND unused_until IS NULL AND key IN ({db.marks(keys)})",
        village_id,
        plugin,
        *keys,
    )
    return {
        row["key"]: StoredFile(key=row["key"], name=row["name"], kind=row["kind"], size=row["stored_bytes"])
        for row in rows
    }


def _photo(row: Any) -> Photo:
    return Photo(key=row["key"], width=row["width"], height=row["height"])
