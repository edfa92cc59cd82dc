"""Money that goes back to a buyer: asked for, agreed, done. Each step is a conditional update, so that none happens twice."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import F, Q

from cunli import audit, enqueue, new_key, tell, unit, use_photos

from . import moments, money, words
from .models import Line, Order, Refund, Shop
from .moving import NotOpen, do, owe_back, set_aside
from .states import BY_NAME, HELD, State, Who

MOST_OPEN: Final = 3
MOST_LATE: Final = 200
ANSWERS_WITHIN: Final = timedelta(days=3)  # then the village decides, so that no request stands open for ever
BROUGHT_WITHIN: Final = timedelta(days=14)  # a week on its way, and a week to pay it back (消费者权益保护法 25)
LAST_DAY: Final = timedelta(hours=36)  # so that a morning lies in it

_log = logging.getLogger("cunli.plugin.market")


@unit
async def ask(order: Order, fen: int, reason: str, photos: Sequence[str], *, buyer_id: int, url: str) -> None:
    """A buyer asks for money back. What they may ask for at most is what was paid and has not gone back."""
    await _still_held(order)
    if not await money.is_paid(order):
        raise NotOpen("ask")
    if not 0 < fen <= order.total_fen - order.refunded_fen:
        raise NotOpen("amount")
    if await Refund.filter(order_id=order.id, state="asked").count() >= MOST_OPEN:
        raise NotOpen("waiting")
    await use_photos(photos, owner_id=buyer_id)
    now = moments.now()
    await Refund.create(
        key=new_key(), order_id=order.id, fen=fen, reason=reason, photos=list(photos), state="asked", at=now
    )
    await audit("market.refund.ask", actor=buyer_id, object=("order", order.id), fen=fen)
    shop = await Shop.get(id=order.shop_id)
    if shop.owner_id is not None:
        await tell(shop.owner_id, words.told("ask"), url=f"{url}/orders/{order.key}", shop=shop.name, what="ask")


async def returnable(order: Order) -> int:
    """For how much goods can be brought back without a reason: what is not fresh, as long as the shop waits for its money
    (消费者权益保护法 25)."""
    if State(order.state) != State.RECEIVED or not await money.is_paid(order):
        return 0
    if await Refund.filter(order_id=order.id, kind="return").exclude(state="refused").exists():
        return 0
    lasting: int = sum(one.sum_fen for one in await Line.filter(order_id=order.id, fresh=False))
    left: int = order.total_fen - order.refunded_fen
    return min(lasting, left)


@unit
async def bring_back(order: Order, *, buyer_id: int, url: str) -> None:
    """A buyer brings back what is not fresh. When it is there the shop gives the money back; it cannot say no."""
    await _still_held(order)
    now = await Order.get(id=order.id)
    fen = await returnable(now)
    if fen <= 0:
        raise NotOpen("return")
    await Refund.create(key=new_key(), order_id=order.id, fen=fen, state="asked", kind="return", at=moments.now())
    await audit("market.refund.ask", actor=buyer_id, object=("order", order.id), fen=fen)
    shop = await Shop.get(id=order.shop_id)
    if shop.owner_id is not None:
        await tell(shop.owner_id, "market.return", url=f"{url}/orders/{order.key}", shop=shop.name)


@unit
async def answer(order: Order, refund: Refund, fen: int, *, actor: int, url: str, office: bool = False) -> None:
    """The shop, or the office, says how much goes back: 0 is no. Asked twice, it is answered once. What is brought back is paid
    back whole, unless the office says otherwise."""
    if refund.kind == "return" and fen != refund.fen and not office:
        raise NotOpen("return")
    shop = await Shop.get(id=order.shop_id)
    state = "refused" if fen == 0 else "agreed"
    if not await Refund.filter(id=refund.id, state="asked").update(state=state, fen=fen or refund.fen):
        raise NotOpen("answered")
    if fen:
        await _still_held(order)
        await set_aside(order, fen)
        await send(order, refund.key)
    await audit("market.refund.answer", actor=actor, object=("order", order.id), fen=fen)
    if order.buyer_id is not None:
        await tell(order.buyer_id, "market.moved", url=f"{url}/orders/{order.key}", shop=shop.name, what=state)


def answer_by(refund: Refund) -> datetime:
    """The moment from which a request that the shop did not answer is for the village."""
    return refund.at + (BROUGHT_WITHIN if refund.kind == "return" else ANSWERS_WITHIN)


def _open_at(moment: datetime) -> Any:
    """Requests that are for the village at that moment, unless the order is there already, or over."""
    late = Q(kind="return", at__lte=moment - BROUGHT_WITHIN) | Q(~Q(kind="return"), at__lte=moment - ANSWERS_WITHIN)
    waiting = [one.value for one in BY_NAME["unanswered"].sources]
    return Refund.filter(late, state="asked", order__state__in=waiting).order_by("id")


async def unanswered(url: str) -> None:
    """Every minute, in each village: what the shop did not answer in time goes to the village's 评理."""
    late = await _open_at(moments.now()).limit(MOST_LATE)
    for one in await Order.filter(id__in={row.order_id for row in late}).order_by("id") if late else []:
        try:
            await do(one.key, "unanswered", {Who.CLOCK}, actor=None, url=url)
        except NotOpen:
            _log.info("order %s was moved by somebody else meanwhile", one.id)


async def remind(url: str) -> None:
    """Every morning, in each village: shops hear the day before that a request is about to go to the village, once for each."""
    rows, last = _open_at(moments.now() + LAST_DAY), 0
    while soon := await rows.filter(id__gt=last).limit(MOST_LATE):
        last = soon[-1].id
        orders = {one.id: one for one in await Order.filter(id__in={row.order_id for row in soon})}
        shops = {one.id: one for one in await Shop.filter(id__in={one.shop_id for one in orders.values()})}
        for row in soon:
            order = orders[row.order_id]
            await _remind(row, order, shops[order.shop_id], url)


@unit
async def _remind(row: Refund, order: Order, shop: Shop, url: str) -> None:
    if shop.owner_id is not None:
        day = moments.day(answer_by(row)).isoformat()
        address, once = f"{url}/orders/{order.key}", f"answer:{row.id}"
        await tell(shop.owner_id, "market.answer_by", url=address, once=once, shop=shop.name, day=day)


@unit
async def give_part(order: Order, fen: int, said: str, *, actor: int, url: str) -> None:
    """The office decides a dispute: so much goes back, and the rest goes on as it was."""
    if not await money.is_paid(order) or not 0 < fen < order.total_fen - order.refunded_fen:
        raise NotOpen("amount")
    now = await do(order.key, "give_part", {Who.OFFICE}, actor=actor, url=url, words=said)
    await owe_back(now, fen, said)


LESS: Final = (State.PAID, State.PACKED)  # what is on its way is not made less any more


@unit
async def offer(order: Order, fen: int, said: str, *, actor: int, url: str) -> None:
    """After a poor harvest the shop wants to send less, and to give so much back. Nothing changes unless the buyer agrees."""
    await _still_held(order)
    now = await Order.get(id=order.id)
    if State(now.state) not in LESS or not 0 < fen <= now.total_fen - now.refunded_fen:
        raise NotOpen("offer")
    if not await money.is_paid(now) or await Refund.filter(order_id=order.id, state="offered").exists():
        raise NotOpen("waiting")
    await Refund.create(key=new_key(), order_id=order.id, fen=fen, reason=said, state="offered", at=moments.now())
    await audit("market.refund.offer", actor=actor, object=("order", order.id), fen=fen)
    if order.buyer_id is not None:
        shop = await Shop.get(id=order.shop_id)
        await tell(order.buyer_id, words.told("offer"), url=f"{url}/orders/{order.key}", shop=shop.name, what="offer")


@unit
async def consent(order: Order, refund: Refund, *, agreed: bool, actor: int, url: str) -> None:
    """The buyer takes less and gets money back, or wants it as it was ordered. Said twice, the first word stands."""
    state = "agreed" if agreed else "declined"
    if not await Refund.filter(id=refund.id, order_id=order.id, state="offered").update(state=state):
        raise NotOpen("answered")
    if agreed:
        await _still_held(order)
        await set_aside(order, refund.fen)
        await send(order, refund.key)
    await audit("market.refund.consent", actor=actor, object=("order", order.id), agreed=agreed)
    shop = await Shop.get(id=order.shop_id)
    if shop.owner_id is not None:
        await tell(shop.owner_id, "market.moved", url=f"{url}/orders/{order.key}", shop=shop.name, what=state)


async def _still_held(order: Order) -> None:
    """The money is not settled with the shop. The order stays locked until the unit is over, so that it cannot be meanwhile."""
    states = [one.value for one in HELD]
    if not await Order.filter(id=order.id, state__in=states).update(refunded_fen=F("refunded_fen")):
        raise NotOpen("settled")


async def send(order: Order, key: str) -> None:
    """Have the payment service told, after the commit. What went by hand the shop hands back itself."""
    if order.way == "online":
        await enqueue("market.give_back", {"refund": key}, village_id=order.village_id, dedupe=f"refund:{key}")


@unit
async def done(key: str, *, actor: int | None, url: str) -> None:
    """The money went back. The same again does nothing."""
    refund = await Refund.get(key=key)
    if not await Refund.filter(id=refund.id, state="agreed").update(state="done", done_at=moments.now()):
        return
    order = await Order.get(id=refund.order_id)
    await money.given_back(order, refund.id, refund.fen)
    by = "web" if actor is not None else "system"
    await audit("market.refund.done", actor=actor, object=("order", order.id), by=by, fen=refund.fen)  # type: ignore[arg-type]
    if order.buyer_id is not None:
        shop = await Shop.get(id=order.shop_id)
        await tell(order.buyer_id, words.told("back"), url=f"{url}/orders/{order.key}", shop=shop.name, what="back")
    whole = order.refunded_fen == order.total_fen
    if whole and State(order.state) in HELD and not await _waits(order):
        await do(order.key, "refund_all", {Who.MONEY}, actor=None, url=url)


async def _waits(order: Order) -> bool:
    return await Refund.filter(order_id=order.id, state="agreed").exists()
