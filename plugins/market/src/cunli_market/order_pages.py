"""One order, for its buyer, its shop and the office; and the buyer's list."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from cunli import SIGNED_IN, Form, Page, Visit, send_photo
from cunli import gettext as _

from . import frame, mediating, moments, money, refunds, reviewing, showing, statement, words
from .frame import home, missing
from .models import ADDRESS, RECEIVER, RECEIVER_PHONE, Bill, Good, Line, Lot, Order, Refund, Review, Shop, Step
from .moving import Lacking, NotOpen, do
from .rights import OVERSEE
from .states import BY_NAME, HELD, State, Who, moves_of

MOST = 20
TRACKING = re.compile(r"[0-9A-Za-z-]{6,40}")
FLOW = {
    "courier": ("paid", "packed", "sent", "received"),
    "own": ("paid", "packed", "sent", "received"),
    "pickup": ("paid", "packed", "received"),
}
FLOW_WORDS = {
    "paid": _("付了钱"),
    "on_cash": _("下了单"),
    "packed": _("装好了"),
    "sent": _("在路上"),
    "received": _("我收到了"),
}
RECEIVED = _("买家收到了")
FIRST = (
    "receive",
    "fetch",
    "confirm",
    "claim",
    "late_came",
    "pack",
    "send",
    "set_out",
    "hand_over",
    "collect",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An order in a list."""

    order: Order
    url: str
    shop: str
    state: Any
    hue: str
    icon: str
    first: Line
    photo: str
    art: str
    more: int
    total: str


async def rows_of(orders: Sequence[Order], urls: Any, *, state: Any = words.state) -> list[Row]:
    """Orders for a list, of the villages in scope: three questions, however many there are. `state` says what their states are called."""
    lines: dict[int, list[Line]] = {}
    for line in await Line.filter(order_id__in=[one.id for one in orders]).order_by("id") if orders else []:
        lines.setdefault(line.order_id, []).append(line)
    shops = {one.id: one.name for one in await Shop.filter(id__in={one.shop_id for one in orders})} if orders else {}
    good_ids = {found[0].good_id for found in lines.values()}
    goods = {one.id: one for one in await Good.filter(id__in=good_ids)} if good_ids else {}
    return [
        Row(
            order=one,
            url=f"{urls[one.village_id]}/orders/{one.key}",
            shop=shops.get(one.shop_id, ""),
            state=state(one.state, one.delivery)[0],
            hue=state(one.state, one.delivery)[1],
            icon=state(one.state, one.delivery)[2],
            first=lines[one.id][0],
            photo=showing.photo_of(goods[lines[one.id][0].good_id], urls[one.village_id]),
            art=showing.art_of(goods[lines[one.id][0].good_id]),
            more=len(lines[one.id]) - 1,
            total=frame.money(one.total_fen),
        )
        for one in orders
        if one.id in lines
    ]


async def orders(visit: Visit) -> Response:
    """What somebody ordered, in every village of the county."""
    everywhere = await frame.county(visit)
    with everywhere.rows():
        rows = Order.filter(buyer_id=visit.me.id)
        if before := frame.before(visit):
            rows = rows.filter(id__lt=before)
        found = await rows.order_by("-id").limit(MOST + 1)
        shown = await rows_of(found[:MOST], frame.urls(everywhere))
    bills = (
        {one.id: one for one in await Bill.filter(id__in=[one.bill_id for one in found], way="online")} if found else {}
    )
    context = {
        "rows": [(one, bills.get(one.order.bill_id)) for one in shown],
        "older": found[MOST - 1].id if len(found) > MOST else 0,
    }
    return await visit.render("market/orders.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An order and what this visitor is to it. An official may look at what somebody above decides: `roles` is what one acts as."""

    order: Order
    shop: Shop
    roles: frozenset[Who]
    url: str
    higher: bool = False  # it was decided before, and is disputed again


async def seen(visit: Visit) -> Seen:
    """The order of the address, for those whom it concerns. For anybody else it is not there."""
    order = await Order.get_or_none(key=visit.path_params["key"])
    if order is None:
        raise missing()
    shop = await Shop.get(id=order.shop_id)
    held: set[Who] = set()
    if order.buyer_id == visit.me.id:
        held.add(Who.BUYER)
    if shop.owner_id == visit.me.id:
        held.add(Who.SELLER)
    if not held and not visit.may(OVERSEE):
        raise missing()
    if not held and await mediating.may_judge(shop, order, visit.me.id):
        held.add(Who.OFFICE)
    higher = order.state == State.DISPUTED and await mediating.decided(order)
    url = f"{home(visit)}/orders/{order.key}"
    return Seen(order=order, shop=shop, roles=frozenset(held), url=url, higher=higher)


async def order(visit: Visit) -> Response:
    return await show(visit, await seen(visit), Form.blank())


async def show(visit: Visit, it: Seen, form: Form, *, status: int = 200) -> Response:
    one = it.order
    lines = await Line.filter(order_id=one.id).order_by("id")
    goods = {good.id: good for good in await Good.filter(id__in={line.good_id for line in lines})}
    lots = await Lot.filter(id__in={line.lot_id for line in lines})
    steps = await Step.filter(order_id=one.id).order_by("number")
    given_back = await Refund.filter(order_id=one.id).order_by("id")
    said = {review.good_id for review in await Review.filter(order_id=one.id)}
    open_ = [move for move in moves_of(it.roles, State(one.state), one.way, one.delivery) if move.form]
    left = one.total_fen - one.refunded_fen
    buyer = Who.BUYER in it.roles
    pays = buyer and one.state == "placed"
    bill = await Bill.get(id=one.bill_id) if pays or one.way == "transfer" else None
    context = {
        "it": it,
        "order": one,
        "form": form,
        "lines": [
            (line, frame.money(line.sum_fen), showing.photo_of(goods[line.good_id], home(visit)), goods[line.good_id])
            for line in lines
        ],
        "ahead": max(filter(None, (moments.ahead(lot.ready_on) for lot in lots)), default=None),
        "art_of": showing.art_of,
        "units": words.UNITS,
        **_named(it),
        "flow": flow(one, steps, buyer=buyer),
        "again": await mediating.decided(one),
        "steps": [(words.HAPPENED[step.move], step.at, step.words) for step in reversed(steps)],
        "moves": open_,
        "first": next((name for name in FIRST if any(move.name == name for move in open_)), ""),
        "way": words.WAYS[one.way],
        "delivery": words.DELIVERIES[one.delivery],
        "carriers": showing.pairs(words.CARRIERS),
        "carrier": words.CARRIERS.get(one.carrier, ""),
        "to": _to(one, visit.me.id, own=buyer),
        "money": frame.money,
        "left": left,
        "refunds": [(row, words.REFUNDS[row.state], moments.day(refunds.answer_by(row))) for row in given_back],
        "waits": State(one.state) in BY_NAME["unanswered"].sources,
        "may_ask": buyer and State(one.state) in HELD and left > 0 and await money.is_paid(one),
        "returnable": await refunds.returnable(one) if buyer else 0,
        "may_offer": Who.SELLER in it.roles and State(one.state) in refunds.LESS and left > 0,
        "may_answer": bool(it.roles & {Who.SELLER, Who.OFFICE}),
        "may_part": Who.OFFICE in it.roles and one.state == "disputed" and left > 1 and await money.is_paid(one),
        "office": not it.roles & {Who.BUYER, Who.SELLER},
        "may_review": buyer and one.state in ("received", "settled") and set(goods) - said,
        "to_review": [goods[key] for key in goods if key not in said],
        "bill": bill if pays else None,
        "reference": bill.reference if bill and one.way == "transfer" else "",
        "bank": it.shop.bank and pays and one.way == "transfer",
        "buyer": buyer,
        "number": statement.number,
        "seller": Who.SELLER in it.roles,
    }
    return await visit.render("market/order.html", context, status=status)


def _named(it: Seen) -> dict[str, Any]:
    """What the state of an order is called and what comes next, for whoever looks at it."""
    one = it.order
    if it.higher:
        return {"state": (words.HIGHER[0], "seal", "scale"), "next": words.HIGHER[1]}
    if Who.BUYER in it.roles:
        return {"state": words.state(one.state, one.delivery), "next": words.NEXT[one.state]}
    if Who.SELLER in it.roles:
        return {"state": words.seller_state(one.state, one.delivery), "next": words.NEXT_SELLER[one.state]}
    return {"state": words.state(one.state, one.delivery), "next": words.NEXT_OFFICE.get(one.state, "")}


def flow(one: Order, steps: Sequence[Step], *, buyer: bool) -> list[tuple[Any, Any, str]]:
    """The way of an order in four words, with the day of each."""
    names = FLOW[one.delivery]
    if one.way == "cash":
        names = ("on_cash", *names[1:])
    came = {step.after: moments.day(step.at) for step in steps}
    if one.state not in (*names, "placed", "sent", "settled"):
        return []
    reached = [name for name in names if name in came]
    if one.state == "settled":
        reached = list(names)
    return [
        (
            RECEIVED if name == "received" and not buyer else FLOW_WORDS[name],
            came.get(name),
            "now" if reached and name == reached[-1] else "done" if name in reached else "",
        )
        for name in names
    ]


def _to(one: Order, reader_id: int, *, own: bool) -> tuple[str, str, str]:
    """Name, phone and address: the buyer's own in clear, and masked for everybody else until the label is printed."""
    found = []
    for sealed, value in ((RECEIVER, one.receiver), (RECEIVER_PHONE, one.phone), (ADDRESS, one.address)):
        if not value:
            found.append("")
        elif own:
            found.append(sealed.own(value, one.key, about=reader_id, reader=reader_id))
        else:
            found.append(str(sealed.masked(value, one.key)))
    return found[0], found[1], found[2]


async def move(visit: Visit) -> Response:
    """Do something to an order. Whoever was too late is shown it as it is."""
    it = await seen(visit)
    name = visit.path_params["move"]
    if name not in BY_NAME or not BY_NAME[name].form:
        raise missing()
    form = await visit.form()
    said = form.text("words", _("说明"), max_length=300, multiline=True, required="words" in BY_NAME[name].needs)
    sends = "tracking" in BY_NAME[name].needs
    carrier = form.choice("carrier", _("哪家快递"), words.CARRIERS, required=sends) if sends else ""
    tracking = form.text("tracking", _("快递单号"), max_length=40, required=sends).replace(" ", "")
    if sends and tracking and not TRACKING.fullmatch(tracking):
        form.error("tracking", _("快递单号是 6 到 40 个字母和数字"))
    needs_reference = "reference" in BY_NAME[name].needs
    reference = form.text("reference", _("转账单号"), max_length=64, required=needs_reference)
    if not form:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        given = {"words": said, "tracking": tracking, "carrier": carrier}
        given["reference"] = reference if needs_reference else ""
        await do(it.order.key, name, it.roles, actor=visit.me.id, url=home(visit), **given)
        return it.url

    try:
        return await carried_out(visit, form, it, act, BY_NAME[name].label)
    except Lacking as lacking:
        form.error(str(lacking), _("这一项要填"))
        return await show(visit, it, form, status=422)


async def carried_out(visit: Visit, form: Form, it: Seen, act: Callable[[], Awaitable[str]], toast: Any) -> Response:
    """Do something with an order once; whoever was overtaken is sent to see where the order stands."""
    try:
        url = await form.once(act)
    except NotOpen:
        return visit.redirect(it.url, toast=_("这一单刚刚变了，请看看现在到哪一步"))
    return visit.redirect(url, toast=toast)


async def review(visit: Visit) -> Response:
    """What the buyer thinks of it. It stays: neither shop nor office can delete it."""
    it = await seen(visit)
    if Who.BUYER not in it.roles or it.order.state not in ("received", "settled"):
        raise missing()
    form = await visit.form()
    lines = {str(one.good_id): one for one in await Line.filter(order_id=it.order.id)}
    good = form.choice("good", _("哪一样"), lines)
    stars = form.choice("stars", _("觉得怎么样"), ("1", "2", "3", "4", "5"))
    said = form.text("words", _("说说怎么样"), max_length=500, multiline=True)
    if not form:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await reviewing.write(it.order, lines[good], int(stars), said, writer_id=visit.me.id)
        return it.url

    return visit.redirect(await form.once(act), toast=_("谢谢你说真话"))


async def photo(visit: Visit) -> Response:
    """A photo that was sent with a request for money back, for those whom the order concerns."""
    it = await seen(visit)
    key = visit.path_params["photo"]
    for one in await Refund.filter(order_id=it.order.id):
        if key in one.photos:
            return await send_photo(visit, key, "thumb" if visit.query.get("size") == "thumb" else "large")
    raise missing()


PAGES = (
    Page(path="/orders", view=orders, to=SIGNED_IN, name="orders"),
    Page(path="/orders/{key}", view=order, to=SIGNED_IN, name="order_page"),
    Page(path="/orders/{key}/do/{move}", view=move, to=SIGNED_IN, methods=("POST",), name="move"),
    Page(path="/orders/{key}/review", view=review, to=SIGNED_IN, methods=("POST",), name="review"),
    Page(path="/orders/{key}/photo/{photo}", view=photo, to=SIGNED_IN, name="order_photo"),
)
