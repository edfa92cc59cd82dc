"""From the basket to orders: one for each shop, in one unit, with sums that only the server makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cunli import Reach, audit, new_key, tell, unit

from . import checking, moments
from .basket import Held
from .models import ADDRESS, RECEIVER, RECEIVER_PHONE, Bill, Good, Hold, Line, Order, Shop, Step, Variant
from .states import State, Who

PAYS_WITHIN: Final = {"online": timedelta(minutes=30), "transfer": timedelta(days=3)}
MOST_FEN: Final = 100_000_000  # a million yuan: a slip of the hand, not an order


class Changed(Exception):
    """A price, a fee or what is in the basket is not as the buyer saw it."""


class CannotDeliver(Exception):
    """The shop does not bring it that way, or does not take money that way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is ordered in one shop."""

    village_id: int
    shop: Shop
    things: tuple[Held, ...]
    url: str

    @property
    def goods_fen(self) -> int:
        return sum(one.sum_fen for one in self.things)

    def fee(self, delivery: str) -> int | None:
        """What bringing it costs; None where the shop does not."""
        if delivery == "pickup":
            return 0 if self.shop.pickup else None
        fee, free_from = {
            "own": (self.shop.own_fee, self.shop.own_free_from),
            "courier": (self.shop.courier_fee, self.shop.courier_free_from),
        }[delivery]
        if fee < 0:
            return None
        return 0 if free_from and self.goods_fen >= free_from else fee

    def total(self, delivery: str) -> int:
        return self.goods_fen + (self.fee(delivery) or 0)

    @property
    def deliveries(self) -> list[str]:
        return [one for one in ("pickup", "own", "courier") if self.fee(one) is not None]

    def ways(self, *, online: bool) -> list[str]:
        ways = ["online"] if online else []
        ways += ["transfer"] if self.shop.bank else []
        return [*ways, *(["cash"] if self.shop.cash else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the buyer wants one parcel, and what they saw that it costs."""

    way: str
    delivery: str
    seen_fen: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Where it goes."""

    name: str
    phone: str
    address: str


def parcels(things: Sequence[Held], villages: Mapping[int, str]) -> list[Parcel]:
    """One parcel for each shop, in the order of the basket. `villages` are addresses by id."""
    by_shop: dict[int, list[Held]] = {}
    for one in things:
        by_shop.setdefault(one.shop.id, []).append(one)
    return [
        Parcel(
            village_id=held[0].shop.village_id,
            shop=held[0].shop,
            things=tuple(held),
            url=villages[held[0].shop.village_id],
        )
        for held in by_shop.values()
        if held[0].shop.village_id in villages
    ]


@unit
async def place(
    buyer_id: int, wishes: Sequence[tuple[Parcel, Wish]], to: To, reach: Reach, *, back_url: str
) -> tuple[str, str]:
    """Make the orders: all of them, or none. Gives the key of the one bill that is paid online, or "", and of the first order.

    Raises `Changed` where the basket, a price or a fee is not as it was seen, and `CannotDeliver`.
    """
    now = moments.now()
    online = sum(wish.seen_fen for _parcel, wish in wishes if wish.way == "online")
    shared = await _bill(buyer_id, "online", online, now, back_url) if online else None
    first = ""
    for parcel, wish in sorted(wishes, key=lambda one: one[0].village_id):
        with reach.into(parcel.village_id):
            bill = shared if wish.way == "online" and shared else await _bill(buyer_id, wish.way, wish.seen_fen, now)
            key = await _order(buyer_id, parcel, wish, to, bill, now)
            first = first or key
    return (shared.key if shared else ""), first


async def _bill(buyer_id: int, way: str, fen: int, now: datetime, back_url: str = "") -> Bill:
    if not 0 < fen <= MOST_FEN:
        raise Changed
    expires = now + PAYS_WITHIN.get(way, timedelta(days=30))
    return await Bill.create(
        key=new_key(), buyer_id=buyer_id, way=way, fen=fen, made_at=now, expires_at=expires, back_url=back_url
    )


async def _order(buyer_id: int, parcel: Parcel, wish: Wish, to: To, bill: Bill, now: datetime) -> str:
    fresh = await _looked_at_again(parcel)
    fee = fresh.fee(wish.delivery)
    if fee is None or wish.way not in fresh.ways(online=True):
        raise CannotDeliver
    total = fresh.goods_fen + fee
    if total != wish.seen_fen:
        raise Changed
    key = new_key()
    cash = wish.way == "cash"
    order = await Order.create(
        key=key,
        shop_id=fresh.shop.id,
        buyer_id=buyer_id,
        bill_id=bill.id,
        way=wish.way,
        delivery=wish.delivery,
        receiver=RECEIVER.seal(to.name, key),
        phone=RECEIVER_PHONE.seal(to.phone, key),
        address=ADDRESS.seal(to.address, key) if wish.delivery != "pickup" else "",
        note=wish.note,
        goods_fen=fresh.goods_fen,
        fee_fen=fee,
        total_fen=total,
        state=(State.ON_CASH if cash else State.PLACED).value,
        placed_at=now,
        due_at=None if cash else bill.expires_at,
        steps_count=1,
    )
    await _lines(order, fresh, buyer_id)
    await Step.create(
        order_id=order.id,
        number=1,
        at=now,
        actor_id=buyer_id,
        acting=Who.BUYER.value,
        move="place",
        before="",
        after=order.state,
    )
    await audit("market.order.place", actor=buyer_id, object=("order", order.id), fen=total)
    if fresh.shop.owner_id is not None and fresh.shop.owner_id != buyer_id:
        address = f"{parcel.url}/orders/{key}"
        await tell(fresh.shop.owner_id, "market.placed", url=address, shop=fresh.shop.name, what="place")
    return key


async def _looked_at_again(parcel: Parcel) -> Parcel:
    """The same parcel with shop, goods and prices as they are now, inside the unit."""
    shop = await Shop.get_or_none(id=parcel.shop.id, state="open")
    variants = {one.id: one for one in await Variant.filter(id__in=[one.variant.id for one in parcel.things])}
    goods = {one.id: one for one in await Good.filter(id__in=[one.good.id for one in parcel.things], state="on")}
    if (
        shop is None
        or not checking.sells(shop)
        or any(one.good.id not in goods or not variants[one.variant.id].open for one in parcel.things)
    ):
        raise Changed
    things = tuple(
        Held(hold=one.hold, good=goods[one.good.id], variant=variants[one.variant.id], shop=shop)
        for one in parcel.things
    )
    return Parcel(village_id=parcel.village_id, shop=shop, things=things, url=parcel.url)


async def _lines(order: Order, parcel: Parcel, buyer_id: int) -> None:
    """What was held becomes what was ordered. Whoever was too late finds nothing held any more."""
    for one in parcel.things:
        taken = await Hold.filter(id=one.hold.id, buyer_id=buyer_id, state="held").update(state="ordered")
        if not taken:
            raise Changed
        await Line.create(
            order_id=order.id,
            good_id=one.good.id,
            variant_id=one.variant.id,
            lot_id=one.variant.lot_id,
            title=one.name,
            unit=one.variant.unit,
            count=one.hold.count,
            taken=one.hold.taken,
            fen=one.variant.fen,
            sum_fen=one.sum_fen,
            fresh=one.good.fresh,
            friend_id=one.hold.friend_id,
        )
