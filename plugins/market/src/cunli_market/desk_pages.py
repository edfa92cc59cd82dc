"""The seller's desk: what is to be packed, labels, what came in. And what the office does with shops and goods."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit, csv_answer, reveal, unit
from cunli import gettext as _

from . import checking, frame, moments, reviewing, selling, statement, sums, words
from .frame import good_at, home, missing
from .models import ADDRESS, RECEIVER, RECEIVER_PHONE, Good, Line, Order, Refund, Review, Shop
from .order_pages import rows_of, seen
from .rights import OVERSEE, SELL
from .showing import sizes_of
from .states import Who

MOST = 50
MOST_BACK = 2000  # open refunds of a village
PARTS = (
    (_("买家说转了钱，看看户头"), ("claimed", "contested", "late")),
    (_("要装的"), ("paid", "on_cash")),
    (_("装好了，要送的"), ("packed",)),
    (_("等钱到账"), ("placed",)),
    (_("在路上"), ("sent",)),
    (_("村里在评理"), ("disputed",)),
)


async def desk(visit: Visit) -> Response:
    """What a shop has to do today."""
    shop = await frame.own_shop(visit)
    if shop is None:
        return visit.redirect(f"{home(visit)}/shop")
    urls = {visit.here.id: home(visit)}
    orders = (
        await Order.filter(shop_id=shop.id, state__in=[state for _label, states in PARTS for state in states])
        .order_by("placed_at", "id")  # by id alone SQLite goes through all orders of the village
        .limit(200)
    )
    rows = await rows_of(orders, urls, state=words.seller_state)
    asked, owed = await _money_back(shop)
    goods = await Good.filter(shop_id=shop.id).order_by("-id").limit(MOST)
    sizes = await sizes_of([one.id for one in goods], closed=True)
    context = {
        "shop": shop,
        "ended": checking.ended(shop, moments.today()),
        "due": checking.due(shop),
        "rests": checking.rests(shop, moments.today()),
        "parts": [(label, [row for row in rows if row.order.state in states]) for label, states in PARTS],
        "asked": asked,
        "owed": owed,
        "goods": [(one, sizes.get(one.id, []), frame.money(one.from_fen)) for one in goods],
        "month": await statement.month(shop.id, moments.today()),
        "money": frame.money,
        "number": statement.number,
        "kind": words.KINDS[shop.kind][0],
    }
    return await visit.render("market/desk.html", context)


async def _money_back(shop: Shop) -> tuple[int, int]:
    """How many ask for money back, and how much was agreed that the shop has to hand back itself. The few refunds that are open
    lead to their orders: asked in one question, PostgreSQL goes through all orders of the shop."""
    rows = Refund.filter(state__in=("asked", "agreed")).order_by("state", "at").limit(MOST_BACK)
    found = await rows.values_list("order_id", "state")
    ways = dict(
        await Order.filter(id__in={order for order, _state in found}, shop_id=shop.id).values_list("id", "way")
        if found
        else []
    )
    asked = sum(state == "asked" and order in ways for order, state in found)
    return asked, sum(state == "agreed" and ways.get(order, "online") != "online" for order, state in found)


async def label(visit: Visit) -> Response:
    """The label of one parcel, for the printer. The address is opened for it, and that is written down."""
    it = await seen(visit)
    if Who.SELLER not in it.roles or it.order.state not in ("paid", "on_cash", "packed", "sent"):
        raise missing()
    name, phone, address = await _opened(it.order, visit.me.id)
    context = {
        "order": it.order,
        "number": statement.number,
        "shop": it.shop,
        "to": (name, phone, address),
        "lines": await Line.filter(order_id=it.order.id).order_by("id"),
        "units": words.UNITS,
        "delivery": words.DELIVERIES[it.order.delivery],
        "way": words.WAYS[it.order.way],
        "total": frame.money(it.order.total_fen),
        "address": visit.absolute(it.url),
    }
    return await visit.render("market/label.html", context)


@unit
async def _opened(order: Order, reader_id: int) -> tuple[str, ...]:
    sealed = ((RECEIVER, order.receiver), (RECEIVER_PHONE, order.phone), (ADDRESS, order.address))
    there = [one.masked(value, order.key) for one, value in sealed if value]
    found = iter(await reveal(*there, actor=reader_id, village=order.village_id, object=("order", order.id)))
    return tuple(next(found) if value else "" for _one, value in sealed)


async def money_page(visit: Visit) -> Response:
    """What came in, what went back, what the shop has and what it is owed, month by month."""
    shop = await frame.own_shop(visit)
    if shop is None:
        return visit.redirect(f"{home(visit)}/shop")
    return await _money(visit, shop, Form.blank(period=f"{moments.today():%Y-%m}"))


async def _money(visit: Visit, shop: Shop, form: Form, *, status: int = 200) -> Response:
    months = await statement.months(shop.id, moments.today())
    context = {
        "shop": shop,
        "form": form,
        "periods": [(one, one) for one in _periods()],
        "months": months,
        "money": frame.money,
        "owed": await statement.owed(shop.id),
    }
    return await visit.render("market/money.html", context, status=status)


def _periods() -> list[str]:
    """What a statement can be had of: the last twelve months, and as many years as trade data are kept (电商法 31)."""
    today = moments.today()
    months = [sums.month_of(first) for first in statement.firsts(today, 12)]
    return [*months, *(f"{today.year - n:04d}" for n in range(4))]


async def money_table(visit: Visit) -> Response:
    """The settlement statement for the accountant: one row for each order that was settled, and the sum."""
    shop = await frame.own_shop(visit)
    if shop is None:
        raise missing()
    form = await visit.form()
    period = form.choice("period", _("哪段时间"), _periods())
    if not form:
        return await _money(visit, shop, form, status=422)
    rows = await statement.rows(shop.id, period)
    return csv_answer(f"对账单 {period}", statement.HEAD, rows)


async def judge(visit: Visit) -> Response:
    """The office takes a good off, or bars a shop; or lets it back."""
    good = await good_at(visit, visit.path_params["key"])
    form = await visit.form()
    what = form.choice("do", _("做什么"), ("ban", "allow", "bar", "open"))
    reason = form.text("reason", _("为什么"), required=what in ("ban", "bar"), max_length=200)
    back = f"{home(visit)}/goods/{good.key}"
    if not form:
        return visit.redirect(back, toast=_("下架和停店要写原因，买卖双方都看得到"))
    shop = await Shop.get(id=good.shop_id)
    if shop.owner_id == visit.me.id:
        return visit.redirect(back, toast=_("自己的店，请别的干部来管"))

    async def act() -> str:
        if what in ("ban", "allow"):
            await selling.judge_good(good, banned=what == "ban", reason=reason, actor=visit.me.id)
        else:
            await selling.judge_shop(shop, barred=what == "bar", reason=reason, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=_("记下了"))


async def on_review(visit: Visit) -> Response:
    """The shop answers a review, or the office hides its words and says why."""
    good = await good_at(visit, visit.path_params["key"])
    form = await visit.form()
    number = form.integer("review", _("哪一条"), minimum=1, maximum=2_147_483_647)
    found = await Review.get_or_none(id=number, good_id=good.id) if number else None
    what = form.choice("do", _("做什么"), ("answer", "hide"))
    said = form.text("words", _("写什么"), required=True, max_length=200)
    shop = await frame.own_shop(visit)
    mine = shop is not None and shop.id == good.shop_id
    if found is None or (what == "answer" and not mine) or (what == "hide" and (mine or not visit.may(OVERSEE))):
        raise missing()
    back = f"{home(visit)}/goods/{good.key}"
    if not form:
        return visit.redirect(back, toast=_("要写几个字"))

    async def act() -> str:
        if what == "answer":
            await reviewing.answer(found, said)
        else:
            await reviewing.hide(found, said, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=_("记下了"))


PAGES = (
    Page(path="/desk", view=desk, to=SELL, name="desk"),
    Page(path="/orders/{key}/label", view=label, to=SELL, name="label"),
    Page(path="/money", view=money_page, to=SELL, name="money"),
    Page(path="/money", view=money_table, to=SELL, methods=("POST",), name="money_table"),
    Page(path="/goods/{key}/judge", view=judge, to=OVERSEE, methods=("POST",), name="judge"),
    Page(path="/goods/{key}/reviews", view=on_review, to=SELL, methods=("POST",), name="on_review"),
)
