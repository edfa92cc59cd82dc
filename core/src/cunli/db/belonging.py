"""What becomes of a table's rows when villages are merged or split. A model says it; nothing of it runs here.

    class Stall(VillageModel):
        on_merge = db.Prefix(column="name")  # two stalls of one name: the newcomer's gets its village's name in front
        follows = ("seller",)                # a split takes the stall along with its seller's membership
        photo_columns = ("pictures",)        # and the plugin's photos and files whose keys stand there along with the stall

Rows of a merged village move to the village that takes it in. A rule is needed only where a unique key contains the
village: without one, a clash stops the merge before anything is changed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """Of two rows that clash, the newcomer's `column` gets its village's name in front."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Two rows that clash become one, and whatever points at the other one points at it from then on.

    The row stays whose `column` comes first in `order`; without an order, the one with the greatest `column`.
    `join` are text columns that keep both texts, `fill` are columns taken over where the row that stays has none.
    """

    column: str
    order: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The rows are history of the old village and stay with it."""

    because: str


OnMerge = Prefix | Fold | Stay
