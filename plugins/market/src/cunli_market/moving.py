"""Changing an order: one unit, one step, and whatever of stock and money belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import F

from cunli import audit, enqueue, new_key, tell, unit, yuan

from . import leaving, mediating, moments, money, stock, sums, words
from .models import Bill, Good, Line, Order, Refund, Shop, Step
from .states import BY_NAME, GIVES_BACK, JUDGES, PAYS, Move, State, Who, can

RECEIVED_AFTER: Final = timedelta(days=7)  # nobody said that it did not come
OBJECTS_WITHIN: Final = timedelta(days=7)  # 消费者权益保护法 25: as long as anything can come back, the shop waits
LOOKS_WITHIN: Final = timedelta(days=3)  # whether a transfer came that the buyer says was made; then the village looks
SETTLES_FRESH: Final = timedelta(days=2)  # 鲜活易腐 does not come back; what is broken shows in two days


class NotOpen(Exception):
    """This cannot be done to this order now; somebody may have been quicker."""


class Lacking(Exception):
    """Something has to be said: the name of the field."""


@unit
async def do(
    key: str,
    name: str,
    roles: Iterable[Who],
    *,
    actor: int | None,
    url: str,
    words: str = "",
    tracking: str = "",
    carrier: str = "",
    reference: str = "",
) -> Order:
    """Carry out a move of the table. `url` is the address of the market in the order's village."""
    order = await Order.get(key=key)
    held = frozenset(roles)
    if not can(name, held, State(order.state), order.way, order.delivery):
        raise NotOpen(name)
    move = BY_NAME[name]
    given = {"words": words, "tracking": tracking, "carrier": carrier, "reference": reference}
    for needed in move.needs:
        if not given[needed]:
            raise Lacking(needed)
    acting = next(who for who in Who if who in held and who in move.by)
    before, after = order.state, (move.to or State(order.back_to)).value
    await _write(
        order, after, {"tracking": tracking, "carrier": carrier} if tracking else {}, fresh=await _all_fresh(order)
    )
    if reference:
        await Bill.filter(id=order.bill_id).update(reference=reference)  # of a transfer: one order, one bill
    await _note(order, move, before, after, actor, acting, words)
    await _stock_and_money(order, move)
    await leaving.let_go(order)
    await _tell(order, move, url, actor)
    return order


async def _write(order: Order, after: str, more: dict[str, Any], *, fresh: bool) -> None:
    changes: dict[str, Any] = {"state": after, "due_at": _due(after, fresh=fresh), **more}
    if after == State.DISPUTED:
        changes["back_to"] = order.state
    if after == State.SETTLED:
        changes["settled_at"] = moments.now()
    seen, back = (
        order.steps_count,
        order.refunded_fen,
    )  # money may go back without a step: then this is another order, too
    here = Order.filter(id=order.id, steps_count=seen, refunded_fen=back)
    if not await here.update(**changes, steps_count=F("steps_count") + 1):
        raise NotOpen("somebody was quicker")
    for field, value in changes.items():
        setattr(order, field, value)
    order.steps_count = seen + 1


def _due(after: str, *, fresh: bool) -> datetime | None:
    """When the clock moves it on."""
    if after == State.CLAIMED:
        return moments.now() + LOOKS_WITHIN
    if after == State.SENT:
        return moments.now() + RECEIVED_AFTER
    if after == State.RECEIVED:
        return moments.now() + (SETTLES_FRESH if fresh else OBJECTS_WITHIN)
    return None


async def _all_fresh(order: Order) -> bool:
    return not await Line.filter(order_id=order.id, fresh=False).exists()


async def _note(
    order: Order, move: Move, before: str, after: str, actor: int | None, acting: Who, words: str, fen: int = 0
) -> None:
    await Step.create(
        order_id=order.id,
        number=order.steps_count,
        at=moments.now(),
        actor_id=actor,
        acting=acting.value,
        move=move.name,
        before=before,
        after=after,
        words=words,
        fen=fen,
    )
    await audit(
        f"market.order.{move.name}",
        actor=actor,
        object=("order", order.id),
        by="web" if actor is not None else "system",
        before=before,
        after=after,
        acting=acting.value,
    )


async def _stock_and_money(order: Order, move: Move) -> None:
    if move.name == "unanswered" and not await Refund.filter(order_id=order.id, state="asked").exists():
        raise NotOpen("answered")
    if move.name in JUDGES:  # what was asked for is decided with it
        await Refund.filter(order_id=order.id, state="asked").update(state="decided")
    if move.stock:
        for line in await Line.filter(order_id=order.id).order_by("lot_id"):
            await stock.change(line.lot_id, line.taken, "back", f"line:{line.id}")
    if move.name in PAYS:
        await money.paid(order)
    if move.name == "settle":
        if await Refund.filter(order_id=order.id, state="asked").exists():
            raise NotOpen("somebody asks for money back")
        await money.settled(order)
        lines = await Line.filter(order_id=order.id).order_by("good_id")
        await sums.settled(order, lines, order.settled_at or moments.now())
        for line in lines:
            await Good.filter(id=line.good_id).update(sold=F("sold") + line.count)
    elif move.name in GIVES_BACK and await money.is_paid(order):
        await owe_back(order, order.total_fen - order.refunded_fen, move.name)


async def set_aside(order: Order, fen: int) -> None:
    """So much goes back. Together refunds never are more than what was paid: the update itself asks."""
    if not await Order.filter(id=order.id, refunded_fen__lte=order.total_fen - fen).update(
        refunded_fen=F("refunded_fen") + fen
    ):
        raise NotOpen("refund")
    order.refunded_fen += fen


async def owe_back(order: Order, fen: int, reason: str) -> None:
    """The buyer gets this much back without having asked for it."""
    if fen <= 0:
        return
    await set_aside(order, fen)
    key = new_key()
    await Refund.create(key=key, order_id=order.id, fen=fen, reason=reason, state="agreed", at=moments.now())
    if order.way == "online":  # told after the commit; what went by hand the shop hands back itself
        await enqueue("market.give_back", {"refund": key}, village_id=order.village_id, dedupe=f"refund:{key}")


async def _tell(order: Order, move: Move, url: str, actor: int | None) -> None:
    """The buyer hears what the shop does, the shop what the buyer does, the village of disputes."""
    address = f"{url}/orders/{order.key}"
    shop = await Shop.get(id=order.shop_id)
    office = await mediating.judges(shop, order) if order.state in mediating.WAITING else set()
    for person in sorted({one for one in {order.buyer_id, shop.owner_id} | office if one is not None and one != actor}):
        if move.name in ("claim", "claim_late") and person == shop.owner_id:
            await tell(person, "market.claimed", url=address, shop=shop.name, fen=yuan(order.total_fen))
        elif person in office:
            await tell(person, "market.judge", url=address, shop=shop.name)
        else:
            kind = words.told(move.name, order.delivery)
            await tell(person, kind, url=address, shop=shop.name, what=move.name)
