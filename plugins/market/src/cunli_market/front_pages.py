"""The front of a shop, for everybody; and what the office took off or closed, with the reason (电子商务法 36)."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from cunli import EVERYONE, Page, Visit
from cunli import gettext as _

from . import checking, frame, moments, showing, words
from .frame import home, missing, shop_at
from .models import Good, Shop
from .rights import OVERSEE

MOST = 24
MOST_LISTED = 100


async def front(visit: Visit) -> Response:
    """Who sells, on what papers, who vouches, and everything that the shop has on its shelf."""
    shop = await shop_at(visit, visit.path_params["key"])
    mine = visit.person is not None and shop.owner_id == visit.person.id
    if shop.owner_id is None:
        raise missing()
    rows = checking.on_sale().filter(shop_id=shop.id)
    if before := frame.before(visit):
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(MOST + 1)
    context = {
        "shop": shop,
        "kind": words.KINDS[shop.kind][0],
        "exempt": words.EXEMPT.get(shop.kind, ""),
        "cards": await showing.cards(found[:MOST], {visit.here.id: home(visit)}, {}),
        "older": found[MOST - 1].id if len(found) > MOST else 0,
        "sells": checking.sells(shop),
        "ended": checking.ended(shop, moments.today()),
        "vouches": await frame.endorsed([shop.id], []),
        "levels": words.LEVELS,
        "day_of": moments.day,
        "tick": timedelta(seconds=1),
        "mine": mine,
        "may_oversee": visit.may(OVERSEE),
    }
    return await visit.render("market/front.html", context)


async def sanctions(visit: Visit) -> Response:
    """Shops that are closed and goods that were taken off by the office now. Lifted, they are gone from here."""
    shops = await Shop.filter(state="barred").order_by("-id").limit(MOST_LISTED)
    goods = await Good.filter(state="banned").order_by("-id").limit(MOST_LISTED)
    rows = [(_("停了店"), one.name, one.judged_on, one.reason) for one in shops]
    rows += [(_("下了架"), one.title, one.judged_on, one.reason) for one in goods]
    return await visit.render("market/sanctions.html", {"rows": rows})


PAGES = (
    Page(path="/shops/{key}", view=front, to=EVERYONE, name="front"),
    Page(path="/sanctions", view=sanctions, to=EVERYONE, name="sanctions"),
)
