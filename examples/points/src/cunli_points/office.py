"""Pages for the village committee: give points, read the ledger, take back, keep the catalogue."""

from __future__ import annotations

from cunli import Entry, Form, Page, Visit, review_entry
from cunli import gettext as _
from starlette.responses import Response

from . import catalogue, ledger, reading, register
from .rights import EDIT, GIVE, READ
from .settings import FEED, MOST

WHY = {
    "spent": _("这些积分已经花掉了，收不回来"),
    "gone": _("这一笔没有，或者已经收回过了"),
}
LARGEST = 1_000_000


async def giving(visit: Visit) -> Response:
    return await _giving(visit, Form.blank())


async def give(visit: Visit) -> Response:
    """Give points for a deed of the catalogue: its own number of points, or another one."""
    form = await visit.form()
    owners = {owner.key: owner for owner in await register.owners()}
    deeds = {str(deed.id): deed for deed in await catalogue.deeds()}
    who = form.choice("who", _("记给谁"), owners)
    deed = form.choice("deed", _("什么好事"), deeds)
    points = form.integer("points", _("记几分"), minimum=1, maximum=visit.setting(MOST), required=False)
    reason = form.text("reason", _("说明"), max_length=80)
    if form and points is None:
        points = deeds[deed].points
        if points > visit.setting(MOST):
            form.error("points", _("一次最多记 %(n)s 分", n=visit.setting(MOST)))
    if not form or points is None:
        return await _giving(visit, form, status=422)
    owner, what, count = owners[who], deeds[deed].name, points
    reviewed = None
    if visit.setting(FEED):
        entry = Entry(
            kind=ledger.AWARD,
            village_id=visit.here.id,
            author_id=visit.me.id,
            title=f"{owner.name} +{count}",
            body=reason,
            path="/awards",
            data={"who": owner.name, "points": count, "what": what},
        )
        reviewed = await review_entry(entry)
        if reviewed.refused:
            form.error("reason", reviewed.refused)
            return await _giving(visit, form, status=422)

    async def act() -> str:
        await ledger.give(owner, visit.here.id, what, count, reason, visit.me.id, reviewed)
        return f"{visit.here.url}/points/give"

    return visit.redirect(await form.once(act), toast=_("记上了"))


async def _giving(visit: Visit, form: Form, *, status: int = 200) -> Response:
    who = [(owner.key, owner.name) for owner in await register.owners()]
    deeds = [(str(deed.id), _("%(name)s，%(n)s 分", name=deed.name, n=deed.points)) for deed in await catalogue.deeds()]
    context = {"form": form, "owners": who, "deeds": deeds, "most": visit.setting(MOST), "may_edit": visit.may(EDIT)}
    return await visit.render("points/give.html", context, status=status)


async def book(visit: Visit) -> Response:
    return await _book(visit, Form.blank())


async def take_back(visit: Visit) -> Response:
    """Undo a line of the ledger by a line against it."""
    form = await visit.form()
    line = form.integer("entry", _("哪一笔"), minimum=1, maximum=2**31 - 1)
    reason = form.text("reason", _("为什么收回"), required=True, max_length=80)
    if not form or line is None:
        return await _book(visit, form, status=422)

    async def act() -> str:
        await ledger.take_back(line, reason, visit.me.id)
        return f"{visit.here.url}/points/ledger"

    try:
        url = await form.once(act)
    except ledger.Refused as refused:
        form.error("entry", WHY[str(refused)])
        return await _book(visit, form, status=422)
    return visit.redirect(url, toast=_("收回了"))


async def _book(visit: Visit, form: Form, *, status: int = 200) -> Response:
    lines = await reading.ledger()
    undo = [
        (str(one.id), f"{one.who} {one.what} {one.amount:+}") for one in lines if one.kind != "back" and not one.undone
    ]
    context = {"form": form, "lines": lines, "undo": undo, "balances": await reading.balances()}
    return await visit.render("points/ledger.html", {**context, "may_give": visit.may(GIVE)}, status=status)


async def lists(visit: Visit) -> Response:
    return await _lists(visit, Form.blank())


async def change(visit: Visit) -> Response:
    """Add a deed or a good, put more of a good on the shelf, or take something off the lists."""
    form = await visit.form()
    deeds = {f"deed{one.id}": one.id for one in await catalogue.deeds()}
    goods = {f"good{one.id}": one.id for one in await catalogue.goods()}
    do = form.choice("do", _("做什么"), ("deed", "good", "restock", "close"))
    name, price, count, which = "", 0, 0, ""
    if do in {"deed", "good"}:
        name = form.text("name", _("叫什么"), required=True, max_length=20)
        price = form.integer("points", _("几分"), minimum=1, maximum=LARGEST) or 0
    if do in {"good", "restock"}:
        count = form.integer("count", _("几份"), minimum=1, maximum=LARGEST) or 0
    if do in {"restock", "close"}:
        which = form.choice("which", _("哪一样"), goods if do == "restock" else {**deeds, **goods})
    if not form:
        return await _lists(visit, form, status=422)

    async def act() -> str:
        if do == "deed":
            await catalogue.add_deed(name, price)
        elif do == "good":
            await catalogue.add_good(name, price, count)
        elif do == "restock":
            await catalogue.restock(goods[which], count)
        else:
            await catalogue.close(deeds.get(which), goods.get(which))
        return f"{visit.here.url}/points/catalogue"

    return visit.redirect(await form.once(act), toast=_("改好了"))


async def _lists(visit: Visit, form: Form, *, status: int = 200) -> Response:
    context = {"form": form, "deeds": await catalogue.deeds(), "goods": await catalogue.goods()}
    return await visit.render("points/catalogue.html", context, status=status)


PAGES = (
    Page(path="/give", view=giving, to=GIVE, name="giving"),
    Page(path="/give", view=give, to=GIVE, methods=("POST",), name="give"),
    Page(path="/ledger", view=book, to=READ, name="ledger"),
    Page(path="/ledger", view=take_back, to=GIVE, methods=("POST",), name="take_back"),
    Page(path="/catalogue", view=lists, to=EDIT, name="lists"),
    Page(path="/catalogue", view=change, to=EDIT, methods=("POST",), name="change"),
)
