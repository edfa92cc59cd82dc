"""The stock. There is one way to change it: a conditional update, and a line in the ledger in the same unit.

Whoever comes at the same moment for the last box: the database lets one have it, and the others hear `SoldOut`.
"""

from __future__ import annotations

from tortoise.expressions import F
from tortoise.functions import Sum

from cunli import unit

from . import moments
from .models import Lot, StockLine


class SoldOut(Exception):
    """There is not so much of it."""


async def _taken_from(lot_id: int, amount: int) -> bool:
    """Change what is free, unless it would go below nothing. The lot stays locked until the unit is over."""
    return bool(await Lot.filter(id=lot_id, free__gte=-amount).update(free=F("free") + amount))


@unit
async def change(lot_id: int, amount: int, why: str, token: str, *, by: int | None = None, reason: str = "") -> None:
    """Add to a lot or take from it. The same `token` cannot count twice: the database refuses it."""
    if not await _taken_from(lot_id, amount):
        raise SoldOut
    await StockLine.create(
        lot_id=lot_id, amount=amount, why=why, token=token, by_id=by, reason=reason, at=moments.now()
    )


async def wrong_lots() -> list[int]:
    """Lots whose stock is not the sum of their lines, or is below nothing. There are none, or somebody changed numbers."""
    rows = await StockLine.annotate(total=Sum("amount")).group_by("lot_id").values_list("lot_id", "total")
    sums = dict(rows)
    lots = await Lot.all().order_by("id").values_list("id", "free")
    return [lot for lot, free in lots if free != sums.get(lot, 0) or free < 0]
