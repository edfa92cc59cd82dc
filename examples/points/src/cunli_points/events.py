"""What other plugins may hear of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsGiven(Event):
    """Points were given for a good deed. Whose they are stands in the ledger, not here."""

    kind: ClassVar[str] = "points.given"
    entry_id: int
    points: int
