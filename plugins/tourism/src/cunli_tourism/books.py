"""Do the books agree? Nights with bookings, money with itself, bookings with what was paid."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.functions import Count

from cunli import Finding
from cunli import gettext as _

from .models import Booking, MoneyLine, Offer, Taken
from .states import TAKES


async def twice() -> list[int]:
    """Offers of which one unit is taken twice for one night. There are none, or the guard of the database is gone."""
    rows = (
        await Taken.annotate(n=Count("id"))
        .group_by("offer_id", "unit", "day", "slot")
        .filter(n__gt=1)
        .values("offer_id")
    )
    return sorted({one["offer_id"] for one in rows})


async def uneven() -> list[int]:
    """Bookings that hold other nights than they say: open ones too few, others any."""
    rows = await Taken.exclude(booking_id=None).annotate(n=Count("id")).group_by("booking_id").values("booking_id", "n")
    held = {one["booking_id"]: one for one in rows}
    open_ = await Booking.filter(state__in=[one.value for one in TAKES])
    kinds = {one.id: one.kind for one in await Offer.all()}
    wrong = []
    for one in open_:
        days = (one.until - one.since).days if kinds.get(one.offer_id) == "room" else 1
        if held.get(one.id, {"n": 0})["n"] != days * one.units:
            wrong.append(one.id)
    gone = await Booking.filter(
        id__in=list(held), state__in=["declined", "expired", "canceled", "called_off"]
    ).values_list("id", flat=True)
    return sorted([*wrong, *gone])  # type: ignore[list-item]


async def wrong_sums() -> list[int]:
    """Bookings whose sum is not that of their lines, or more of which went back than was paid."""
    found = []
    for one in await Booking.all().order_by("id"):
        summed = sum(count * fen for _what, _day, count, fen, *_more in one.lines)
        if one.total_fen != summed or not 0 <= one.refunded_fen <= one.paid_fen:
            found.append(one.id)
    return found


async def findings() -> list[Finding]:
    """Everything that is wrong, in words for whoever runs the county."""
    doubled, bare = await twice(), await uneven()
    journals, sums = await MoneyLine.wrong_journals(), await wrong_sums()
    strange = await Booking.filter(payment="strange").count()
    hint = _("有人动过数据库里的数，请从备份核对 tourism_ 开头的表")
    ask = _("请在支付服务的后台核对，再退给客人")
    said = (
        ("twice", doubled, _("%(n)s 处有一间房一晚订了两次：%(ids)s", n=len(doubled), ids=_few(doubled)), hint),
        ("nights", bare, _("%(n)s 个订单和占的房对不上：%(ids)s", n=len(bare), ids=_few(bare)), hint),
        ("money", journals, _("%(n)s 笔账两边不相等：%(ids)s", n=len(journals), ids=_few(journals)), hint),
        ("sums", sums, _("%(n)s 个订单的数对不上：%(ids)s", n=len(sums), ids=_few(sums)), hint),
        ("strange", strange, _("%(n)s 笔付款的钱数和订单不一样，没有算订成", n=strange), ask),
    )
    return [Finding(id=f"tourism.{name}", text=text, hint=how) for name, wrong, text, how in said if wrong]


def _few(ids: Sequence[object]) -> str:
    return ", ".join(str(one) for one in ids[:10])
