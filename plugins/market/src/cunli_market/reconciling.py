"""Our books beside those of the payment service, once a day and bill by bill. What differs is kept, and shown to the office.

| kind | here | there |
|---|---|---|
| `late` | not known | paid: it is known now, and orders went on |
| `amount` | the bill | paid, but another amount: nothing was sent |
| `gone` | paid | not paid, or not known at all |
| `refund` | agreed more than a day ago | not given back yet |
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from starlette.responses import Response

from cunli import (
    Page,
    PaymentError,
    ProviderSlow,
    Reach,
    TaskContext,
    Visit,
    csv_answer,
    find_payment,
    reach,
    reach_of,
    unit,
)
from cunli import gettext as _

from . import frame, moments, paying, statement
from .models import Bill, Mismatch, Order, Refund
from .moments import ZONE
from .rights import OVERSEE

AT_ONCE: Final = 200
MOST: Final = 200
KINDS: Final = {
    "late": _("对方先收到，我们后知道，已经补上"),
    "amount": _("付的钱数和账单不一样"),
    "gone": _("我们记着付了，对方说没付"),
    "refund": _("同意退的钱，过了一天还没退到"),
}


async def compare(ctx: TaskContext) -> None:
    """Early every morning, for the county: the bills of yesterday, and refunds that hang. What the service did not answer for makes
    the task fail, so that it is tried again."""
    said = ctx.payload.get("day")
    if unanswered := await compared(date.fromisoformat(said) if said else moments.today() - timedelta(days=1)):
        raise PaymentError(f"the payment service did not answer for {unanswered} payments")


async def compared(day: date) -> int:
    """Compare the bills that were made or paid on a day. How many the service did not answer for: they are asked tomorrow again."""
    since = datetime.combine(day, time.min, tzinfo=ZONE)
    until, everywhere, last, unanswered = since + timedelta(days=1), await reach(), 0, 0
    while bills := await _bills(since, until, last):
        last = bills[-1].id
        for bill in bills:
            try:
                await _compare(bill, everywhere)
            except (PaymentError, ProviderSlow):
                unanswered += 1
    await _hanging(everywhere)
    return unanswered


async def _bills(since: datetime, until: datetime, last: int) -> list[Bill]:
    made = Bill.filter(way="online", id__gt=last, made_at__lt=until, expires_at__gte=since)
    return await made.order_by("id").limit(AT_ONCE)


async def _compare(bill: Bill, everywhere: Reach) -> None:
    there = await find_payment(bill.key)
    if there is None or there.state != "paid":
        if bill.state in ("paid", "strange"):
            await _found(bill, "gone", bill.paid_fen, 0)
        return
    if bill.state in ("waiting", "closed"):
        await paying.look(bill.key, everywhere)
        await _found(bill, "late", 0, there.fen)
    if there.fen != bill.fen or (bill.paid_fen and there.fen != bill.paid_fen):
        await _found(bill, "amount", bill.fen, there.fen)


async def _hanging(everywhere: Reach) -> None:
    late = moments.now() - timedelta(days=1)
    with everywhere.rows():
        rows = await Refund.filter(state="agreed", at__lt=late, order__way="online").order_by("id").limit(MOST)
        orders = (
            {one.id: one.bill_id for one in await Order.filter(id__in=[row.order_id for row in rows])} if rows else {}
        )
    for row in rows:
        await _found(await Bill.get(id=orders[row.order_id]), "refund", row.fen, 0)


@unit
async def _found(bill: Bill, kind: str, here: int, there: int) -> None:
    """Said once for each bill and kind, however often it is compared."""
    said = {"here_fen": here, "there_fen": there, "found_at": moments.now()}
    await Mismatch.get_or_create(bill_id=bill.id, kind=kind, defaults=said)


async def page(visit: Visit) -> Response:
    """What differed, in orders of the villages that one oversees."""
    context = {"rows": await _rows(visit), "kinds": KINDS, "money": frame.money, "number": statement.number}
    return await visit.render("market/compared.html", context)


async def _rows(visit: Visit) -> list[tuple[Mismatch, Order, str]]:
    mine = await reach_of(visit, OVERSEE)
    found = await Mismatch.all().order_by("-id").limit(MOST)
    with mine.rows():
        orders = await Order.filter(bill_id__in=[one.bill_id for one in found]).order_by("-id") if found else []
    by_bill = {one.bill_id: one for one in orders}
    urls = frame.urls(mine)
    return [
        (one, by_bill[one.bill_id], f"{urls[by_bill[one.bill_id].village_id]}/orders/{by_bill[one.bill_id].key}")
        for one in found
        if one.bill_id in by_bill
    ]


HEAD = (_("哪天发现"), _("订单"), _("怎么不一样"), _("我们记的"), _("对方记的"))


async def table(visit: Visit) -> Response:
    """The same for the accountant."""
    rows = [
        (
            one.found_at.astimezone(ZONE).date(),
            statement.number(order),
            str(KINDS[one.kind]),
            frame.money(one.here_fen),
            frame.money(one.there_fen),
        )
        for one, order, _url in await _rows(visit)
    ]
    return csv_answer("对账差异", HEAD, rows)


PAGES = (
    Page(path="/compared", view=page, to=OVERSEE, name="compared"),
    Page(path="/compared.csv", view=table, to=OVERSEE, name="compared_table"),
)
