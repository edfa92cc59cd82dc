"""What the villages sold: for officials over their own subtree, from settled orders only, what went back taken off."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.responses import Response

from cunli import Page, Reach, Visit, csv_answer, reach_of
from cunli import gettext as _

from . import frame, moments, statement
from .rights import OVERSEE
from .statement import Sales

MOST_GOODS = 1000
SPANS = {"month": _("这个月"), "last": _("上个月"), "year": _("今年"), "last_year": _("去年")}


async def _figures(visit: Visit) -> tuple[list[tuple[str, Sales]], Reach, str, str]:
    periods = statement.spans(moments.today())
    span = visit.query.get("span", "month")
    span = span if span in periods else "month"
    mine = await reach_of(visit, OVERSEE)
    with mine.rows():
        found = await statement.by_village(periods[span])
    rows = [(one.name, found.get(one.id, Sales())) for one in mine.villages]
    return sorted(rows, key=lambda row: (-row[1].rest_fen, row[0])), mine, periods[span], span


def total(rows: list[tuple[str, Sales]]) -> Sales:
    return Sales(
        orders=sum(one.orders for _name, one in rows),
        goods_fen=sum(one.goods_fen for _name, one in rows),
        fee_fen=sum(one.fee_fen for _name, one in rows),
        refunded_fen=sum(one.refunded_fen for _name, one in rows),
    )


async def board(visit: Visit) -> Response:
    """Sales by village and by good, in a month or a year."""
    rows, mine, period, span = await _figures(visit)
    with mine.rows():
        goods = await statement.by_good(period)
    context = {
        "rows": rows,
        "all": total(rows),
        "goods": goods,
        "villages": {one.id: one.name for one in mine.villages},
        "span": span,
        "period": period,
        "spans": SPANS,
        "money": frame.money,
    }
    return await visit.render("market/sales.html", context)


HEAD = (_("村"), _("单"), _("货款"), _("运费"), _("退了"), _("卖了"))


async def table(visit: Visit) -> Response:
    """The same for WPS and Excel: figures of villages, nobody's data."""
    rows, _mine, _period, _span = await _figures(visit)
    return csv_answer("销售", HEAD, [_row(name, one) for name, one in [*rows, (str(_("合计")), total(rows))]])


HEAD_GOODS = (_("货"), _("村"), _("份"), _("货款"))


async def goods_table(visit: Visit) -> Response:
    """What sold best, by good: the prices that were paid, before anything went back."""
    _rows, mine, period, _span = await _figures(visit)
    names = {one.id: one.name for one in mine.villages}
    with mine.rows():
        goods = await statement.by_good(period, MOST_GOODS)
    rows = [(one.title, names.get(one.village_id, ""), one.count, Decimal(one.fen) / 100) for one in goods]
    return csv_answer("卖得好的货", HEAD_GOODS, rows)


def _row(name: str, one: Sales) -> tuple[Any, ...]:
    return (name, one.orders, *statement.in_yuan(one.goods_fen, one.fee_fen, one.refunded_fen))


PAGES = (
    Page(path="/sales", view=board, to=OVERSEE, name="sales"),
    Page(path="/sales.csv", view=table, to=OVERSEE, name="sales_table"),
    Page(path="/sales-goods.csv", view=goods_table, to=OVERSEE, name="sales_goods_table"),
)
