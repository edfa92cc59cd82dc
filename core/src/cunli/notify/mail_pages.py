"""邮箱: an official's e-mail address, confirmed by a code, and what is sent there."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.notify import channels, mail
from cunli.notify.topics import TOPICS
from cunli.provide.chosen import ProviderSlow, patiently
from cunli.provide.email import NoSuchBox, NotCarried, parse_address
from cunli.provide.email_channel import EmailChannel
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web import SIGNED_IN, Page, Visit
from cunli.web.errors import NotFound, TooMany
from cunli.web.forms import Form
from cunli.web.i18n import LazyText, _

HOME: Final = "/me/mail"
CODES: Final = Limit(name="mail codes per person", most=5, seconds=3600)
CODES_A_DAY: Final = Limit(name="mail codes to one person a day", most=12, seconds=24 * 3600)


def _channel(visit: Visit) -> EmailChannel:
    """The way letters go. Missing where the county has none, and for whoever holds no office."""
    found = channels.by_name("email")
    if not isinstance(found, EmailChannel) or not visit.me.roles:
        raise NotFound
    return found


async def show(visit: Visit) -> Response:
    """The address and the topics."""
    _channel(visit)
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    mine = await mail.mail_of(visit.me.id)
    context: dict[str, Any] = {
        "form": form,
        "mine": mine,
        "topics": list(TOPICS.items()),
        "on": ",".join(mine.topics) if mine else "",
    }
    return await visit.render("notify/mail.html", context, status=status)


async def save(visit: Visit) -> Response:
    """Take an address and send a code there."""
    way, form = _channel(visit), await visit.form()
    given = form.text("address", _("邮箱"), required=True, max_length=254)
    address = parse_address(given)
    if given and address is None:
        form.error("address", _("邮箱写得不对，要像 name@example.cn 这样"))
    if not form or address is None:
        return await _show(visit, form, status=422)
    if wait := await limits.take((CODES, str(visit.me.id)), (CODES_A_DAY, str(visit.me.id))):
        raise TooMany(wait)
    code = await mail.begin(visit.me.id, address)
    try:
        await patiently(way.confirm(address, code))
    except (NoSuchBox, NotCarried, ProviderSlow) as exc:
        form.error("address", _not_sent(exc))
        return await _show(visit, form, status=422 if isinstance(exc, NoSuchBox) else 503)
    return visit.redirect(HOME, toast=_("验证码发到邮箱了，半小时内有效"))


def _not_sent(exc: Exception) -> LazyText:
    if isinstance(exc, NoSuchBox):
        return _("邮件服务器说没有这个邮箱，再看看写对没有")
    return _("现在发不出邮件，过几分钟再试。总是这样，请告诉管服务器的人")


async def confirm(visit: Visit) -> Response:
    """The code that came by e-mail."""
    _channel(visit)
    form = await visit.form()
    code = form.text("code", _("邮箱里的六位数码"), required=True, max_length=12).replace(" ", "")
    if form and not await mail.confirm(visit.me.id, code):
        form.error("code", _("数码不对，或者过了时间。再看看邮件，或者重新填邮箱要一个"))
    if not form:
        return await _show(visit, form, status=422)
    return visit.redirect(HOME, toast=_("邮箱确认好了"))


async def choose(visit: Visit) -> Response:
    """Which messages are sent."""
    _channel(visit)
    form = await visit.form()
    await mail.choose(visit.me.id, frozenset(form.keys("on", most=20)))
    return visit.redirect(HOME, toast=_("改好了"))


async def remove(visit: Visit) -> Response:
    """Forget the address."""
    await visit.form()
    await mail.remove(visit.me.id)
    return visit.redirect("/me/messages", toast=_("邮箱删掉了"))


PAGES: Final = (
    Page(path=HOME, view=show, to=SIGNED_IN, scope="county", name="mail"),
    Page(path=HOME, view=save, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{HOME}/confirm", view=confirm, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{HOME}/topics", view=choose, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{HOME}/remove", view=remove, to=SIGNED_IN, methods=("POST",), scope="county"),
)
