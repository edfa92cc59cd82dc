"""Keeping a shop: what it says of itself; and bringing its goods into the feed."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from cunli import Form, Page, Visit, new_key, review_entry
from cunli import gettext as _

from . import checking, forbidden, frame, selling, sharing, words
from .frame import good_at, home, missing
from .models import SHOP_BANK, SHOP_PHONE, Good, Share, Shop
from .rights import SELL, SHARE
from .selling import ShopForm
from .settings import FORBIDDEN

PHONE = re.compile(r"[0-9+\-]{5,20}")


async def shop_form(visit: Visit) -> Response:
    """Opening a shop, or changing what it says."""
    shop = await frame.own_shop(visit)
    return await _shop_form(visit, shop, Form.blank(**_said(shop, visit.me.id)))


def _said(shop: Shop | None, owner_id: int) -> dict[str, object]:
    if shop is None:
        return {"kind": "own", "cash": "1"}
    plain = {name: getattr(shop, name) for name in ("name", "about", "kind", "licence", "pickup")}
    own = {
        name: sealed.own(value, shop.key, about=owner_id, reader=owner_id) if value else ""
        for name, sealed, value in (("phone", SHOP_PHONE, shop.phone), ("bank", SHOP_BANK, shop.bank))
    }
    fees = {
        name: frame.money(value) if value > 0 or (value == 0 and name.endswith("_fee")) else ""
        for name in ("own_fee", "own_free_from", "courier_fee", "courier_free_from")
        for value in (getattr(shop, name),)
    }
    return {**plain, **own, **fees, "cash": shop.cash, "paused": shop.state == "paused"}


async def _shop_form(visit: Visit, shop: Shop | None, form: Form, *, status: int = 200) -> Response:
    kinds = [(key, label, about) for key, (label, about) in words.KINDS.items()]
    return await visit.render("market/shop_form.html", {"form": form, "shop": shop, "kinds": kinds}, status=status)


async def keep_shop(visit: Visit) -> Response:
    form = await visit.form()
    shop = await frame.own_shop(visit)
    given = _read_shop(form)
    if form and (why := forbidden.why_not([given.name, given.about], visit.setting(FORBIDDEN))):
        form.error("name", why)  # type: ignore[arg-type]
    if not form:
        return await _shop_form(visit, shop, form, status=422)
    paused = form.flag("paused")

    async def act() -> str:
        if shop is None:
            await selling.open_shop(given, visit.me.id)
        else:
            await selling.change_shop(shop, given, paused=paused, actor=visit.me.id)
        return f"{home(visit)}/desk"

    return visit.redirect(await form.once(act), toast=_("店开好了") if shop is None else _("改好了"))


def _read_shop(form: Form) -> ShopForm:
    kind = form.choice("kind", _("卖什么样的货"), words.KINDS)
    phone = form.text("phone", _("店里的电话"), required=True, max_length=20).replace(" ", "")
    if phone and not PHONE.fullmatch(phone):
        form.error("phone", _("电话写成 13812345678 或 0731-1234567 这样"))
    licence = form.text("licence", _("营业执照号"), required=kind in words.LICENSED, max_length=40)
    own, courier = (
        _fee(form, f"{name}_fee", label) for name, label in (("own", _("送货费")), ("courier", _("快递费")))
    )
    pickup = form.text("pickup", _("自取的地方"), max_length=60)
    if form and not pickup and own < 0 and courier < 0:
        form.error("pickup", _("货怎么到买家手里？自取、送货、快递，至少写一样"))
    cash, bank = form.flag("cash"), form.text("bank", _("收款的银行户头"), max_length=100)
    return ShopForm(
        name=form.text("name", _("店名"), required=True, max_length=20),
        about=form.text("about", _("说说你的店"), max_length=500, multiline=True),
        kind=kind,
        licence=licence,
        phone=phone,
        bank=bank,
        pickup=pickup,
        own_fee=own,
        own_free_from=max(0, _fee(form, "own_free_from", _("满多少免送货费"))),
        courier_fee=courier,
        courier_free_from=max(0, _fee(form, "courier_free_from", _("满多少包邮"))),
        cash=cash,
    )


def _fee(form: Form, name: str, label: Any) -> int:
    """Fen, or -1 where nothing was written: then it is not offered."""
    fen = form.fen(name, label, minimum=0, maximum=1_000_000, required=False)
    return -1 if fen is None else fen


async def share(visit: Visit) -> Response:
    """Into the feed of the village, as a card. Whoever buys by it was told by this person."""
    good = await good_at(visit, visit.path_params["key"])
    form = await visit.form()
    said = form.text("words", _("说一句"), max_length=100, multiline=True)
    only_link = form.choice("do", _("做什么"), ("feed", "link"), required=False) == "link"
    if good.state != "on" or not checking.sells(await Shop.get(id=good.shop_id)):
        raise missing()
    if not form:
        return visit.redirect(f"{home(visit)}/goods/{good.key}", toast=_("一句话就好，100 个字以内"))
    if only_link:
        return await _link(visit, form, good)
    there = await Share.get_or_none(good_id=good.id, person_id=visit.me.id)
    key = there.key if there is not None else new_key()
    entry = await sharing.entry(good, home(visit), visit.here.name, said=said, key=key, author_id=visit.me.id)
    reviewed = await review_entry(entry)
    if reviewed.refused:
        return visit.redirect(f"{home(visit)}/goods/{good.key}", toast=reviewed.refused)

    async def act() -> str:
        await sharing.share(good, key, visit.me.id, reviewed)
        return f"{visit.here.url}/"

    return visit.redirect(await form.once(act), toast=_("转到村友圈了"))


async def _link(visit: Visit, form: Form, good: Good) -> Response:
    """A link of one's own, to send to whomever one likes."""

    async def act() -> str:
        await sharing.key_of(good, visit.me.id)
        return f"{home(visit)}/goods/{good.key}"

    return visit.redirect(await form.once(act), toast=_("链接好了，在“告诉别人”里"))


PAGES = (
    Page(path="/shop", view=shop_form, to=SELL, name="shop_form"),
    Page(path="/shop", view=keep_shop, to=SELL, methods=("POST",), name="keep_shop"),
    Page(path="/goods/{key}/share", view=share, to=SHARE, methods=("POST",), name="share"),
)
