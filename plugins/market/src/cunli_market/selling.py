"""What a shop does with its goods: opens, lists, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tortoise.expressions import F
from tortoise.functions import Min

from cunli import audit, discard_photos, new_key, tell, unit, use_photos

from . import finding, moments, sharing, stock, words
from .models import SHOP_BANK, SHOP_PHONE, Good, Line, Lot, Order, Shop, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopForm:
    """What somebody says about a shop."""

    name: str
    about: str
    kind: str
    licence: str
    phone: str
    bank: str
    pickup: str
    own_fee: int
    own_free_from: int
    courier_fee: int
    courier_free_from: int
    cash: bool

    def row(self, key: str) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("phone", "bank")}
        bank = SHOP_BANK.seal(self.bank, key) if self.bank else ""
        return plain | {"phone": SHOP_PHONE.seal(self.phone, key) if self.phone else "", "bank": bank}


@unit
async def open_shop(given: ShopForm, owner_id: int) -> str:
    """A shop for a verified villager; one for each in a village. Who it is was looked at when the village verified them.

    Of two requests at once the database refuses the later one; its unit runs again, and finds the shop of the first.
    """
    there = await Shop.filter(owner_id=owner_id).first()
    if there is not None:
        return there.key
    key = new_key()
    now = moments.now()
    checked = None if given.kind in words.LICENSED else moments.today()  # a licence has to be looked at first
    shop = await Shop.create(key=key, owner_id=owner_id, opened_at=now, checked_on=checked, **given.row(key))
    await Shop.filter(id=shop.id).update(kept_by=f"{shop.village_id}:{owner_id}")
    await audit("market.shop.open", actor=owner_id, object=("shop", shop.id), kind=given.kind)
    return key


@unit
async def change_shop(shop: Shop, given: ShopForm, *, paused: bool, actor: int) -> None:
    """Change what is said, or close the shutters for a while. What the office barred stays barred."""
    state = "paused" if paused else "open"
    await Shop.filter(id=shop.id).update(**given.row(shop.key), **_papers(shop, given))
    await Shop.filter(id=shop.id, state__in=("open", "paused")).update(state=state)
    await audit("market.shop.change", actor=actor, object=("shop", shop.id), state=state)


def _papers(shop: Shop, given: ShopForm) -> dict[str, Any]:
    """What was looked at holds for what was said then: another licence is looked at anew, and without one none runs out."""
    if given.kind not in words.LICENSED:
        return {"licence_until": None, "checked_on": shop.checked_on or moments.day(shop.opened_at)}
    same = shop.kind in words.LICENSED and shop.licence == given.licence
    return {} if same else {"licence_until": None, "checked_on": None}


MOST_PHOTOS: Final = 6  # of a good
MOST_TOLD: Final = 1000  # of those who ordered ahead


class TooMany(Exception):
    """So many photos are enough for one good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodForm:
    """What somebody says about a good."""

    title: str
    about: str
    category: str
    season: str
    harvested_on: date | None
    origin: str
    record: str
    certificate: str
    fresh: bool
    helped: bool

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeForm:
    """One size: its price, what it takes out of which lot."""

    name: str
    unit: str
    fen: int
    stock: int = 0
    lot_id: int | None = None
    per: int = 1
    ready_on: date | None = None  # of a lot of its own: not harvested yet


@unit
async def add_good(shop: Shop, given: GoodForm, size: SizeForm, photos: Sequence[str], *, actor: int) -> str:
    """Put a good on the shelf, with its first size."""
    await use_photos(photos, owner_id=actor)
    key = new_key()
    now = moments.now()
    good = await Good.create(key=key, shop_id=shop.id, photos=list(photos), created_at=now, **given.row())
    await finding.remember(good.id, given.title)
    await add_size(good, size, actor=actor)
    await audit("market.good.add", actor=actor, object=("good", good.id))
    return key


@unit
async def change_good(good: Good, given: GoodForm, photos: Sequence[str], *, on: bool, actor: int) -> None:
    """Change what is said, or take it off the shelf. What the office banned stays banned."""
    await use_photos(photos, owner_id=actor)
    there = await _held(good)
    if len(there) + len(photos) > MOST_PHOTOS:
        raise TooMany
    await Good.filter(id=good.id).update(**given.row(), photos=[*there, *photos])
    if given.title != good.title:
        await finding.remember(good.id, given.title)
    await Good.filter(id=good.id, state__in=("on", "off")).update(state="on" if on else "off")
    await audit("market.good.change", actor=actor, object=("good", good.id), on=on)


async def _held(good: Good) -> list[str]:
    """The photos of a good as they are now. The row stays locked until the unit is over, so that two changes do not undo each other."""
    await Good.filter(id=good.id).update(sold=F("sold"))
    return list((await Good.get(id=good.id)).photos)


@unit
async def arrange_photo(good: Good, photo: str, how: str, *, actor: int) -> None:
    """Put one photo `first` or one place `earlier`, or take it `away` for good. One that is gone already changes nothing."""
    there = await _held(good)
    if photo not in there:
        return
    at = there.index(photo)
    left = [one for one in there if one != photo]
    if how == "away":
        await discard_photos([photo])
    else:
        left.insert(0 if how == "first" else max(0, at - 1), photo)
    await Good.filter(id=good.id).update(photos=left)
    await audit("market.good.change", actor=actor, object=("good", good.id), photo=how)


@unit
async def add_size(good: Good, size: SizeForm, *, actor: int) -> None:
    """A size of its own stock, or one that is sold out of a lot of the same shop."""
    lot = await Lot.get_or_none(id=size.lot_id, shop_id=good.shop_id) if size.lot_id else None
    if lot is None:
        lot = await Lot.create(shop_id=good.shop_id, name=f"{good.title} {size.name}"[:30], ready_on=size.ready_on)
    await Variant.create(good_id=good.id, lot_id=lot.id, name=size.name, unit=size.unit, fen=size.fen, per=size.per)
    if size.stock:
        await stock.change(lot.id, size.stock, "in", f"in:{new_key()}", by=actor)
    await _cheapest(good.id)


@unit
async def change_size(good: Good, variant_id: int, *, fen: int, open_: bool, actor: int) -> None:
    """Another price, or not sold any more. Who has it in the basket is shown the new price before paying."""
    await Variant.filter(id=variant_id, good_id=good.id).update(fen=fen, open=open_)
    await _cheapest(good.id)
    await audit("market.good.price", actor=actor, object=("good", good.id), fen=fen, open=open_)


async def _cheapest(good_id: int) -> None:
    rows = await Variant.filter(good_id=good_id, open=True).annotate(low=Min("fen")).group_by("good_id").values("low")
    await Good.filter(id=good_id).update(from_fen=rows[0]["low"] if rows else 0)


@unit
async def count_lot(lot_id: int, shop: Shop, amount: int, reason: str, *, actor: int) -> None:
    """More came in, or some went bad. Raises `SoldOut` where more would be taken away than is free."""
    if await Lot.filter(id=lot_id, shop_id=shop.id).exists():
        why = "in" if amount > 0 else "loss"
        await stock.change(lot_id, amount, why, f"{why}:{new_key()}", by=actor, reason=reason)


WAITS: Final = ("placed", "claimed", "contested", "paid", "on_cash", "packed")  # for the harvest


@unit
async def move_harvest(lot_id: int, shop: Shop, day: date, *, actor: int, url: str) -> None:
    """The weather moves the harvest of a lot. Whoever ordered it ahead is told the new day."""
    if not await Lot.filter(id=lot_id, shop_id=shop.id).exclude(ready_on=None).update(ready_on=day):
        return
    await audit("market.lot.harvest", actor=actor, object=("lot", lot_id), day=day.isoformat())
    waiting = await Order.filter(shop_id=shop.id, state__in=WAITS).order_by("id").limit(MOST_TOLD)
    lines = Line.filter(order_id__in=[one.id for one in waiting], lot_id=lot_id)
    theirs = {line.order_id for line in await lines}
    for one in waiting:
        if one.id in theirs and one.buyer_id is not None:
            address = f"{url}/orders/{one.key}"
            await tell(one.buyer_id, "market.harvest", url=address, shop=shop.name, day=day.isoformat())


@unit
async def judge_good(good: Good, *, banned: bool, reason: str, actor: int) -> None:
    """The office takes a good off the shelf, or lets it back. What its shop took off itself stays off."""
    if banned:
        await Good.filter(id=good.id).update(state="banned", reason=reason, judged_on=moments.today())
        await sharing.withdraw(good)
    else:
        await Good.filter(id=good.id, state="banned").update(state="on", reason="")
    await audit("market.good.judge", actor=actor, object=("good", good.id), banned=banned)


@unit
async def judge_shop(shop: Shop, *, barred: bool, reason: str, actor: int) -> None:
    """The office bars a shop, or lets it open again. A shop that closed its shutters itself keeps them closed."""
    if barred:
        await Shop.filter(id=shop.id).update(state="barred", reason=reason, judged_on=moments.today())
    else:
        await Shop.filter(id=shop.id, state="barred").update(state="open", reason="")
    await audit("market.shop.judge", actor=actor, object=("shop", shop.id), what="bar" if barred else "open")
