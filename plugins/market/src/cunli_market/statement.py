"""What was earned, by shop, village and good: from the sums that are kept beside the books (see `sums`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from tortoise.functions import Sum

from cunli import gettext as _

from . import sums, words
from .models import Balance, Good, GoodSum, Order, ShopSum
from .moments import ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Of settled orders only; what went back is taken off."""

    orders: int = 0
    goods_fen: int = 0
    fee_fen: int = 0
    refunded_fen: int = 0

    @property
    def rest_fen(self) -> int:
        return self.goods_fen + self.fee_fen - self.refunded_fen


def _before(first: date) -> date:
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def span(period: str) -> tuple[datetime, datetime]:
    """The moments between which a month (`2026-11`) or a year (`2026`) lies, by the villages' clock."""
    year, month = int(period[:4]), int(period[5:] or 1)
    after = (year + 1, 1) if len(period) == 4 or month == 12 else (year, month + 1)
    since, until = (datetime(*first, 1, tzinfo=ZONE) for first in ((year, month), after))
    return since, until


def spans(today: date) -> dict[str, str]:
    """The times that a board can show, by the name that stands in its address."""
    last = _before(today.replace(day=1))
    return {
        "month": sums.month_of(today),
        "last": sums.month_of(last),
        "year": f"{today:%Y}",
        "last_year": f"{today.year - 1:04d}",
    }


LEVELS: Final = 8 * 32  # of money, eight between one power of two and the next: up to 300 million yuan of one good
NUMBERS: Final = ("orders", "goods_fen", "fee_fen", "refunded_fen")


async def of(period: str, *, shop_id: int | None = None) -> Sales:
    """What was settled in a month or a year, of one shop or of the villages in scope."""
    rows = ShopSum.filter(period=period)
    if shop_id is not None:
        rows = rows.filter(shop_id=shop_id)
    (found,) = await rows.annotate(**{f"sum_{one}": Sum(one) for one in NUMBERS}).values(*_NAMES)
    return _sales(found)


_NAMES: Final = tuple(f"sum_{one}" for one in NUMBERS)


def _sales(found: dict[str, Any]) -> Sales:
    return Sales(**{one: int(found[f"sum_{one}"] or 0) for one in NUMBERS})


async def by_village(period: str) -> dict[int, Sales]:
    """The same for each village in scope, by its id."""
    rows = ShopSum.filter(period=period).annotate(**{f"sum_{one}": Sum(one) for one in NUMBERS})
    return {one["village_id"]: _sales(one) for one in await rows.group_by("village_id").values("village_id", *_NAMES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What was sold of one good: the sum of its order lines, before anything went back (money goes back by order)."""

    good_id: int
    title: str
    village_id: int
    count: int
    fen: int


async def by_good(period: str, most: int = 50) -> list[Sold]:
    """What sold best in the villages in scope. Of those that sold little nothing is read."""
    least = await _least(GoodSum.filter(period=period), most)
    rows = await GoodSum.filter(period=period, fen__gte=least).order_by("-fen", "-good_id").limit(most)
    goods = {one.id: one for one in await Good.filter(id__in=[one.good_id for one in rows])} if rows else {}
    return [
        Sold(
            good_id=one.good_id,
            title=goods[one.good_id].title,
            village_id=goods[one.good_id].village_id,
            count=one.count,
            fen=one.fen,
        )
        for one in rows
    ]


def firsts(today: date, count: int) -> list[date]:
    """The first days of the last months, the newest first."""
    found = [today.replace(day=1)]
    while len(found) < count:
        found.append(_before(found[-1]))
    return found


def _level(number: int) -> int:
    return (8 + number % 8) << (number // 8)


async def _least(rows: Any, most: int) -> int:
    """An amount that at least so many sold for, and not many more: found in eight questions, each of which stops when it has enough."""
    low, high = 0, LEVELS
    while high - low > 1:
        middle = (low + high) // 2
        found = rows.filter(fen__gte=_level(middle)).order_by(
            "fen"
        )  # in the order of the index, or PostgreSQL reads them all
        enough = len(await found.limit(most).values_list("id")) == most
        low, high = (middle, high) if enough else (low, middle)
    return _level(low) if low else 0


async def month(shop_id: int, today: date) -> Sales:
    return await of(sums.month_of(today), shop_id=shop_id)


async def months(shop_id: int, today: date, count: int = 6) -> list[tuple[date, Sales]]:
    """The last months, the newest first."""
    days = firsts(today, count)
    rows = await ShopSum.filter(shop_id=shop_id, period__in=[sums.month_of(one) for one in days])
    found = {row.period: Sales(**{name: getattr(row, name) for name in NUMBERS}) for row in rows}
    return [(first, found.get(sums.month_of(first), Sales())) for first in days]


async def owed(shop_id: int) -> int:
    """What the platform owes the shop now, in fen."""
    found = await Balance.get_or_none(shop_id=shop_id, account="shop")
    return -found.fen if found else 0


HEAD = (_("订单"), _("结清那天"), _("怎么付的"), _("货款"), _("运费"), _("退了"), _("归店家"))


async def rows(shop_id: int, period: str) -> list[tuple[Any, ...]]:
    """One row for each order that was settled in a month or a year, and the sum, in yuan."""
    since, until = span(period)
    settled = Order.filter(shop_id=shop_id, state="settled", settled_at__gte=since, settled_at__lt=until)
    found = await settled.order_by("settled_at", "id")
    body = [
        (
            number(one),
            one.settled_at.astimezone(ZONE).date() if one.settled_at else "",
            str(words.WAYS[one.way]),
            *in_yuan(one.goods_fen, one.fee_fen, one.refunded_fen),
        )
        for one in found
    ]
    whole = (sum(getattr(one, name) for one in found) for name in NUMBERS[1:])
    return [*body, (str(_("合计")), "", "", *in_yuan(*whole))]


def in_yuan(goods: int, fee: int, back: int) -> tuple[Any, ...]:
    return tuple(Decimal(fen) / 100 for fen in (goods, fee, back, goods + fee - back))


def number(order: Order) -> str:
    """The number that people say to each other on the phone."""
    return f"{order.placed_at.astimezone(ZONE):%Y-%m%d}-{order.id:04d}"
