"""What pages read about people's own data: the archive as it stands, and an account that is to be closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cunli import db
from cunli.clock import now
from cunli.own_data.actions import in_office
from cunli.problems import Problem, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveNow:
    """Somebody's archive. `missing` are ids of parts that are not in it (yet)."""

    key: str
    state: str
    done: int
    total: int
    missing: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime | None

    @property
    def making(self) -> bool:
        return self.state in ("waiting", "working")

    @property
    def ready(self) -> bool:
        return self.state == "ready" and self.expires_at is not None and self.expires_at > now()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingNow:
    """An account that is to be closed. Taking it back is possible while it is only `waiting`."""

    state: str
    remove: bool
    due_at: datetime
    in_office: bool


async def archive_of(person_id: int) -> ArchiveNow | None:
    """The latest archive of a person."""
    rows = await db.read(
        "SELECT key, state, done, total, missing, asked_at, expires_at FROM core_data_export WHERE person_id = ?"
        " ORDER BY id DESC LIMIT 1",
        person_id,
    )
    return _archive(rows[0]) if rows else None


def _archive(row: Any) -> ArchiveNow:
    return ArchiveNow(
        key=row["key"],
        state=row["state"],
        done=row["done"],
        total=row["total"],
        missing=tuple(row["missing"].split()),
        asked_at=db.when(row["asked_at"]),
        expires_at=db.when(row["expires_at"]),
    )


async def closing_of(person_id: int) -> ClosingNow | None:
    """Whether a person's account is to be closed."""
    rows = await db.read(
        "SELECT state, remove, due_at FROM core_erasure WHERE person_id = ? AND state IN ('waiting', 'underway')",
        person_id,
    )
    if not rows:
        return None
    row = rows[0]
    return ClosingNow(
        state=row["state"],
        remove=bool(row["remove"]),
        due_at=db.when(row["due_at"]),
        in_office=await in_office(person_id),
    )


async def unerased(running: Sequence[str]) -> list[Problem]:
    """Plugins that have not erased what they hold about people who closed their accounts."""
    rows = await db.read(
        "SELECT part, COUNT(*) AS n, MAX(error) AS error FROM core_erasure_part WHERE done = ? AND part NOT LIKE 'core.%'"
        " GROUP BY part ORDER BY part",
        False,
    )
    return [
        problem("plugins.W130", row["part"], count=row["n"], error=row["error"])
        if row["part"] in running
        else problem("plugins.W131", row["part"], count=row["n"])
        for row in rows
    ]
