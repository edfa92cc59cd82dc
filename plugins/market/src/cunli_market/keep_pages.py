"""Keeping the goods of a shop: what they are, their sizes, their prices and their stock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from cunli import Form, Page, Visit, photo_body_limit, take_photos
from cunli import gettext as _

from . import forbidden, frame, moments, selling, showing, words
from .frame import good_at, home, missing
from .models import Good, Lot, Shop, Variant
from .rights import SELL
from .selling import MOST_PHOTOS, GoodForm, SizeForm, TooMany
from .settings import FORBIDDEN
from .stock import SoldOut

PHOTO_ACTS = {"first": _("放到最前面了"), "earlier": _("往前放了一位"), "away": _("拿掉了")}
MOST_FEN = 10_000_000
MOST_STOCK = 1_000_000
FAR = timedelta(days=366)  # ahead of the next harvest, not of the one after it


async def _mine(visit: Visit) -> Shop:
    shop = await frame.own_shop(visit)
    if shop is None:
        raise missing()
    return shop


async def good_form(visit: Visit) -> Response:
    shop = await frame.own_shop(visit)
    if shop is None:
        return visit.redirect(f"{home(visit)}/shop", toast=_("先开个店，再上货"))
    return await _good_form(visit, Form.blank(category="fruit", season="year", unit="box", count="1"))


async def _good_form(visit: Visit, form: Form, good: Good | None = None, *, status: int = 200) -> Response:
    shop = await _mine(visit)
    lots = [(str(one.id), _("%(name)s（还有 %(n)s）", name=one.name, n=one.free)) for one in await _lots(shop)]
    context = {
        "form": form,
        "good": good,
        "photos": [(key, f"{home(visit)}/goods/{good.key}/photo/{key}") for key in good.photos] if good else [],
        "most": MOST_PHOTOS - len(good.photos) if good else MOST_PHOTOS,
        "categories": showing.pairs(words.CATEGORIES),
        "seasons": showing.pairs(words.SEASONS),
        "units": showing.pairs(words.UNITS),
        "lots": [("", _("自己的存货")), *lots],
    }
    return await visit.render("market/good_form.html", context, status=status)


async def _lots(shop: Shop) -> list[Lot]:
    return await Lot.filter(shop_id=shop.id).order_by("id").limit(50)


def _read_good(visit: Visit, form: Form) -> GoodForm:
    given = GoodForm(
        title=form.text("title", _("卖什么"), required=True, max_length=30),
        about=form.text("about", _("说说它"), max_length=1000, multiline=True),
        category=form.choice("category", _("哪一类"), words.CATEGORIES),
        season=form.choice("season", _("什么时候有"), words.SEASONS),
        harvested_on=form.date("harvested_on", _("哪天采收"), latest=None),
        origin=form.text("origin", _("谁家的、哪块地的"), max_length=30),
        record=form.text("record", _("生产记录"), max_length=200, multiline=True),
        certificate=form.text("certificate", _("承诺达标合格证号"), max_length=40),
        fresh=form.flag("fresh"),
        helped=form.flag("helped"),
    )
    if form and (why := forbidden.why_not([given.title, given.about], visit.setting(FORBIDDEN))):
        form.error("title", why)  # type: ignore[arg-type]
    return given


async def _read_size(form: Form, shop: Shop) -> SizeForm:
    lots = {str(one.id) for one in await _lots(shop)}
    lot = form.choice("lot", _("从哪批货里出"), lots, required=False)
    return SizeForm(
        name=form.text("size", _("多大一份"), required=True, max_length=20),
        unit=form.choice("unit", _("按什么卖"), words.UNITS),
        fen=form.fen("price", _("一份多少钱"), minimum=1, maximum=MOST_FEN) or 0,
        stock=form.integer("stock", _("有多少"), minimum=0, maximum=MOST_STOCK, required=not lot) or 0,
        lot_id=int(lot) if lot else None,
        ready_on=form.date("ready_on", _("还没采收的，哪天采收"), latest=moments.today() + FAR) if not lot else None,
        per=form.integer("per", _("一份从这批货里出几个"), minimum=1, maximum=1000, required=False) or 1,
    )


async def add_good(visit: Visit) -> Response:
    """On the shelf. A form sent twice puts one there."""
    shop = await _mine(visit)
    form = await visit.form()
    given, size = _read_good(visit, form), await _read_size(form, shop)
    photos = await take_photos(visit, form, owner_id=visit.me.id, most=MOST_PHOTOS) if form else []
    if not form:
        return await _good_form(visit, form, status=422)
    keys = [one.key for one in photos]

    async def act() -> str:
        return f"{home(visit)}/goods/{await selling.add_good(shop, given, size, keys, actor=visit.me.id)}"

    return visit.redirect(await form.once(act), toast=_("上架了"))


async def _own_good(visit: Visit) -> tuple[Good, Shop]:
    shop = await _mine(visit)
    good = await good_at(visit, visit.path_params["key"])
    if good.shop_id != shop.id:
        raise missing()
    return good, shop


async def edit_form(visit: Visit) -> Response:
    good, _shop = await _own_good(visit)
    names = ("title", "about", "category", "season", "origin", "record", "certificate", "fresh", "helped")
    said = {name: getattr(good, name) for name in names}
    harvested = good.harvested_on.isoformat() if good.harvested_on else ""
    form = Form.blank(**said, harvested_on=harvested, on=good.state != "off")
    return await _good_form(visit, form, good)


async def edit_good(visit: Visit) -> Response:
    good, _shop = await _own_good(visit)
    form = await visit.form()
    given, on = _read_good(visit, form), form.flag("on")
    if len(form.files("photos")) + len(good.photos) > MOST_PHOTOS:
        form.error("photos", _("一样货最多 %(n)s 张照片，先拿掉几张", n=MOST_PHOTOS))
    photos = await take_photos(visit, form, owner_id=visit.me.id, most=MOST_PHOTOS) if form else []
    if not form:
        return await _good_form(visit, form, good, status=422)
    keys = [one.key for one in photos]

    async def act() -> str:
        await selling.change_good(good, given, keys, on=on, actor=visit.me.id)
        return f"{home(visit)}/goods/{good.key}"

    try:
        return visit.redirect(await form.once(act), toast=_("改好了"))
    except TooMany:
        form.error("photos", _("一样货最多 %(n)s 张照片，先拿掉几张", n=MOST_PHOTOS))
        return await _good_form(visit, form, good, status=422)


async def arrange_photo(visit: Visit) -> Response:
    """One photo to the front, one place on, or away. The good stays in the shop's hands alone."""
    good, _shop = await _own_good(visit)
    form = await visit.form()
    photo = form.choice("photo", _("哪张照片"), good.photos)
    how = form.choice("do", _("做什么"), PHOTO_ACTS)
    back = f"{home(visit)}/goods/{good.key}/edit"
    if not form:
        return visit.redirect(back, toast=_("这张照片已经不在了"))

    async def act() -> str:
        await selling.arrange_photo(good, photo, how, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=PHOTO_ACTS[how])


async def stock_form(visit: Visit) -> Response:
    return await _stock(visit, Form.blank(unit="box", per="1"))


async def _stock(visit: Visit, form: Form, *, status: int = 200) -> Response:
    good, shop = await _own_good(visit)
    variants = await Variant.filter(good_id=good.id).order_by("fen", "id")
    lots = {one.id: one for one in await _lots(shop)}
    sizes = [(one, lots.get(one.lot_id), frame.money(one.fen)) for one in variants]
    context = {
        "form": form,
        "good": good,
        "sizes": sizes,
        "mine": [lots[one] for one in dict.fromkeys(variant.lot_id for variant in variants) if one in lots],
        "units": showing.pairs(words.UNITS),
        "lots": [("", _("自己的存货")), *((str(one.id), one.name) for one in lots.values())],
    }
    return await visit.render("market/stock.html", context, status=status)


async def change_stock(visit: Visit) -> Response:
    """More came in, some went bad, another price, another size."""
    good, shop = await _own_good(visit)
    form = await visit.form()
    acts = {"count": _counted, "price": _priced, "size": _sized, "harvest": _harvested}
    what = form.choice("do", _("做什么"), acts)
    act = await acts[what](visit, form, good, shop) if form else None
    if not form or act is None:
        return await _stock(visit, form, status=422)
    try:
        url = await form.once(act)
    except SoldOut:
        form.error("amount", _("没有这么多可以减：买家订了的、篮子里的减不掉"))
        return await _stock(visit, form, status=422)
    return visit.redirect(url, toast=_("记下了"))


async def _counted(visit: Visit, form: Form, good: Good, shop: Shop) -> Any:
    lots = {str(one.id) for one in await _lots(shop)}
    lot = form.choice("lot_id", _("哪批货"), lots)
    amount = form.integer("amount", _("加多少或减多少"), minimum=-MOST_STOCK, maximum=MOST_STOCK)
    reason = form.text("reason", _("为什么"), max_length=80, required=amount is not None and amount < 0)

    async def act() -> str:
        await selling.count_lot(int(lot), shop, amount or 0, reason, actor=visit.me.id)
        return f"{home(visit)}/goods/{good.key}/stock"

    return act if form and amount else None


async def _priced(visit: Visit, form: Form, good: Good, shop: Shop) -> Any:
    ids = {str(one.id) for one in await Variant.filter(good_id=good.id)}
    variant = form.choice("variant", _("哪一份"), ids)
    fen = form.fen("new_price", _("一份多少钱"), minimum=1, maximum=MOST_FEN)
    open_ = not form.flag("closed")

    async def act() -> str:
        await selling.change_size(good, int(variant), fen=fen or 0, open_=open_, actor=visit.me.id)
        return f"{home(visit)}/goods/{good.key}/stock"

    return act


async def _harvested(visit: Visit, form: Form, good: Good, shop: Shop) -> Any:
    lots = {str(one.id) for one in await _lots(shop) if one.ready_on}
    lot = form.choice("ahead", _("哪批货"), lots)
    day = form.date("new_day", _("改到哪天采收"), required=True, latest=moments.today() + FAR)

    async def act() -> str:
        if day is not None:
            await selling.move_harvest(int(lot), shop, day, actor=visit.me.id, url=home(visit))
        return f"{home(visit)}/goods/{good.key}/stock"

    return act


async def _sized(visit: Visit, form: Form, good: Good, shop: Shop) -> Any:
    size = await _read_size(form, shop)

    async def act() -> str:
        await selling.add_size(good, size, actor=visit.me.id)
        return f"{home(visit)}/goods/{good.key}/stock"

    return act


PAGES = (
    Page(path="/new", view=good_form, to=SELL, name="good_form"),
    Page(
        path="/new",
        view=add_good,
        to=SELL,
        methods=("POST",),
        name="add_good",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
    Page(path="/goods/{key}/edit", view=edit_form, to=SELL, name="edit_form"),
    Page(
        path="/goods/{key}/edit",
        view=edit_good,
        to=SELL,
        methods=("POST",),
        name="edit_good",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
    Page(path="/goods/{key}/photos", view=arrange_photo, to=SELL, methods=("POST",), name="arrange_photo"),
    Page(path="/goods/{key}/stock", view=stock_form, to=SELL, name="stock_form"),
    Page(path="/goods/{key}/stock", view=change_stock, to=SELL, methods=("POST",), name="change_stock"),
)
