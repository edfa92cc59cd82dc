"""The basket: what lies in it is taken out of the stock, for fifteen minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cunli import new_key, unit

from . import checking, moments, stock
from .models import Good, Hold, Lot, Shop, Variant

HELD_FOR: Final = timedelta(minutes=15)
MOST: Final = 20
MOST_COUNT: Final = 99


class NotForSale(Exception):
    """It is not sold any more, or its shop is closed."""


class BasketFull(Exception):
    """There are as many things in the basket as fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One thing in a basket, with what is to be said about it."""

    hold: Hold
    good: Good
    variant: Variant
    shop: Shop
    ahead: date | None = None  # ordered ahead: harvested on this day

    @property
    def name(self) -> str:
        return f"{self.good.title} {self.variant.name}"

    @property
    def sum_fen(self) -> int:
        """At today's price, which may be another than that when it was put in."""
        return self.variant.fen * self.hold.count

    @property
    def dearer_by(self) -> int:
        return self.variant.fen - self.hold.fen


@unit
async def put(buyer_id: int, variant_id: int, count: int, *, friend_id: int | None = None) -> str:
    """Take something into the basket, in the village that is in scope. Raises `SoldOut`, `NotForSale`, `BasketFull`."""
    variant = await Variant.get_or_none(id=variant_id, open=True)
    good = await Good.get_or_none(id=variant.good_id, state="on") if variant else None
    shop = await Shop.get_or_none(id=good.shop_id, state="open") if good else None
    if variant is None or good is None or shop is None or not checking.sells(shop):
        raise NotForSale
    if await Hold.filter(buyer_id=buyer_id, state="held").count() >= MOST:
        raise BasketFull
    await expire(lot_id=variant.lot_id)
    key, taken = new_key(), count * variant.per
    await stock.change(variant.lot_id, -taken, "hold", f"hold:{key}", by=buyer_id)
    await Hold.create(
        key=key,
        buyer_id=buyer_id,
        variant_id=variant.id,
        shop_id=shop.id,
        count=count,
        taken=taken,
        fen=variant.fen,
        until=moments.now() + HELD_FOR,
        friend_id=friend_id if friend_id != buyer_id else None,
    )
    return key


@unit
async def drop(buyer_id: int, key: str) -> bool:
    """Put something back. False where it was not in the basket any more."""
    hold = await Hold.get_or_none(key=key, buyer_id=buyer_id)
    return hold is not None and await _release(hold, "dropped")


@unit
async def expire(*, lot_id: int | None = None) -> int:
    """Put back what lay too long, of one lot or of the whole village."""
    late = Hold.filter(state="held", until__lte=moments.now())
    if lot_id is not None:
        late = late.filter(variant__lot_id=lot_id)
    back = 0
    for hold in await late.order_by("id").limit(200):
        back += await _release(hold, "expired")
    return back


async def _release(hold: Hold, state: str) -> bool:
    if not await Hold.filter(id=hold.id, state="held").update(state=state):
        return False
    variant = await Variant.get(id=hold.variant_id)
    await stock.change(variant.lot_id, hold.taken, "back", f"back:{hold.key}", by=hold.buyer_id)
    return True


async def of(buyer_id: int) -> list[Held]:
    """What somebody has in the basket, in the villages in scope. What lay too long is not shown any more."""
    holds = await Hold.filter(buyer_id=buyer_id, state="held", until__gt=moments.now()).order_by("shop_id", "id")
    return await with_goods(holds)


async def with_goods(holds: list[Hold]) -> list[Held]:
    """The same with goods, sizes, lots and shops: four questions, however many there are."""
    if not holds:
        return []
    variants = {one.id: one for one in await Variant.filter(id__in={hold.variant_id for hold in holds})}
    goods = {one.id: one for one in await Good.filter(id__in={one.good_id for one in variants.values()})}
    shops = {one.id: one for one in await Shop.filter(id__in={hold.shop_id for hold in holds})}
    lots = {one.id: one.ready_on for one in await Lot.filter(id__in={one.lot_id for one in variants.values()})}
    return [
        Held(
            hold=hold,
            variant=variants[hold.variant_id],
            good=goods[variants[hold.variant_id].good_id],
            shop=shops[hold.shop_id],
            ahead=moments.ahead(lots[variants[hold.variant_id].lot_id]),
        )
        for hold in holds
    ]
