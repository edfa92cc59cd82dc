"""The basket and the way from it to orders: what it costs, where it goes, how it is paid."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from cunli import SIGNED_IN, Form, Page, PaymentError, ProviderSlow, Reach, Visit
from cunli import gettext as _

from . import basket, frame, paying, placing, showing, statement, words
from .frame import home, missing
from .models import ADDRESS, RECEIVER, RECEIVER_PHONE, Bill, Hold, Order
from .placing import CannotDeliver, Changed, Parcel, To, Wish
from .settings import ONLINE

LOOKED_THROUGH = 5  # what was fetched has no address
PHONE = re.compile(r"[0-9+\-]{5,20}")


async def show(visit: Visit) -> Response:
    """What somebody has in the basket, in whichever villages."""
    return await _show(visit, Form.blank(**await _last(visit)))


async def _last(visit: Visit) -> dict[str, str]:
    """Who received what this buyer ordered last, and where: they need not write it again. Nobody else is shown it."""
    everywhere = await frame.county(visit)
    with everywhere.rows():
        found = await Order.filter(buyer_id=visit.me.id).order_by("-id").limit(LOOKED_THROUGH)
    said: dict[str, str] = {}
    for name, sealed in (("receiver", RECEIVER), ("phone", RECEIVER_PHONE), ("address", ADDRESS)):
        one = next((row for row in found if getattr(row, name)), None)
        if one is not None:
            said[name] = sealed.own(getattr(one, name), one.key, about=visit.me.id, reader=visit.me.id)
    return {"name" if name == "receiver" else name: value for name, value in said.items()}


async def _parcels(visit: Visit) -> tuple[list[Parcel], Reach]:
    everywhere = await frame.county(visit)
    with everywhere.rows():
        things = await basket.of(visit.me.id)
    return placing.parcels(things, frame.urls(everywhere)), everywhere


def seen(parcel: Parcel) -> str:
    """What the buyer sees of a parcel, in few letters: another price or another thing gives others."""
    said = "|".join(f"{one.hold.key}:{one.hold.count}:{one.variant.fen}" for one in parcel.things)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A parcel on the page, with what can be chosen for it."""

    parcel: Parcel
    deliveries: list[tuple[str, Any, Any]]
    ways: list[tuple[str, Any]]
    seen: str


def _choices(visit: Visit, parcel: Parcel) -> Choices:
    def costs(delivery: str) -> Any:
        fee = parcel.fee(delivery) or 0
        where = parcel.shop.pickup if delivery == "pickup" else ""
        total = frame.money(parcel.total(delivery))
        if where:
            return _("%(where)s，一共 %(total)s 元", where=where, total=total)
        if not fee:
            return _("不要运费，一共 %(total)s 元", total=total)
        return _("运费 %(fee)s 元，一共 %(total)s 元", fee=frame.money(fee), total=total)

    return Choices(
        parcel=parcel,
        deliveries=[(one, words.DELIVERIES[one], costs(one)) for one in parcel.deliveries],
        ways=[(one, words.WAYS[one]) for one in parcel.ways(online=visit.setting(ONLINE))],
        seen=seen(parcel),
    )


async def _show(visit: Visit, form: Form, *, status: int = 200, changed: bool = False) -> Response:
    parcels, _everywhere = await _parcels(visit)
    soonest = min((one.hold.until for parcel in parcels for one in parcel.things), default=None)
    context = {
        "form": form,
        "parcels": [_choices(visit, one) for one in parcels],
        "until": soonest,
        "changed": changed,
        "money": frame.money,
        "photo_of": showing.photo_of,
        "art_of": showing.art_of,
        "needs_address": any(set(one.deliveries) - {"pickup"} for one in parcels),
    }
    return await visit.render("market/basket.html", context, status=status)


async def put_back(visit: Visit) -> Response:
    """Out of the basket, back onto the shelf."""
    form = await visit.form()
    key = form.text("hold", _("哪一样"), required=True, max_length=22)
    if not form:
        return await _show(visit, form, status=422)
    everywhere = await frame.county(visit)
    with everywhere.rows():
        hold = await Hold.get_or_none(key=key, buyer_id=visit.me.id)
    if hold is None:
        raise missing()

    async def act() -> str:
        with everywhere.into(hold.village_id):
            await basket.drop(visit.me.id, key)
        return f"{home(visit)}/basket"

    return visit.redirect(await form.once(act), toast=_("放回去了"))


async def order(visit: Visit) -> Response:
    """Make the orders. A form sent five times makes them once; what changed meanwhile is shown before anything is ordered."""
    form = await visit.form()
    parcels, everywhere = await _parcels(visit)
    if not parcels:
        again = await form.once(_nothing) if form.raw("seen_any") else ""
        return visit.redirect(again or f"{home(visit)}/basket", toast=_("篮子是空的，或者留的时间过了"))
    wishes, changed = _read_wishes(visit, form, parcels)
    to = _read_address(form, needed=any(wish.delivery != "pickup" for _parcel, wish in wishes))
    if changed or not form:
        return await _show(visit, form, status=422, changed=changed)
    url = f"{home(visit)}/orders"

    async def act() -> str:
        bill, first = await placing.place(visit.me.id, wishes, to, everywhere, back_url=url)
        if bill or len(parcels) > 1:
            return f"{home(visit)}/pay/{bill}" if bill else f"{url}?new={first}"
        return f"{parcels[0].url}/orders/{first}"  # one order: its page says what is to be done now

    try:
        address = await form.once(act)
    except Changed:
        return await _show(visit, form, status=422, changed=True)
    except CannotDeliver:
        form.error("name", _("有一家店改了送货或付款的办法，请再看一遍"))
        return await _show(visit, form, status=422)
    return visit.redirect(address, toast=_("订好了"))


async def _nothing() -> str:
    return ""


def _read_wishes(visit: Visit, form: Form, parcels: list[Parcel]) -> tuple[list[tuple[Parcel, Wish]], bool]:
    wishes, changed = [], False
    for parcel in parcels:
        name = parcel.shop.key
        label = parcel.shop.name
        delivery = form.choice(f"delivery-{name}", _("%(shop)s：怎么送", shop=label), parcel.deliveries)
        ways = parcel.ways(online=visit.setting(ONLINE))
        way = form.choice(f"way-{name}", _("%(shop)s：怎么付", shop=label), ways)
        note = form.text(f"note-{name}", _("给店家的话"), max_length=100)
        changed = changed or form.raw(f"seen-{name}") != seen(parcel)
        if delivery and way:
            wish = Wish(way=way, delivery=delivery, seen_fen=parcel.total(delivery), note=note)
            wishes.append((parcel, wish))
    return wishes, changed


def _read_address(form: Form, *, needed: bool) -> To:
    phone = form.text("phone", _("电话"), required=True, max_length=20).replace(" ", "")
    if phone and not PHONE.fullmatch(phone):
        form.error("phone", _("电话写成 13812345678 或 0731-1234567 这样"))
    return To(
        name=form.text("name", _("谁收"), required=True, max_length=20),
        phone=phone,
        address=form.text("address", _("送到哪里"), required=needed, max_length=120, multiline=True),
    )


async def pay(visit: Visit) -> Response:
    """Where to pay, and how it stands. Coming back from paying leads here too."""
    bill = await Bill.get_or_none(key=visit.path_params["key"], buyer_id=visit.me.id, way="online")
    if bill is None:
        raise missing()
    everywhere = await frame.county(visit)
    with everywhere.rows():
        orders = await Order.filter(bill_id=bill.id).order_by("id")
    payable = bill.state == "waiting" and all(one.state == "placed" for one in orders)
    url = await paying.begin(bill, visit.absolute(""), f"{home(visit)}/notice") if payable else ""
    context = {
        "bill": bill,
        "fen": frame.money(bill.fen),
        "pay_url": url,
        "payable": payable,
        "orders": orders,
        "urls": frame.urls(everywhere),
        "states": words.STATES,
        "number": statement.number,
    }
    return await visit.render("market/pay.html", context)


async def paid(visit: Visit) -> Response:
    """“我付好了”: ask the payment service at once, instead of waiting for its notice."""
    bill = await Bill.get_or_none(key=visit.path_params["key"], buyer_id=visit.me.id, way="online")
    if bill is None:
        raise missing()
    await visit.form()
    try:
        state = await paying.look(bill.key, await frame.county(visit))
    except (PaymentError, ProviderSlow):
        state = bill.state
    toast = _("钱付好了") if state == "paid" else _("支付那边还没说付了，过一会儿再看")
    return visit.redirect(f"{home(visit)}/orders" if state == "paid" else f"{home(visit)}/pay/{bill.key}", toast=toast)


PAGES = (
    Page(path="/basket", view=show, to=SIGNED_IN, name="basket"),
    Page(path="/basket/back", view=put_back, to=SIGNED_IN, methods=("POST",), name="put_back"),
    Page(path="/basket/order", view=order, to=SIGNED_IN, methods=("POST",), name="order"),
    Page(path="/pay/{key}", view=pay, to=SIGNED_IN, name="pay"),
    Page(path="/pay/{key}", view=paid, to=SIGNED_IN, methods=("POST",), name="paid"),
)
