"""What the village gives points for, and what it gives for points."""

from __future__ import annotations

from cunli import unit
from tortoise.expressions import F

from .models import Deed, Good


async def deeds() -> list[Deed]:
    return await Deed.filter(open=True).order_by("id")


async def goods() -> list[Good]:
    return await Good.filter(open=True).order_by("price", "id")


@unit
async def add_deed(name: str, points: int) -> None:
    await Deed.create(name=name, points=points)


@unit
async def add_good(name: str, price: int, stock: int) -> None:
    await Good.create(name=name, price=price, stock=stock)


@unit
async def restock(good_id: int, more: int) -> None:
    await Good.filter(id=good_id, open=True).update(stock=F("stock") + more)


@unit
async def close(deed_id: int | None, good_id: int | None) -> None:
    """Take a deed or a good off the list. Lines of the ledger keep its name."""
    if deed_id:
        await Deed.filter(id=deed_id).update(open=False)
    if good_id:
        await Good.filter(id=good_id).update(open=False)
