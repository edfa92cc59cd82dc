"""Tombstones: which accounts were closed, in a file outside the database, so that a restored backup does not bring them back (DP-4)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cunli import db
from cunli.clock import now
from cunli.mistakes import OperatorMistake
from cunli.own_data import erasing
from cunli.trust.audit import audit

if TYPE_CHECKING:
    from cunli.registry import Registry


class TombstonesUnreadable(OperatorMistake):
    """The file cannot be read, or holds something that is no tombstone."""


class StillOpen(OperatorMistake):
    """An account that must be closed again is open: nobody may be let in."""


async def note(path: Path, person_id: int, *, remove: bool) -> None:
    """Write down that an account is being closed, before it is: by its random key, which says nothing about anybody."""
    (row,) = await db.read("SELECT key FROM core_person WHERE id = ?", person_id)
    _append(path, {"key": row["key"], "remove": remove, "at": now().isoformat(timespec="seconds")})


def _append(path: Path, stone: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{json.dumps(stone)}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stones(path: Path) -> dict[str, bool]:
    """By the key of an account: whether what it published goes too. None without the file. Raises `TombstonesUnreadable`."""
    found: dict[str, bool] = {}
    for place, line in enumerate(_lines(path), 1):
        try:
            stone = json.loads(line)
            found[str(stone["key"])] = found.get(str(stone["key"]), False) or bool(stone["remove"])
        except (ValueError, KeyError, TypeError) as exc:
            raise TombstonesUnreadable([f"{path}: line {place} is not a tombstone"]) from exc
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no text"
        raise TombstonesUnreadable(f"{path}, the file of tombstones, cannot be read: {why}") from exc


async def replay(registry: Registry, path: Path) -> int:
    """Close again every account that the file names and that is open in this database, at once; how many.

    To be called after a restore, before anybody is let in. Running it twice does nothing more. An account is closed once the core
    has erased; a plugin that fails to is asked again every hour, as after any erasure (see `unfinished`).
    Raises `TombstonesUnreadable` before anything is written, and `StillOpen`.
    """
    found = [await db.run_unit(_again, key, remove) for key, remove in stones(path).items()]
    again = [person_id for person_id in found if person_id is not None]
    await erasing.erase_now(registry, again)
    if left := [one for one in again if await db.read(f"{_OPEN} AND id = ?", one)]:
        raise StillOpen(
            f"{len(left)} of {len(again)} accounts could not be closed again; the log says why: let nobody in"
        )
    return len(again)


async def unfinished() -> int:
    """How many accounts are closed while some part has not erased yet."""
    return int((await db.read("SELECT COUNT(*) AS n FROM core_erasure WHERE state = 'underway'"))[0]["n"])


_OPEN: Final = "SELECT id FROM core_person WHERE state <> 'closed'"


async def _again(key: str, remove: bool) -> int | None:
    rows = await db.read(f"{_OPEN} AND key = ?", key)
    if not rows:
        return None
    person_id: int = rows[0]["id"]
    moment = now()
    await db.write("UPDATE core_role SET revoked_at = ? WHERE person_id = ? AND revoked_at IS NULL", moment, person_id)
    await db.write(
        "INSERT INTO core_erasure (person_id, state, remove, asked_at, due_at) VALUES (?, 'underway', ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET state = 'underway', remove = excluded.remove",
        person_id,
        remove,
        moment,
        moment,
    )
    await audit("core.erasure.replayed", by="command", object=("person", person_id))
    return person_id
