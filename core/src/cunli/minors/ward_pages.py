"""A guardian's pages: answering for a child with its code, seeing what is held, taking it along, taking consent back, erasing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.responses import Response

from cunli.care import looks
from cunli.minors import actions, queries
from cunli.minors.actions import MINE, WARDS, NotTheirs
from cunli.minors.pages import text_lines
from cunli.minors.queries import MinorNow
from cunli.minors.words import WHY_NOT
from cunli.notify.actions import tell
from cunli.own_data import actions as own
from cunli.own_data import asking, pages
from cunli.own_data import queries as own_queries
from cunli.own_data.actions import NotNow
from cunli.people import roster
from cunli.people.codes import TooOften
from cunli.people.words import STATES
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import NotFound, Refused, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.visit import Visit

TRIES: Final = Limit(name="guardian codes tried per person", most=10, seconds=900)


async def show(visit: Visit) -> Response:
    """The children somebody answers for, and the form for another one."""
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    context: dict[str, Any] = {
        "form": form,
        "wards": await queries.wards_of(visit.me.id),
        "lines": text_lines(),
        "verified": bool(await queries.homes(visit.me.id)),
    }
    return await visit.render("minors/wards.html", context, status=status)


async def answer_for(visit: Visit) -> Response:
    """Agree for a child whose code one has."""
    form = await visit.form()
    code = form.text("code", _("孩子手机上的八位数码"), required=True, max_length=12).replace(" ", "")
    if not form.flag("agree"):
        form.error("agree", _("看完说明，同意的话在这里打勾"))
    if not form:
        return await _show(visit, form, status=422)
    if wait := await limits.take((TRIES, str(visit.me.id))):
        raise TooMany(wait)

    async def act() -> str:
        found = await actions.answer_for(visit.me.id, code)
        return WARDS if found is not None else ""

    try:
        back = await form.once(act)
    except NotTheirs as exc:
        form.error("code", WHY_NOT[exc.why])
        return await _show(visit, form, status=422)
    if not back:
        form.error("code", _("没有这个数码，或者过了期。让孩子在“我的 · 监护人”里看一下现在的"))
        return await _show(visit, form, status=422)
    return visit.redirect(back, toast=_("登记好了，告诉孩子了"))


async def ward(visit: Visit) -> Response:
    """What is held about a child: where it belongs, who looked, the archive, and what can be done."""
    key, child = await _ward(visit)
    context: dict[str, Any] = {
        "key": key,
        "child": child,
        "villages": await roster.villages_of(child.person_id),
        "states": STATES,
        "parts": asking.parts(visit.site.registry),
        "looks": await looks.looks_at(child.person_id),
        "archive": await own_queries.archive_of(child.person_id),
        "closing": await own_queries.closing_of(child.person_id),
        "guardians": await queries.guardians_of(child.person_id),
        "lines": text_lines(),
    }
    return await visit.render("minors/ward.html", context)


async def _ward(visit: Visit) -> tuple[str, MinorNow]:
    key = visit.path_params["key"][:22]
    child = await queries.ward(visit.me.id, key)
    if child is None:
        raise NotFound
    return key, child


async def _done(visit: Visit, work: Callable[[str, MinorNow], Awaitable[None]], *, away: bool = False) -> str:
    key, child = await _ward(visit)
    form = await visit.form()

    async def act() -> str:
        await work(key, child)
        return WARDS if away else f"{WARDS}/{key}"

    try:
        return await form.once(act)
    except NotTheirs:
        raise NotFound from None
    except NotNow:
        text = _("已经申请过注销了，什么也没有改动。")
        ways = (WayOut(label=_("回去看看"), url=f"{WARDS}/{key}"),)
        raise Refused(409, _("这件事没办成"), text, ways=ways) from None


async def export(visit: Visit) -> Response:
    """Have an archive of a child's data made."""
    _key, child = await _ward(visit)
    try:
        await own.count_request(child.person_id)
    except TooOften as exc:
        raise TooMany(exc.seconds, _("一天最多要三次。已经做好的还能下载。")) from None

    async def work(key: str, child: MinorNow) -> None:
        await own.request_export(child.person_id, actor=visit.me.id)

    return visit.redirect(await _done(visit, work), toast=_("正在准备，好了会在“消息”里告诉你"))


async def download(visit: Visit) -> Response:
    """The archive, to a guardian."""
    _key, child = await _ward(visit)
    return await pages.archive_for(child.person_id, guardian=visit.me.id)


async def consent(visit: Visit) -> Response:
    """Take consent back, or give it again."""
    form = await visit.form()
    again = form.raw("do") == "give"

    async def work(key: str, child: MinorNow) -> None:
        await (actions.agree_again if again else actions.take_back)(visit.me.id, key)

    back = await _done(visit, work)
    return visit.redirect(back, toast=_("记下了，谢谢") if again else _("撤回了，孩子的账号现在只能看"))


async def erase(visit: Visit) -> Response:
    """Close a child's account in fifteen days, with all it wrote; under fourteen, consent ends at once."""

    async def work(key: str, child: MinorNow) -> None:
        await own.request_erasure(child.person_id, remove=True, actor=visit.me.id)
        if child.consented and child.age is child.age.CHILD:
            await actions.take_back(visit.me.id, key)
        await tell(child.person_id, "guardian.closing", url=MINE)

    return visit.redirect(await _done(visit, work), toast=_("记下了，15 天内随时可以撤回"))


async def keep(visit: Visit) -> Response:
    """Take the closing of a child's account back."""

    async def work(key: str, child: MinorNow) -> None:
        await own.withdraw_erasure(child.person_id, actor=visit.me.id)

    return visit.redirect(await _done(visit, work), toast=_("不注销了"))


async def step_back(visit: Visit) -> Response:
    """Answer for a child no longer."""

    async def work(key: str, child: MinorNow) -> None:
        await actions.step_back(visit.me.id, key)

    return visit.redirect(await _done(visit, work, away=True), toast=_("你不再是这个孩子的监护人"))


_ONE: Final = f"{WARDS}/{{key}}"
PAGES: Final = (
    Page(path=WARDS, view=show, to=SIGNED_IN, scope="county", name="wards"),
    Page(path=WARDS, view=answer_for, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=_ONE, view=ward, to=SIGNED_IN, scope="county"),
    Page(path=f"{_ONE}/export", view=export, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{_ONE}/download", view=download, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{_ONE}/consent", view=consent, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{_ONE}/erase", view=erase, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{_ONE}/keep", view=keep, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{_ONE}/end", view=step_back, to=SIGNED_IN, methods=("POST",), scope="county"),
)
