"""Closing one's account: what will happen in plain words, a proof of who asks, and fifteen days to take it back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli.own_data import actions, asking, queries
from cunli.own_data.actions import COOLING, NotNow
from cunli.people import accounts, proving
from cunli.web.errors import Refused, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.visit import Visit

WISHES = {"keep": False, "remove": True}


async def close(visit: Visit) -> Response:
    """What closing the account means, and the form for it."""
    return await _close(visit, Form.blank(posts="keep"))


async def _close(visit: Visit, form: Form, *, status: int = 200, sent: bool = False) -> Response:
    context: dict[str, Any] = {
        "form": form,
        "sent": sent,
        "has_password": await accounts.has_password(visit.me.id),
        "phone": await accounts.own_phone(visit.me.id),
        "closing": await queries.closing_of(visit.me.id),
        "in_office": await actions.in_office(visit.me.id),
        "days": COOLING.days,
        "plugins": [part for part in asking.parts(visit.site.registry) if not part.id.startswith("core.")],
    }
    return await visit.render("own_data/close.html", context, status=status)


async def request_close(visit: Visit) -> Response:
    """Send a code, or close the account in fifteen days; the present password or the code proves who asks."""
    form = await visit.form()
    if form.raw("do") == "send":
        form.choice("posts", _("发过的动态和评论"), WISHES, required=False)
        status = await proving.send_code(visit, form, "close")
        return await _close(visit, form, status=status, sent=status == 200)
    wish = form.choice("posts", _("发过的动态和评论"), WISHES)
    if await actions.in_office(visit.me.id):
        raise _not_now()
    if not form or not await proving.proved(visit, form, "close"):
        return await _close(visit, form, status=422, sent=bool(form.raw("sent")))

    async def act() -> str:
        await actions.request_erasure(visit.me.id, remove=WISHES[wish])
        return "/me/data"

    try:
        back = await form.once(act)
    except NotNow:
        raise _not_now() from None
    return visit.redirect(back, toast=_("记下了，%(days)s 天内随时可以撤回", days=COOLING.days))


def _not_now() -> Refused:
    text = _("你还担任着管理员，先请上面免去职务；或者已经申请过注销了。什么也没有改动。")
    return Refused(409, _("现在还不能注销"), text, ways=(WayOut(label=_("回我的资料"), url="/me/data"),))


async def stay(visit: Visit) -> Response:
    """Take the closing back."""
    form = await visit.form()

    async def act() -> str:
        await actions.withdraw_erasure(visit.me.id)
        return "/me/data"

    return visit.redirect(await form.once(act), toast=_("不注销了，一切照旧"))


PAGES = (
    Page(path="/me/data/close", view=close, to=SIGNED_IN, scope="county", name="close_account"),
    Page(path="/me/data/close", view=request_close, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/data/stay", view=stay, to=SIGNED_IN, methods=("POST",), scope="county"),
)
