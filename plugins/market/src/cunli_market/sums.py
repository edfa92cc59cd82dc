"""Sums by month and year, and what stands on the accounts of a shop. They change in the unit that changes what they sum up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tortoise.expressions import F
from tortoise.functions import Sum

from cunli import unit

from .models import Balance, GoodSum, Line, MoneyLine, Order, ShopSum
from .moments import ZONE

AT_ONCE: Final = 500


def periods_of(moment: datetime) -> tuple[str, str]:
    """The month and the year that a moment counts in."""
    day = moment.astimezone(ZONE).date()
    return month_of(day), f"{day:%Y}"


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


async def settled(order: Order, lines: Sequence[Line], moment: datetime) -> None:
    """Add an order that is settled now."""
    for period in periods_of(moment):
        where = {"shop_id": order.shop_id, "period": period}
        await ShopSum.get_or_create(**where)
        await ShopSum.filter(**where).update(
            orders=F("orders") + 1,
            goods_fen=F("goods_fen") + order.goods_fen,
            fee_fen=F("fee_fen") + order.fee_fen,
            refunded_fen=F("refunded_fen") + order.refunded_fen,
        )
        for line in lines:
            of_good = {"good_id": line.good_id, "period": period}
            await GoodSum.get_or_create(**of_good)
            await GoodSum.filter(**of_good).update(count=F("count") + line.count, fen=F("fen") + line.sum_fen)


async def entered(shop_id: int, sides: Mapping[str, int]) -> None:
    """Carry the sides of an entry over to what stands on the accounts."""
    for account, fen in sorted(sides.items()):
        where = {"shop_id": shop_id, "account": account}
        await Balance.get_or_create(**where)
        await Balance.filter(**where).update(fen=F("fen") + fen)


Totals = dict[tuple[int, str], tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What all the sums have to be: by shop and period, by good and period, by shop and account."""

    shops: Totals
    goods: Totals
    accounts: Totals


async def counted() -> Counted:
    """Count again, from the orders, their lines and the ledger in scope, slice by slice."""
    shops: Totals = {}
    goods: Totals = {}
    last = 0
    while orders := await Order.filter(id__gt=last, state="settled").order_by("id").limit(AT_ONCE):
        last = orders[-1].id
        when = {one.id: periods_of(one.settled_at or one.placed_at) for one in orders}
        for one in orders:
            _add(shops, one.shop_id, when[one.id], (1, one.goods_fen, one.fee_fen, one.refunded_fen))
        for line in await Line.filter(order_id__in=list(when)):
            _add(goods, line.good_id, when[line.order_id], (line.count, line.sum_fen))
    rows = MoneyLine.annotate(total=Sum("fen")).group_by("shop_id", "account")
    found = await rows.values_list("shop_id", "account", "total")
    return Counted(shops=shops, goods=goods, accounts={(shop, name): (int(fen),) for shop, name, fen in found})


def _add(totals: Totals, key: int, periods: Sequence[str], more: tuple[int, ...]) -> None:
    for period in periods:
        there = totals.get((key, period), (0,) * len(more))
        totals[key, period] = tuple(old + new for old, new in zip(there, more, strict=True))


async def kept() -> Counted:
    """What stands in the tables."""
    return Counted(
        shops={
            (one.shop_id, one.period): (one.orders, one.goods_fen, one.fee_fen, one.refunded_fen)
            for one in await ShopSum.all()
        },
        goods={(one.good_id, one.period): (one.count, one.fen) for one in await GoodSum.all()},
        accounts={(one.shop_id, one.account): (one.fen,) for one in await Balance.all()},
    )


@unit(serializable=True)
async def recount() -> bool:
    """Write the sums of the village in scope anew, if they are not what they have to be. Whether something was wrong."""
    right = await counted()
    if right == await kept():
        return False
    for table in (ShopSum, GoodSum, Balance):
        await table.all().delete()
    names = ("orders", "goods_fen", "fee_fen", "refunded_fen")
    await ShopSum.bulk_create(
        [
            ShopSum(shop_id=shop, period=period, **dict(zip(names, sums, strict=True)))
            for (shop, period), sums in right.shops.items()
        ]
    )
    await GoodSum.bulk_create(
        [GoodSum(good_id=good, period=period, count=n, fen=fen) for (good, period), (n, fen) in right.goods.items()]
    )
    await Balance.bulk_create(
        [Balance(shop_id=shop, account=account, fen=fen) for (shop, account), (fen,) in right.accounts.items()]
    )
    return True
