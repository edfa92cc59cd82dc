"""The shops of a village, for its office: who has to be looked at again, and when."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _

from . import checking, frame, moments, selling, words
from .frame import home, missing, shop_at
from .models import Shop
from .rights import OVERSEE

MOST = 50


async def shops(visit: Visit) -> Response:
    return await _shops(visit, Form.blank())


async def _shops(visit: Visit, form: Form, *, status: int = 200) -> Response:
    before = frame.before(visit)
    rows = Shop.filter(id__lt=before) if before else Shop.all()
    found = await rows.order_by("-id").limit(MOST + 1)
    today = moments.today()
    context = {
        "form": form,
        "rows": [
            (one, words.KINDS[one.kind][0], checking.due(one), checking.rests(one, today)) for one in found[:MOST]
        ],
        "me": visit.me.id,
        "licensed": words.LICENSED,
        "older": found[MOST - 1].id if len(found) > MOST else 0,
    }
    return await visit.render("market/shops.html", context, status=status)


async def check(visit: Visit) -> Response:
    """Somebody of the office saw the seller, and the licence where there is one. Nobody checks a shop of their own."""
    shop = await shop_at(visit, visit.path_params["key"])
    if shop.owner_id == visit.me.id or shop.owner_id is None:
        raise missing()
    form = await visit.form()
    seen = form.flag("seen")
    until = form.date("until", _("执照到哪天"), latest=None) if shop.kind in words.LICENSED else None
    if not seen:
        form.error("seen", _("当面见过店主、看过证件才能记"))
    if until and until < moments.today():
        form.error("until", _("这张执照已经过期"))
    if not form:
        return await _shops(visit, form, status=422)

    async def act() -> str:
        await checking.checked(shop, until, actor=visit.me.id)
        return f"{home(visit)}/shops"

    return visit.redirect(await form.once(act), toast=_("记下了，一年以后再核对"))


async def judge(visit: Visit) -> Response:
    """The office closes a shop and says why, or lets it open again; nobody does that to a shop of their own."""
    shop = await shop_at(visit, visit.path_params["key"])
    if shop.owner_id == visit.me.id:
        raise missing()
    form = await visit.form()
    what = form.choice("do", _("做什么"), ("bar", "open"))
    reason = form.text("reason", _("为什么"), required=what == "bar", max_length=200)
    back = f"{home(visit)}/shops"
    if not form:
        return visit.redirect(back, toast=_("停店要写原因，大家看得到"))

    async def act() -> str:
        await selling.judge_shop(shop, barred=what == "bar", reason=reason, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=_("记下了"))


PAGES = (
    Page(path="/shops", view=shops, to=OVERSEE, name="shops"),
    Page(path="/shops/{key}/check", view=check, to=OVERSEE, methods=("POST",), name="check"),
    Page(path="/shops/{key}/judge", view=judge, to=OVERSEE, methods=("POST",), name="judge_shop"),
)
