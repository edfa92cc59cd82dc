"""Do the books agree? Stock with its lines, money with itself, sales with order lines, bills with what was paid."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.functions import Sum

from cunli import Finding
from cunli import gettext as _

from . import stock, sums
from .models import Bill, Line, MoneyLine, Order, Refund


async def wrong_orders() -> list[int]:
    """Orders whose sum is not that of their lines and fee, or more of which went back than was paid."""
    rows = await Line.annotate(total=Sum("sum_fen")).group_by("order_id").values_list("order_id", "total")
    lines = dict(rows)
    found = await Order.all().order_by("id").values_list("id", "goods_fen", "fee_fen", "total_fen", "refunded_fen")
    return [
        order
        for order, goods, fee, total, back in found
        if goods != lines.get(order, 0) or total != goods + fee or not 0 <= back <= total
    ]


async def wrong_sums() -> list[str]:
    """Sums that are not what was counted again just now: shops, goods or accounts with a month."""
    right, there = await sums.counted(), await sums.kept()
    return [
        f"{name}:{key[0]}:{key[1]}"
        for name in ("shops", "goods", "accounts")
        for key in sorted({*getattr(right, name), *getattr(there, name)})
        if getattr(right, name).get(key) != getattr(there, name).get(key)
    ]


async def wrong_accounts() -> list[int]:
    """Settled orders of which something is still held: it should all be with the shop, or back with the buyer."""
    held = (
        await MoneyLine.filter(account="held")
        .annotate(total=Sum("fen"))
        .group_by("order_id")
        .values_list("order_id", "total")
    )
    open_ = {order_id for order_id, total in held if total}
    on_the_way = set(await Refund.filter(state="agreed").values_list("order_id", flat=True))
    found = await Order.filter(id__in=open_ - on_the_way, state="settled").order_by("id") if open_ else []
    return [one.id for one in found]


async def findings() -> list[Finding]:
    """Everything that is wrong, in words for whoever runs the county."""
    lots, journals = await stock.wrong_lots(), await MoneyLine.wrong_journals()
    orders, stuck = await wrong_orders(), await wrong_accounts()
    kept = await wrong_sums()
    strange = await Bill.filter(state="strange").count()
    hint = _("有人动过数据库里的数，请从备份核对 market_ 开头的表")
    ask = _("请在支付服务的后台核对，再退给买家")
    said = (
        ("stock", lots, _("%(n)s 批货的存货对不上账：%(ids)s", n=len(lots), ids=_few(lots)), hint),
        ("money", journals, _("%(n)s 笔账两边不相等：%(ids)s", n=len(journals), ids=_few(journals)), hint),
        ("sums", orders, _("%(n)s 个订单的数对不上：%(ids)s", n=len(orders), ids=_few(orders)), hint),
        ("kept", kept, _("%(n)s 个合计不对：%(ids)s", n=len(kept), ids=_few(kept)), _("今晚会重新合计")),
        ("held", stuck, _("%(n)s 个结清的订单还压着钱：%(ids)s", n=len(stuck), ids=_few(stuck)), hint),
        ("strange", strange, _("%(n)s 笔付款的钱数和账单不一样，没有发货", n=strange), ask),
    )
    return [Finding(id=f"market.{name}", text=text, hint=how) for name, wrong, text, how in said if wrong]


def _few(ids: Sequence[object]) -> str:
    return ", ".join(str(one) for one in ids[:10])
