"""Where to transfer to: the shop's account, for whoever ordered there by transfer and has not paid. It is written down who saw it."""

from __future__ import annotations

from starlette.responses import Response

from cunli import SIGNED_IN, Page, Visit, count_try
from cunli import gettext as _

from . import frame
from .frame import missing, opened
from .goods_pages import CALLING
from .models import SHOP_BANK, Order, Shop
from .order_pages import seen
from .states import State, Who

PAYABLE = (State.PLACED, State.CLAIMED, State.CONTESTED)


def shown_to(order: Order, shop: Shop, *, buyer: bool) -> bool:
    """Whether this order is one that somebody may still have to pay into the account."""
    return buyer and bool(shop.bank) and order.way == "transfer" and order.state in PAYABLE


async def account(visit: Visit) -> Response:
    it = await seen(visit)
    if not shown_to(it.order, it.shop, buyer=Who.BUYER in it.roles):
        raise missing()
    await visit.form()
    if await count_try(CALLING, visit.me.id):
        return visit.redirect(it.url, toast=_("今天看得太多了，明天再来"))
    bank = await opened(SHOP_BANK, it.shop.bank, it.shop, about="shop", reader=visit.me.id)
    context = {"it": it, "bank": bank, "total": frame.money(it.order.total_fen)}
    return await visit.render("market/account.html", context)


PAGES = (Page(path="/orders/{key}/account", view=account, to=SIGNED_IN, methods=("POST",), name="account"),)
