"""What the market holds about somebody, handed over and erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cunli import ErasureReport, ExportFile, Kept, unit
from cunli import gettext as _

from . import leaving, statement, words
from .frame import money
from .models import (
    AD_PHONE,
    ADDRESS,
    RECEIVER,
    RECEIVER_PHONE,
    SHOP_BANK,
    SHOP_PHONE,
    Ad,
    Bill,
    Endorsement,
    Good,
    Hold,
    Line,
    Order,
    Review,
    Share,
    Shop,
    Step,
    StockLine,
)


async def export(person_id: int) -> Sequence[ExportFile]:
    """Orders, the shop, reviews, small ads and what was shared; what is sealed is opened, for it is the person's own."""
    return [
        ExportFile(
            name="orders.json",
            label=_("我买的东西"),
            rows=await _orders(person_id),
            columns={
                "number": _("单号"),
                "placed": _("什么时候"),
                "state": _("到哪一步"),
                "things": _("买了什么"),
                "total": _("一共"),
                "back": _("退了"),
                "receiver": _("谁收"),
                "phone": _("电话"),
                "address": _("送到哪里"),
                "note": _("给店家的话"),
            },
        ),
        ExportFile(name="shops.json", label=_("我开的店"), rows=await _shops(person_id)),
        ExportFile(
            name="reviews.json",
            label=_("我写的评价"),
            rows=[
                {"bought": one.bought, "stars": one.stars, "words": one.words, "at": one.at}
                for one in await Review.filter(writer_id=person_id).order_by("id")
            ],
            columns={"bought": _("买了什么"), "stars": _("几颗星"), "words": _("说了什么"), "at": _("什么时候")},
        ),
        ExportFile(name="ads.json", label=_("我的小广告"), rows=await _ads(person_id)),
    ]


async def _orders(person_id: int) -> list[dict[str, Any]]:
    found = await Order.filter(buyer_id=person_id).order_by("id")
    lines: dict[int, list[str]] = {}
    for one in await Line.filter(order_id__in=[order.id for order in found]) if found else []:
        lines.setdefault(one.order_id, []).append(f"{one.title} × {one.count}")
    sealed = (("receiver", RECEIVER), ("phone", RECEIVER_PHONE), ("address", ADDRESS))
    return [
        {
            "number": statement.number(one),
            "placed": one.placed_at,
            "state": str(words.STATES[one.state][0]),
            "things": "；".join(lines.get(one.id, [])),
            "total": money(one.total_fen),
            "back": money(one.refunded_fen),
            "note": one.note,
            **{name: _own(how, getattr(one, name), one.key, person_id) for name, how in sealed},
        }
        for one in found
    ]


def _own(how: Any, value: str, key: str, person_id: int) -> str:
    return how.own(value, key, about=person_id, reader=person_id) if value else ""


async def _shops(person_id: int) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "about": one.about,
            "ends_on": one.ends_on,
            "phone": _own(SHOP_PHONE, one.phone, one.key, person_id),
            "bank": _own(SHOP_BANK, one.bank, one.key, person_id),
            "goods": [good.title for good in await Good.filter(shop_id=one.id)],
        }
        for one in await Shop.filter(owner_id=person_id).order_by("id")
    ]


async def _ads(person_id: int) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "body": one.body,
            "phone": _own(AD_PHONE, one.phone, one.key, person_id),
            "created": one.created_at,
        }
        for one in await Ad.filter(writer_id=person_id).order_by("id")
    ]


@unit
async def erase(person_id: int) -> ErasureReport:
    """Orders stay three years without the person (电子商务法 31), and what the seller needs to deliver until they are over; shops
    close; small ads and shares go; reviews lose their name."""
    orders, open_ = await leaving.leave(person_id)
    shops = await Shop.filter(owner_id=person_id).update(owner_id=None, kept_by=None, phone="", bank="", state="paused")
    ads = await Ad.filter(writer_id=person_id).delete()
    shares = await Share.filter(person_id=person_id).delete()
    reviews = await Review.filter(writer_id=person_id).update(writer_id=None)
    await Hold.filter(buyer_id=person_id).exclude(state="held").delete()
    await Hold.filter(friend_id=person_id).update(friend_id=None)
    await Line.filter(friend_id=person_id).update(friend_id=None)
    await Step.filter(actor_id=person_id).update(actor_id=None)
    await StockLine.filter(by_id=person_id).update(by_id=None)
    await Endorsement.filter(by_id=person_id).update(by_id=None)
    await Bill.filter(buyer_id=person_id).update(buyer_id=None)
    kept = [
        Kept(what=_("订单，不带名字、电话和地址"), count=orders, reason=_("电子商务法第三十一条：交易信息至少留三年"))
    ]
    kept += [
        Kept(
            what=_("还没办完的订单：谁收、电话、送到哪里，办完当天删"),
            count=open_,
            reason=_("个人信息保护法第十三条：店家要照合同送到、退钱"),
        )
    ]
    kept += [Kept(what=_("店和货，不带店主"), count=shops, reason=_("电子商务法第三十一条：交易信息至少留三年"))]
    return ErasureReport(
        erased={"ads": ads, "shares": shares, "names of reviews": reviews},
        kept=tuple(one for one in kept if one.count),
    )
