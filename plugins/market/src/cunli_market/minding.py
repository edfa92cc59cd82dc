"""What the clock does: baskets and unpaid orders that lay too long, parcels that nobody missed, money that is due."""

from __future__ import annotations

import logging
from datetime import timedelta

from starlette.responses import Response

from cunli import (
    EVERYONE,
    Page,
    PaymentError,
    ProviderSlow,
    TaskContext,
    Visit,
    answer_payment_notice,
    audit,
    reach,
    tell,
    unit,
    yuan,
)

from . import basket, books, moments, paying, refunds, sums
from .models import Bill, Order, Refund, Shop
from .moving import NotOpen, do
from .states import State, Who

MOST = 200
LAST_DAY = timedelta(hours=36)  # before a transfer order ends, so that a morning lies in it
_log = logging.getLogger("cunli.plugin.market")


async def tidy(ctx: TaskContext) -> None:
    """Every minute, in each village: put back what lay too long, and carry on what the clock carries on."""
    url = await _url(ctx)
    await basket.expire()
    await paying.catch_up(url)
    await refunds.unanswered(url)
    due = await Order.filter(due_at__lte=moments.now()).order_by("due_at").limit(MOST)
    for order in due:
        await _one(order, url)


async def _url(ctx: TaskContext) -> str:
    everywhere = await reach()
    return next(f"{one.url}/market" for one in everywhere.villages if one.id == ctx.village_id)


async def _one(order: Order, url: str) -> None:
    try:
        if order.state == State.PLACED:
            await _expire(order, url)
        elif order.state == State.CLAIMED:
            await do(order.key, "ask_office", {Who.CLOCK}, actor=None, url=url)
        elif order.state == State.SENT:
            await do(order.key, "arrive", {Who.CLOCK}, actor=None, url=url)
        elif order.state == State.RECEIVED and not await Refund.filter(order_id=order.id, state="asked").exists():
            await do(order.key, "settle", {Who.CLOCK}, actor=None, url=url)
    except NotOpen:
        _log.info("order %s was moved by somebody else meanwhile", order.id)


async def _expire(order: Order, url: str) -> None:
    """An order that is not paid ends, but never one whose payment may still come in unseen."""
    if order.way == "online":
        bill = await Bill.get(id=order.bill_id)
        try:
            if bill.state == "waiting" and not await paying.close_or_look(bill, await reach()):
                return
        except (PaymentError, ProviderSlow):  # nobody knows, so it does not end, and keeps no other order waiting
            return
        if (await Bill.get(id=order.bill_id)).state in ("paid", "strange"):
            return
    await do(order.key, "expire", {Who.CLOCK}, actor=None, url=url)


async def reconcile(ctx: TaskContext) -> None:
    """Every five minutes, for the county: ask for payments of which no notice came."""
    since = moments.now() - paying.ASKED_FOR
    waiting = Bill.filter(way="online", state__in=("waiting", "closed"), made_at__gte=since).order_by("id")
    everywhere, last = await reach(), 0
    while bills := await waiting.filter(id__gt=last).limit(MOST):
        last = bills[-1].id
        for bill in bills:
            try:
                await paying.look(bill.key, everywhere)
            except (PaymentError, ProviderSlow):
                _log.warning("the payment service does not say how bill %s stands", bill.id)


async def give_back(ctx: TaskContext) -> None:
    """Tell the payment service to give money back. It is tried again until it says that it did."""
    await paying.give_back(str(ctx.payload["refund"]), await _url(ctx))


async def refunds_left(ctx: TaskContext) -> None:
    """Every ten minutes, in each village: refunds that were agreed and are not done, whatever became of their job; and money that
    came for an order that was over, while the market was off."""
    url = await _url(ctx)
    await paying.over_before_it_was_paid()
    for one in await Refund.filter(state="agreed", order__way="online").order_by("id").limit(MOST):
        try:
            await paying.give_back(one.key, url)
        except (PaymentError, ProviderSlow):
            _log.warning("refund %s is not through yet", one.id)


async def transfers(ctx: TaskContext) -> None:
    """Every morning, in each village: shops look whether a transfer came, and buyers say that they made it before the order ends."""
    url, today = await _url(ctx), moments.today()
    waiting = Order.filter(way="transfer", state__in=(State.PLACED.value, State.CLAIMED.value)).order_by("id")
    last = 0
    while orders := await waiting.filter(id__gt=last).limit(MOST):
        last = orders[-1].id
        shops = {one.id: one for one in await Shop.filter(id__in={one.shop_id for one in orders})}
        for order in orders:
            await _remind(order, shops[order.shop_id], url, f"transfer:{order.id}:{today}")


@unit
async def _remind(order: Order, shop: Shop, url: str, once: str) -> None:
    address = f"{url}/orders/{order.key}"
    if order.state == State.CLAIMED and shop.owner_id is not None:
        fen = yuan(order.total_fen)
        await tell(shop.owner_id, "market.claimed", url=address, once=once, shop=shop.name, fen=fen)
    ends = order.due_at is not None and order.due_at - moments.now() < LAST_DAY
    if order.state == State.PLACED and order.buyer_id is not None and ends:
        await tell(order.buyer_id, "market.unsaid", url=address, once=once, shop=shop.name)


async def asked_back(ctx: TaskContext) -> None:
    """Every morning, in each village: shops hear what they have to answer before the village does."""
    await refunds.remind(await _url(ctx))


async def books_at_night(ctx: TaskContext) -> None:
    """Once a night, in each village: do the books agree? Sums are written anew where they are wrong; books are only reported."""
    if await sums.recount():
        _log.error("sums of village %s were wrong; they were counted again", ctx.village_id)
    for one in await books.findings():
        _log.error("the books of village %s: %s", ctx.village_id, one.text)


async def notice(visit: Visit) -> Response:
    """What the payment service posts. The signature speaks; then it is asked, and only its answer counts."""

    async def look(key: str) -> None:
        await paying.look(key, await reach())

    return await answer_payment_notice(visit, look, refused=_alarm)


@unit
async def _alarm() -> None:
    await audit("market.notice.refused", actor=None, by="system")


PAGES = (Page(path="/notice", view=notice, to=EVERYONE, methods=("POST",), name="notice", outside=True),)
