"""What everybody meets: the shelf of a village, the bazaar of the county, one good, its poster."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from cunli import EVERYONE, SIGNED_IN, Form, Limit, Page, Reach, Visit, count_try, send_photo
from cunli import gettext as _

from . import basket, checking, finding, frame, mediating, moments, sharing, showing, words
from .basket import BasketFull, NotForSale
from .frame import good_at, home, missing
from .models import SHOP_PHONE, Good, Order, Share, Shop
from .rights import OVERSEE, SELL, SHARE
from .stock import SoldOut

MOST = 24
SORTS = {"new": _("新上的"), "cheap": _("便宜的在前"), "dear": _("贵的在前")}
ORDERS = {"new": ("-id",), "cheap": ("from_fen", "id"), "dear": ("-from_fen", "-id")}  # as their index stands
PRICES = {"20": (0, 2000), "50": (2000, 5000), "100": (5000, 10000), "more": (10000, 1_000_000_000)}
CALLING = Limit(name="call", most=20, seconds=86400)


async def shelf(visit: Visit) -> Response:
    """What this village sells."""
    goods = await checking.on_sale().order_by("-id").limit(MOST + 1)
    context = {
        "cards": await showing.cards(goods[:MOST], {visit.here.id: home(visit)}, {}),
        "more": len(goods) > MOST,
        "shop": await frame.own_shop(visit),
        "may_sell": visit.may(SELL),
        "may_oversee": visit.may(OVERSEE),
        "waiting": await _waiting() if visit.may(OVERSEE) else 0,
        "baskets": await _in_basket(visit),
    }
    return await visit.render("market/shelf.html", context)


async def _waiting() -> int:
    """How many orders of this village wait for its office."""
    return await Order.filter(state__in=mediating.WAITING).count()


async def _in_basket(visit: Visit) -> int:
    if visit.person is None:
        return 0
    with (await frame.county(visit)).rows():
        return len(await basket.of(visit.person.id))


async def bazaar(visit: Visit) -> Response:
    """What the villages of the county sell, with what one looks for."""
    everywhere = await frame.bazaar(visit)
    asked = {
        name: visit.query.get(name, "").strip()[:30] for name in ("q", "cat", "village", "season", "price", "sort")
    }
    page = visit.query.get("page", "0")
    start = int(page) * MOST if page.isdecimal() and len(page) < 4 else 0
    reached = _of_village(everywhere, asked["village"])
    with reached.rows():
        rows = await finding.titled(_filtered(asked), asked["q"])
        goods = await rows.order_by(*ORDERS.get(asked["sort"], ORDERS["new"])).offset(start).limit(MOST + 1)
        names = {one.id: one.name for one in everywhere.villages}
        cards = await showing.cards(goods[:MOST], frame.urls(everywhere), names)
    context = {
        "cards": cards,
        "asked": asked,
        "categories": showing.pairs(words.CATEGORIES),
        "seasons": showing.pairs(words.SEASONS),
        "villages": [(one.url.rsplit("/", 1)[-1], one.name) for one in everywhere.villages],
        "sorts": showing.pairs(SORTS),
        "next": start // MOST + 1 if len(goods) > MOST else 0,
    }
    return await visit.render("market/bazaar.html", context)


def _of_village(everywhere: Reach, slug: str) -> Reach:
    chosen = tuple(one for one in everywhere.villages if one.url.rsplit("/", 1)[-1] == slug)
    return Reach(chosen) if chosen else everywhere


def _filtered(asked: dict[str, str]):  # type: ignore[no-untyped-def] # noqa: ANN202 the query set of the ORM has no public type
    rows = checking.on_sale()
    if asked["cat"] in words.CATEGORIES:
        rows = rows.filter(category=asked["cat"])
    if asked["season"] in words.SEASONS:
        rows = rows.filter(season=asked["season"])
    if asked["price"] in PRICES:
        low, high = PRICES[asked["price"]]
        rows = rows.filter(from_fen__gte=low, from_fen__lt=high)
    return rows


async def good(visit: Visit) -> Response:
    """One good. What is not sold any more is shown to its shop and the office; to others is said that it is gone."""
    return await _good(visit, Form.blank())


async def _good(visit: Visit, form: Form, *, status: int = 200) -> Response:
    found = await good_at(visit, visit.path_params["key"])
    whole = await showing.whole(found, home(visit), visit.here.name)
    if not _may_see(visit, found, whole.shop):
        return await visit.render("market/gone.html", {"banned": found.state == "banned"}, status=404)
    mine = visit.person is not None and whole.shop.owner_id == visit.person.id
    context = {
        "it": whole,
        "form": form,
        "mine": mine,
        "via": visit.query.get("via", "")[:22],
        "may_share": visit.may(SHARE),
        **await _told(visit, found, whole.url),
        "may_oversee": visit.may(OVERSEE),
        "season": words.SEASONS.get(found.season, ""),
        "levels": words.LEVELS,
        "day_of": moments.day,
        "tick": timedelta(seconds=1),  # an endorsement is over at midnight: the day before is its last one
        "can_buy": found.state == "on" and checking.sells(whole.shop) and not mine,
        "ended": checking.ended(whole.shop, moments.today()),
        "baskets": await _in_basket(visit),
    }
    return await visit.render("market/good.html", context, status=status)


async def _told(visit: Visit, found: Good, url: str) -> dict[str, object]:
    """The link of one's own where one told others of this good, and what it brought."""
    share = await Share.get_or_none(good_id=found.id, person_id=visit.person.id) if visit.person else None
    if share is None:
        return {"link": "", "brought": 0}
    link = visit.absolute(f"{url}?via={share.key}")
    return {"link": link, "brought": await sharing.brought(found, share.person_id)}


def _may_see(visit: Visit, found: Good, shop: Shop) -> bool:
    """What cannot be bought is there for its shop and the office only: the page, its photos, its poster."""
    mine = visit.person is not None and shop.owner_id == visit.person.id
    return (found.state == "on" and checking.sells(shop)) or mine or visit.may(OVERSEE)


async def take(visit: Visit) -> Response:
    """Into the basket. What is there is held for a quarter of an hour."""
    found = await good_at(visit, visit.path_params["key"])
    form = await visit.form()
    sizes = (await showing.sizes_of([found.id])).get(found.id, [])
    size = form.choice("size", _("买多少"), [str(one.id) for one in sizes])
    count = form.integer("count", _("几份"), minimum=1, maximum=basket.MOST_COUNT)
    via = form.text("via", _("谁转来的"), max_length=22)
    shop = await Shop.get(id=found.shop_id)
    if shop.owner_id == visit.me.id:
        form.error("size", _("这是你自己店里的货"))
    if not form or count is None:
        return await _good(visit, form, status=422)
    share = await Share.get_or_none(key=via, good_id=found.id) if via else None
    friend = share.person_id if share else None

    async def act() -> str:
        await basket.put(visit.me.id, int(size), count, friend_id=friend)
        return f"{home(visit)}/basket"

    try:
        url = await form.once(act)
    except SoldOut:
        form.error("count", _("没有这么多了，请少买一点，或者过一会儿再看"))
    except NotForSale:
        form.error("size", _("这一样现在不卖了，请看看别的"))
    except BasketFull:
        form.error("size", _("篮子满了，先把里面的买了"))
    else:
        return visit.redirect(url, toast=_("放进篮子了，给你留 15 分钟"))
    return await _good(visit, form, status=422)


async def call(visit: Visit) -> Response:
    """The seller's number, for whoever signed in: asked for, written down, and not too often."""
    found = await Shop.get_or_none(key=visit.path_params["key"])
    if found is None or not found.phone:
        raise missing()
    if not checking.sells(found) and not await Order.filter(shop_id=found.id, buyer_id=visit.me.id).exists():
        raise missing()  # who ordered there reaches it also while it rests
    await visit.form()
    if await count_try(CALLING, visit.me.id):
        return visit.redirect(f"{home(visit)}/goods", toast=_("今天问的电话太多了，明天再来"))
    phone = await frame.opened(SHOP_PHONE, found.phone, found, about="shop", reader=visit.me.id)
    return await visit.render("market/call.html", {"shop": found, "phone": phone})


async def photo(visit: Visit) -> Response:
    found = await good_at(visit, visit.path_params["key"])
    key = visit.path_params["photo"]
    if key not in found.photos:
        raise missing()
    if not _may_see(visit, found, await Shop.get(id=found.shop_id)):
        raise missing()
    return await send_photo(visit, key, "thumb" if visit.query.get("size") == "thumb" else "large")


async def poster(visit: Visit) -> Response:
    """One sheet of A4 for the wall: what it is, what it costs, and a code that leads here."""
    found = await good_at(visit, visit.path_params["key"])
    whole = await showing.whole(found, home(visit), visit.here.name)
    if not _may_see(visit, found, whole.shop):
        raise missing()
    share = await Share.get_or_none(good_id=found.id, person_id=visit.me.id)
    address = visit.absolute(whole.url) + (f"?via={share.key}" if share else "")
    return await visit.render("market/poster.html", {"it": whole, "address": address})


PAGES = (
    Page(path="/goods", view=shelf, to=EVERYONE, name="shelf"),
    Page(path="/bazaar", view=bazaar, to=EVERYONE, name="bazaar"),
    Page(path="/goods/{key}", view=good, to=EVERYONE, name="good"),
    Page(path="/goods/{key}/take", view=take, to=SIGNED_IN, methods=("POST",), name="take"),
    Page(path="/goods/{key}/photo/{photo}", view=photo, to=EVERYONE, name="photo"),
    Page(path="/goods/{key}/poster", view=poster, to=SIGNED_IN, name="poster"),
    Page(path="/shops/{key}/call", view=call, to=SIGNED_IN, methods=("POST",), name="call"),
)
