"""评理: what waits for the office, and its decision to give a part back."""

from __future__ import annotations

from starlette.responses import Response

from cunli import SIGNED_IN, Page, Visit, reach_of
from cunli import gettext as _

from . import frame, mediating, refunds, statement
from .frame import home, missing
from .models import Order
from .order_pages import carried_out, rows_of, seen, show
from .rights import OVERSEE
from .states import State, Who

MOST = 50


async def judging(visit: Visit) -> Response:
    """Orders that buyer and shop do not agree about, and transfers that nobody found yet, in the villages that one oversees: those
    that wait longest first."""
    mine = await reach_of(visit, OVERSEE)
    with mine.rows():
        found = await Order.filter(state__in=mediating.WAITING).order_by("placed_at", "id").limit(MOST)
        rows = await rows_of(found, frame.urls(mine))
    context = {"rows": rows, "villages": {one.id: one.name for one in mine.villages}, "number": statement.number}
    return await visit.render("market/judging.html", context)


async def part(visit: Visit) -> Response:
    """The office decides that so much goes back."""
    it = await seen(visit)
    if Who.OFFICE not in it.roles or it.order.state != State.DISPUTED:
        raise missing()
    form = await visit.form()
    most = it.order.total_fen - it.order.refunded_fen - 1
    fen = form.fen("part", _("退多少钱"), minimum=1, maximum=max(1, most))
    said = form.text("verdict", _("为什么"), required=True, max_length=300, multiline=True)
    if not form or fen is None:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await refunds.give_part(it.order, fen, said, actor=visit.me.id, url=home(visit))
        return it.url

    return await carried_out(visit, form, it, act, _("定了，告诉双方了"))


PAGES = (
    Page(path="/judging", view=judging, to=OVERSEE, name="judging"),
    Page(path="/orders/{key}/part", view=part, to=SIGNED_IN, methods=("POST",), name="part"),
)
