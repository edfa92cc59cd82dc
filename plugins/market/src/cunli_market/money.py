"""The money ledger: double entry, whole fen, only ever added to. The lines of a journal sum to zero, so all of them do.

| account | what it is | sign |
|---|---|---|
| `gateway` | with the payment service | + what is there |
| `bank`, `cash` | with the shop already: transferred to it, or handed over | + what is there |
| `held` | the buyer's until the goods are received and nobody objects | − what is owed |
| `shop` | the shop's, not paid out yet | − what is owed |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import moments, sums
from .models import MoneyLine, Order

WHERE: Final = {"online": "gateway", "transfer": "bank", "cash": "cash"}


async def enter(order: Order, journal: str, sides: Mapping[str, int]) -> None:
    """Write one entry, and carry it over to what stands on the accounts."""
    await MoneyLine.enter(journal, sides, at=moments.now(), order_id=order.id, shop_id=order.shop_id)
    if any(sides.values()):
        await sums.entered(order.shop_id, sides)


async def paid(order: Order) -> None:
    """The buyer's money is there. It is held until the goods are."""
    await enter(order, f"paid:{order.id}", {WHERE[order.way]: order.total_fen, "held": -order.total_fen})


async def is_paid(order: Order) -> bool:
    """Whether money came for it, whatever went back since."""
    return await MoneyLine.filter(journal=f"paid:{order.id}").exists()


async def settled(order: Order) -> int:
    """What did not go back is the shop's. What it got by hand or transfer it has already."""
    rest: int = order.total_fen - order.refunded_fen
    await enter(order, f"settle:{order.id}", {"held": rest, "shop": -rest})
    if order.way != "online":
        await enter(order, f"own:{order.id}", {"shop": rest, WHERE[order.way]: -rest})
    return rest


async def given_back(order: Order, refund_id: int, fen: int) -> None:
    """Money went back to the buyer."""
    await enter(order, f"refund:{refund_id}", {"held": fen, WHERE[order.way]: -fen})
