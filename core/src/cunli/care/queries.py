"""What pages and channels read about consent: each purpose with somebody's last answer, and who took one back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cunli import db
from cunli.care.purposes import PURPOSES, Purpose, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNow:
    """One purpose as it stands for one person. `version` and `at` are those of the last answer; 0 and None without any."""

    purpose: Purpose
    given: bool
    version: int
    at: datetime | None

    @property
    def open(self) -> bool:
        """Whether the person has still to be asked in the present words."""
        return self.purpose.asked == "at the start" and not (self.given and self.version == self.purpose.version)

    @property
    def in_force(self) -> bool:
        """Whether the data may be used for it."""
        return self.given or (self.purpose.asked == "may be ended" and self.at is None)

    @property
    def renewed(self) -> bool:
        """Whether the words changed since the person agreed."""
        return self.open and self.version > 0

    @property
    def lines(self) -> list[str]:
        return text_of(self.purpose.id, self.purpose.version).splitlines()


async def consents_of(person_id: int) -> list[ConsentNow]:
    """Every purpose, with this person's last answer."""
    rows = await db.read(
        "SELECT purpose, given, version, at FROM core_consent WHERE person_id = ? ORDER BY id", person_id
    )
    last = {row["purpose"]: row for row in rows}
    return [
        ConsentNow(
            purpose=purpose,
            given=bool(last[id_]["given"]) if id_ in last else False,
            version=last[id_]["version"] if id_ in last else 0,
            at=db.when(last[id_]["at"]) if id_ in last else None,
        )
        for id_, purpose in PURPOSES.items()
    ]


async def ended(person_ids: Collection[int], purpose: str) -> frozenset[int]:
    """Those of these people who took a purpose back."""
    ids = tuple(set(person_ids))
    if not ids:
        return frozenset()
    rows = await db.read(
        f"SELECT person_id, given FROM core_consent WHERE purpose = ? AND person_id IN ({db.marks(ids)}) ORDER BY id",  # noqa: S608 marks only
        purpose,
        *ids,
    )
    last = {row["person_id"]: row["given"] for row in rows}
    return frozenset(person for person, given in last.items() if not given)
