"""Pages for villagers: their own points, the latest awards, the shop."""

from __future__ import annotations

from cunli import MEMBER, Form, Page, Sensitive, Visit
from cunli import gettext as _
from starlette.responses import Response

from . import catalogue, ledger, reading, register
from .models import Purse
from .rights import EDIT, GIVE, READ, REDEEM

WHY = {
    "balance": _("积分不够，换不了这一样"),
    "stock": _("这一样刚刚换完了，请挑别的"),
    "gone": _("这一样没有了，请挑别的"),
}


async def _purses(visit: Visit) -> list[tuple[str, Purse]]:
    """The purses that this person may spend from: their own, and that of their household."""
    own = await ledger.purse_of(visit.me.id, None)
    home = await ledger.purse_of(None, await register.household_of(visit.me.id))
    return [(which, purse) for which, purse in (("own", own), ("home", home)) if purse]


async def mine(visit: Visit) -> Response:
    """Balance and history, of oneself and of one's household."""
    books = [(which, purse.balance, await reading.history(purse)) for which, purse in await _purses(visit)]
    rights = {"may_give": visit.may(GIVE), "may_read": visit.may(READ), "may_edit": visit.may(EDIT)}
    context = {"books": books, "may_rank": visit.allows(Sensitive.RANKING), **rights}
    return await visit.render("points/mine.html", context)


async def awards(visit: Visit) -> Response:
    return await visit.render("points/awards.html", {"awards": await reading.awards(50)})


async def ranking(visit: Visit) -> Response:
    """Households by points. A 404 wherever the county's profile does not allow rankings."""
    return await visit.render("points/ranking.html", {"rows": await reading.ranking()})


async def shop(visit: Visit) -> Response:
    return await _shop(visit, Form.blank())


async def redeem(visit: Visit) -> Response:
    """Exchange points for a good. A form sent twice counts once."""
    form = await visit.form()
    purses = dict(await _purses(visit))
    goods = {str(good.id): good for good in await catalogue.goods()}
    good = form.choice("good", _("换什么"), goods)
    which = form.choice("purse", _("用谁的积分"), purses)
    if not form:
        return await _shop(visit, form, status=422)

    async def act() -> str:
        await ledger.redeem(purses[which].id, int(good), visit.me.id)
        return f"{visit.here.url}/points/mine"

    try:
        url = await form.once(act)
    except ledger.Refused as refused:
        form.error("good", WHY[str(refused)])
        return await _shop(visit, form, status=422)
    return visit.redirect(url, toast=_("换好了，请到村委会领"))


async def _shop(visit: Visit, form: Form, *, status: int = 200) -> Response:
    goods = [
        (str(good.id), good.name, _("%(price)s 分，还有 %(stock)s 份", price=good.price, stock=good.stock))
        for good in await catalogue.goods()
    ]
    words = {"own": _("我的"), "home": _("我家的")}
    purses = [(which, words[which], _("有 %(n)s 分", n=purse.balance)) for which, purse in await _purses(visit)]
    context = {"form": form, "goods": goods, "purses": purses, "may_redeem": visit.may(REDEEM)}
    return await visit.render("points/shop.html", context, status=status)


PAGES = (
    Page(path="/mine", view=mine, to=MEMBER, name="mine"),
    Page(path="/awards", view=awards, to=MEMBER, name="awards"),
    Page(path="/ranking", view=ranking, to=MEMBER, name="ranking", sensitive=Sensitive.RANKING),
    Page(path="/shop", view=shop, to=MEMBER, name="shop"),
    Page(path="/shop", view=redeem, to=REDEEM, methods=("POST",), name="redeem"),
)
