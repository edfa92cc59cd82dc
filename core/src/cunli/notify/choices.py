"""Which channels a person wants, and when they want peace. The inbox always has everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cunli import db
from cunli.clock import village_zone

QUIET: Final = (22, 7)  # hours by the village's clock, unless somebody chose others


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose. `quiet`: from which hour to which nothing leaves; equal hours are no quiet at all."""

    off: frozenset[str] = frozenset()
    quiet: tuple[int, int] = QUIET

    def wait(self, moment: datetime) -> int:
        """Seconds until a message may leave; 0 by day."""
        begins, ends = self.quiet
        local = moment.astimezone(village_zone())
        asleep = begins <= local.hour < ends if begins < ends else local.hour >= begins or local.hour < ends
        if begins == ends or not asleep:
            return 0
        morning = local.replace(hour=ends, minute=0, second=0, microsecond=0)
        return int((morning + timedelta(days=morning <= local) - local).total_seconds())


ANY_TIME: Final = Choice(quiet=(0, 0))


async def of(person_ids: Sequence[int]) -> dict[int, Choice]:
    """What these people chose; who chose nothing is not in it."""
    if not person_ids:
        return {}
    rows = await db.read(
        f"SELECT person_id, off, begins, ends FROM core_channel_choice WHERE person_id IN ({db.marks(person_ids)})",  # noqa: S608 marks only
        *person_ids,
    )
    return {
        row["person_id"]: Choice(
            off=frozenset(part for part in row["off"].split(",") if part), quiet=(row["begins"], row["ends"])
        )
        for row in rows
    }


@db.unit
async def choose(person_id: int, choice: Choice) -> None:
    """Keep it."""
    await db.write(
        "INSERT INTO core_channel_choice (person_id, off, begins, ends) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET off = excluded.off, begins = excluded.begins, ends = excluded.ends",
        person_id,
        ",".join(sorted(choice.off)),
        *choice.quiet,
    )
