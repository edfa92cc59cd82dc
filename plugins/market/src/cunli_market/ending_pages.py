"""A shop says that it stops, and until which day it trades; or that it goes on after all."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _

from . import checking, ending, frame, moments
from .frame import home, missing
from .models import Shop
from .rights import SELL


async def _mine(visit: Visit) -> Shop:
    shop = await frame.own_shop(visit)
    if shop is None:
        raise missing()
    return shop


async def ending_form(visit: Visit) -> Response:
    shop = await _mine(visit)
    first, _last = ending.days()
    return await _show(visit, shop, Form.blank(ends_on=(shop.ends_on or first).isoformat()))


async def _show(visit: Visit, shop: Shop, form: Form, *, status: int = 200) -> Response:
    first, last = ending.days()
    ended = checking.ended(shop, moments.today())
    context = {"form": form, "shop": shop, "first": first, "last": last, "ended": ended}
    return await visit.render("market/ending.html", context, status=status)


async def say_ending(visit: Visit) -> Response:
    """Thirty days are the least; to go on after all needs no day."""
    shop = await _mine(visit)
    form = await visit.form()
    goes_on = form.choice("do", _("做什么"), ("end", "go_on")) == "go_on"
    first, last = ending.days()
    day = None if goes_on else form.date("ends_on", _("做到哪天"), required=True)
    if day is not None and not first <= day <= last:
        form.error("ends_on", _("法律要求提前三十天说：最早写今天以后第三十天，最晚写一年以内"))
    if not form:
        return await _show(visit, shop, form, status=422)

    async def act() -> str:
        if day is None:
            await ending.take_back(shop, actor=visit.me.id)
        else:
            await ending.announce(shop, day, actor=visit.me.id)
        return f"{home(visit)}/desk"

    url = await form.once(act)
    return visit.redirect(url, toast=_("收回了，接着做") if goes_on else _("写在店里和每样货上了，大家看得到"))


PAGES = (
    Page(path="/shop/ending", view=ending_form, to=SELL, name="ending_form"),
    Page(path="/shop/ending", view=say_ending, to=SELL, methods=("POST",), name="say_ending"),
)
