"""What the clock does: requests nobody answered, bookings nobody paid, guests who left, names whose day has come."""

from __future__ import annotations

import logging
from datetime import timedelta

from starlette.responses import Response

from cunli import (
    EVERYONE,
    Page,
    PaymentError,
    ProviderSlow,
    TaskContext,
    Visit,
    answer_payment_notice,
    audit,
    close_payment,
    unit,
)

from . import moments, paying
from .frame import home, home_of
from .models import NOBODY, Booking, Complaint, Guest, Refund
from .moving import NotOpen, do
from .states import TAKES, State, Who

MOST = 200
TRADE = timedelta(days=3 * 366)  # so long trade data are kept (电子商务法 31); who it was is no longer needed then
CLOCK = {State.REQUESTED: "expire", State.HELD: "expire", State.CONFIRMED: "miss", State.ARRIVED: "finish"}
_log = logging.getLogger("cunli.plugin.tourism")


async def tidy(ctx: TaskContext) -> None:
    """Every minute, in each village: carry on what the clock carries on."""
    url = await home_of(ctx)
    for one in await Booking.filter(due_at__lte=moments.now()).order_by("due_at").limit(MOST):
        try:
            if one.state == State.HELD and not await _ends(one, url):
                continue
            await do(one.key, CLOCK[State(one.state)], {Who.CLOCK}, actor=None, url=url)
        except NotOpen:
            _log.info("booking %s was moved by somebody else meanwhile", one.id)


async def _ends(booking: Booking, url: str) -> bool:
    """Whether an unpaid booking may end: never one whose payment may still come in unseen."""
    try:
        if not await close_payment(booking.key):
            await paying.look(booking.key, url)
            return False
    except (PaymentError, ProviderSlow):  # one payment of which nothing is known keeps nobody else's booking waiting
        return False
    await paying.closed(booking.id)
    return (await Booking.get(id=booking.id)).payment not in ("paid", "strange")


async def reconcile(ctx: TaskContext) -> None:
    """Every five minutes, in each village: ask for payments of which no notice came."""
    url = await home_of(ctx)
    waiting = Booking.filter(payment__in=("waiting", "closed"), made_at__gte=moments.now() - paying.ASKED_FOR)
    for one in await waiting.order_by("id").limit(MOST):
        try:
            await paying.look(one.key, url)
        except (PaymentError, ProviderSlow):
            _log.warning("the payment service does not say how booking %s stands", one.id)


async def give_back(ctx: TaskContext) -> None:
    """Tell the payment service to give money back. It is tried again until it says that it did."""
    refund = await Refund.get_or_none(key=str(ctx.payload["refund"]), state="agreed")
    if refund is not None:
        await paying.give_back(refund, await home_of(ctx))


async def refunds_left(ctx: TaskContext) -> None:
    """Every ten minutes, in each village: refunds that were agreed and are not done, whatever became of their job."""
    url = await home_of(ctx)
    for one in await Refund.filter(state="agreed").order_by("id").limit(MOST):
        try:
            await paying.give_back(one, url)
        except (PaymentError, ProviderSlow):
            _log.warning("refund %s is not through yet", one.id)


async def forget(ctx: TaskContext) -> None:
    """Every morning, in each village: registrations whose day has come are deleted, and who closed their account and is not expected any more."""
    await _forget()


@unit
async def _forget() -> int:
    gone = await Guest.filter(until__lt=moments.today()).delete()
    old = moments.today() - TRADE
    past = Booking.filter(since__lt=old, until__lt=old)
    await past.exclude(name="").update(**NOBODY)
    left = Booking.filter(guest_id=None).exclude(name="").exclude(state__in=[one.value for one in TAKES])
    await left.update(**NOBODY)
    await Complaint.filter(at__lt=moments.at(old, 0)).exclude(words="").update(words="", person_id=None)
    if gone:
        await audit("tourism.guest.forget", actor=None, by="system", count=gone)
    return gone


async def notice(visit: Visit) -> Response:
    """What the payment service posts. The signature speaks; then it is asked, and only its answer counts."""
    return await answer_payment_notice(visit, lambda key: paying.look(key, home(visit)), refused=_alarm)


@unit
async def _alarm() -> None:
    await audit("tourism.notice.refused", actor=None, by="system")


PAGES = (Page(path="/notice", view=notice, to=EVERYONE, methods=("POST",), name="notice", outside=True),)
