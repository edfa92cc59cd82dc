"""Money back for one order: the buyer asks and the shop answers, or the shop offers to send less and the buyer answers."""

from __future__ import annotations

from starlette.responses import Response

from cunli import SIGNED_IN, Page, Visit, photo_body_limit, take_photos
from cunli import gettext as _

from . import refunds
from .frame import home, missing
from .models import Refund
from .order_pages import carried_out, seen, show
from .states import Who


async def ask_back(visit: Visit) -> Response:
    """The buyer asks for money back, for a broken box or for everything."""
    it = await seen(visit)
    if Who.BUYER not in it.roles:
        raise missing()
    form = await visit.form()
    most = it.order.total_fen - it.order.refunded_fen
    fen = form.fen("amount", _("退多少钱"), minimum=1, maximum=max(1, most))
    reason = form.text("reason", _("为什么"), required=True, max_length=300, multiline=True)
    photos = await take_photos(visit, form, owner_id=visit.me.id, most=3) if form else []
    if not form or fen is None:
        return await show(visit, it, form, status=422)
    keys = [one.key for one in photos]

    async def act() -> str:
        await refunds.ask(it.order, fen, reason, keys, buyer_id=visit.me.id, url=home(visit))
        return it.url

    return await carried_out(visit, form, it, act, _("告诉店家了，等他答复"))


async def answer_back(visit: Visit) -> Response:
    """The shop, or the office, answers: how much goes back. Nothing is a no."""
    it = await seen(visit)
    if not it.roles & {Who.SELLER, Who.OFFICE}:
        raise missing()
    form = await visit.form()
    key = form.text("refund", _("哪一笔"), max_length=22)
    found = await Refund.get_or_none(key=key, order_id=it.order.id)
    most = it.order.total_fen - it.order.refunded_fen
    what = form.choice("do", _("答复"), ("agree", "refuse", "done"))
    if found is None:
        raise missing()
    brought = found.kind == "return" and Who.OFFICE not in it.roles  # whole, or not yet
    agreed = (
        found.fen
        if brought
        else form.fen("fen", _("退多少钱"), minimum=1, maximum=max(1, most))
        if what == "agree"
        else 0
    )
    fen = agreed if what == "agree" else 0
    if not form or fen is None:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        if what == "done":
            if it.order.way != "online":
                await refunds.done(found.key, actor=visit.me.id, url=home(visit))
        else:
            office = Who.OFFICE in it.roles
            await refunds.answer(it.order, found, fen, actor=visit.me.id, url=home(visit), office=office)
        return it.url

    return await carried_out(visit, form, it, act, _("记下了"))


async def bring_back(visit: Visit) -> Response:
    """Within seven days the buyer brings back what is not fresh, without a reason."""
    it = await seen(visit)
    if Who.BUYER not in it.roles:
        raise missing()
    form = await visit.form()

    async def act() -> str:
        await refunds.bring_back(it.order, buyer_id=visit.me.id, url=home(visit))
        return it.url

    return await carried_out(visit, form, it, act, _("告诉店家了，把货寄回或者送回去"))


async def offer(visit: Visit) -> Response:
    """After a poor harvest the shop offers to send less for less."""
    it = await seen(visit)
    if Who.SELLER not in it.roles:
        raise missing()
    form = await visit.form()
    most = it.order.total_fen - it.order.refunded_fen
    fen = form.fen("less", _("退多少钱"), minimum=1, maximum=max(1, most))
    said = form.text("harvest", _("少发什么、为什么"), required=True, max_length=300, multiline=True)
    if not form or fen is None:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await refunds.offer(it.order, fen, said, actor=visit.me.id, url=home(visit))
        return it.url

    return await carried_out(visit, form, it, act, _("告诉买家了，他答应才算"))


async def consent(visit: Visit) -> Response:
    """The buyer says whether less is all right."""
    it = await seen(visit)
    if Who.BUYER not in it.roles:
        raise missing()
    form = await visit.form()
    what = form.choice("do", _("答复"), ("yes", "no"))
    found = await Refund.get_or_none(key=form.text("refund", _("哪一笔"), max_length=22), order_id=it.order.id)
    if found is None:
        raise missing()
    if not form:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await refunds.consent(it.order, found, agreed=what == "yes", actor=visit.me.id, url=home(visit))
        return it.url

    return await carried_out(visit, form, it, act, _("告诉店家了"))


PAGES = (
    Page(
        path="/orders/{key}/back",
        view=ask_back,
        to=SIGNED_IN,
        methods=("POST",),
        name="ask_back",
        files=3,
        body_limit=photo_body_limit(3),
    ),
    Page(path="/orders/{key}/return", view=bring_back, to=SIGNED_IN, methods=("POST",), name="bring_back"),
    Page(path="/orders/{key}/answer", view=answer_back, to=SIGNED_IN, methods=("POST",), name="answer_back"),
    Page(path="/orders/{key}/offer", view=offer, to=SIGNED_IN, methods=("POST",), name="offer"),
    Page(path="/orders/{key}/consent", view=consent, to=SIGNED_IN, methods=("POST",), name="consent"),
)
