"""Paying a booking online: where to pay, and asking whether it is paid."""

from __future__ import annotations

from starlette.responses import Response

from cunli import SIGNED_IN, Page, PaymentError, PaymentOrder, ProviderSlow, Visit, begin_payment
from cunli import gettext as _

from . import frame, moments, paying
from .booking_pages import seen
from .frame import home, missing
from .models import Booking
from .moving import PAYS_WITHIN
from .states import State, Who


async def pay(visit: Visit) -> Response:
    """Where to pay; asked for afresh each time, and looked at whether it is paid."""
    it = await seen(visit)
    if Who.GUEST not in it.roles or it.booking.way != "online":
        raise missing()
    pay_url = ""
    if it.booking.state == State.HELD and it.booking.payment == "waiting":
        pay_url = await begin_payment(_payment(it.booking, visit.absolute(""), home(visit)))
    context = {
        "booking": it.booking,
        "place": it.place,
        "url": it.url,
        "fen": frame.money(it.booking.now_fen),
        "pay_url": pay_url,
    }
    return await visit.render("tourism/pay.html", context)


def _payment(booking: Booking, site: str, url: str) -> PaymentOrder:
    return PaymentOrder(
        key=booking.key,
        fen=booking.now_fen,
        title=str(_("乡村游订单")),
        back_url=f"{site}{url}/bookings/{booking.key}",
        notice_url=f"{site}{url}/notice",
        expires_at=booking.due_at or moments.now() + PAYS_WITHIN,
    )


async def paid(visit: Visit) -> Response:
    """The guest says that it is paid: ask, and believe only the answer."""
    it = await seen(visit)
    await visit.form()
    if Who.GUEST not in it.roles or it.booking.way != "online":
        raise missing()
    try:
        state = await paying.look(it.booking.key, home(visit))
    except (PaymentError, ProviderSlow):
        state = ""
    if state == "paid":
        return visit.redirect(it.url, toast=_("付好了"))
    return visit.redirect(f"{it.url}/pay", toast=_("还没有看到这笔钱，过一会儿再看"))


PAGES = (
    Page(path="/bookings/{key}/pay", view=pay, to=SIGNED_IN, name="pay"),
    Page(path="/bookings/{key}/pay", view=paid, to=SIGNED_IN, methods=("POST",), name="paid"),
)
