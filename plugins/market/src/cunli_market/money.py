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

from tortoise.functions import Sum

from . import moments, sums
from .models import MoneyLine, Order

MOST_TOLD: Final = 1000
WHERE: Final = {"online": "gateway", "transfer": "bank", "cash": "cash"}


class Unbalanced(Exception):
    """The sides of an entry do not sum to zero. A mistake in the program, so nothing is written."""


async def enter(order: Order, journal: str, sides: Mapping[str, int]) -> None:
    """Write one entry. The same journal cannot be written twice: the database refuses it."""
    if sum(sides.values()) or not any(sides.values()):
        raise Unbalanced(journal)
    now = moments.now()
    for account, fen in sides.items():
        await MoneyLine.create(
            order_id=order.id, shop_id=order.shop_id, journal=journal, account=account, fen=fen, at=now
        )
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


async def balances(shop_id: int | None = None) -> dict[str, int]:
    """What stands on each account, of one shop or of the whole village."""
    rows = MoneyLine.filter(shop_id=shop_id) if shop_id else MoneyLine.all()
    found = await rows.annotate(total=Sum("fen")).group_by("account").values_list("account", "total")
    return {account: int(total) for account, total in found}


async def wrong_journals() -> list[str]:
    """Entries whose sides do not sum to zero. There are none, or somebody changed numbers."""
    found = MoneyLine.annotate(total=Sum("fen")).filter(total__not=0).group_by("journal")
    return sorted(str(one) for one in await found.limit(MOST_TOLD).values_list("journal", flat=True))
