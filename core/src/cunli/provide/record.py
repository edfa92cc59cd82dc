"""When each provider last did what it is for, and when it last failed: shown on the page of health, kept across processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cunli import db
from cunli.clock import now

SELDOM: Final = 60.0  # seconds between two notes of the same thing by one process
LONGEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One provider. `error` is what the last failure said; it names nobody."""

    kind: str
    name: str
    worked_at: datetime | None
    failed_at: datetime | None
    error: str

    @property
    def failing(self) -> bool:
        """Whether the last word was a failure."""
        return self.failed_at is not None and (self.worked_at is None or self.failed_at > self.worked_at)


@dataclass(slots=True)
class _Process:
    noted: dict[tuple[str, str, str], float] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic


_process = _Process()


async def note(kind: str, name: str, error: str = "") -> None:
    """A provider worked, or failed with these words. Not inside a unit: it would be undone with it."""
    key, moment = (kind, name, error), _process.clock()
    if moment - _process.noted.get(key, -SELDOM) < SELDOM:
        return
    _process.noted = {other: at for other, at in _process.noted.items() if other[:2] != key[:2]} | {key: moment}
    await _note(kind, name, error[:LONGEST])


@db.unit
async def _note(kind: str, name: str, error: str) -> None:
    column = "failed_at" if error else "worked_at"
    await db.write(
        f"INSERT INTO core_provider_record (kind, name, {column}, error) VALUES (?, ?, ?, ?)"  # noqa: S608 one of two columns
        f" ON CONFLICT (kind, name) DO UPDATE SET {column} = excluded.{column}"
        + (", error = excluded.error" if error else ""),
        kind,
        name,
        now(),
        error,
    )


def said(exc: BaseException) -> str:
    """What may be kept of a failure: the words of our own errors, which name nobody; of foreign ones only the kind."""
    ours = type(exc).__module__.startswith("cunli.")
    return (str(exc) if ours else "") or type(exc).__name__


async def records() -> list[Record]:
    """Every provider that was used."""
    rows = await db.read("SELECT kind, name, worked_at, failed_at, error FROM core_provider_record ORDER BY kind, name")
    return [
        Record(
            kind=row["kind"],
            name=row["name"],
            worked_at=db.when(row["worked_at"]),
            failed_at=db.when(row["failed_at"]),
            error=row["error"],
        )
        for row in rows
    ]


def forget() -> None:
    """Note everything again: for tests."""
    _process.noted.clear()
