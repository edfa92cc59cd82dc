"""The inbox. Opening a message is a form, because it changes what counts as read."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from cunli.notify import actions, channels, choices, queries
from cunli.web import SIGNED_IN, Page, Visit
from cunli.web.errors import NotFound
from cunli.web.forms import Form
from cunli.web.i18n import LazyText, _
from cunli.web.safe_url import same_site_path


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


async def inbox(visit: Visit) -> Response:
    """A person's messages, newest first."""
    messages, newest, older = await queries.inbox(
        visit.site.registry, visit.me.id, _number(visit.query.get("before", ""))
    )
    context = {
        "messages": messages,
        "older_url": f"/inbox?before={older}" if older else "",
        "newest": newest,
        "any_unread": any(not message.read for message in messages) or visit.me.unread_count > 0,
    }
    return await visit.render("notify/inbox.html", context)


async def go(visit: Visit) -> Response:
    """Open one message: it counts as read, and leads to what it is about."""
    message = await queries.message(visit.site.registry, _number(visit.path_params["id"]), visit.me.id)
    if message is None:
        raise NotFound
    await actions.mark_read(message.id, visit.me.id)
    return RedirectResponse(same_site_path(message.url, "/inbox"), 303)


async def seen(visit: Visit) -> Response:
    """全部看过: everything up to the newest message that was on the page."""
    form = await visit.form()
    await actions.mark_all_read(visit.me.id, _number(form.raw("up_to")))
    return visit.redirect("/inbox")


HOURS: Final = tuple((str(hour), f"{hour}:00") for hour in range(24))
NAMES: Final[dict[str, LazyText]] = {"wechat": _("微信"), "email": _("电子邮件"), "console": _("服务器的屏幕")}


async def reminders(visit: Visit) -> Response:
    """消息提醒: by which ways, and when not."""
    return await _reminders(visit, Form.blank())


async def _reminders(visit: Visit, form: Form, *, status: int = 200) -> Response:
    choice = (await choices.of([visit.me.id])).get(visit.me.id, choices.Choice())
    context = {
        "form": form,
        "channels": [(name, NAMES.get(name, name)) for name in channels.in_use() if name != "email" or visit.me.roles],
        "by_mail": "email" in channels.in_use() and bool(visit.me.roles),
        "on": ",".join(name for name in channels.in_use() if name not in choice.off),
        "quiet": choice.quiet,
        "hours": HOURS,
    }
    return await visit.render("notify/reminders.html", context, status=status)


async def save_reminders(visit: Visit) -> Response:
    """Keep what was chosen. Ways that are not in use now keep what was chosen for them."""
    form = await visit.form()
    on = form.keys("on", most=20)
    begins = form.integer("begins", _("几点起不打扰"), minimum=0, maximum=23)
    ends = form.integer("ends", _("到几点"), minimum=0, maximum=23)
    if not form or begins is None or ends is None:
        return await _reminders(visit, form, status=422)
    before = (await choices.of([visit.me.id])).get(visit.me.id, choices.Choice())
    used = frozenset(channels.in_use())
    off = (before.off - used) | (used - frozenset(on))
    await choices.choose(visit.me.id, choices.Choice(off=off, quiet=(begins, ends)))
    return visit.redirect("/me/messages", toast=_("改好了"))


PAGES: Final = (
    Page(path="/me/messages", view=reminders, to=SIGNED_IN, scope="county", name="reminders"),
    Page(path="/me/messages", view=save_reminders, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/inbox", view=inbox, to=SIGNED_IN, scope="county", name="inbox"),
    Page(path="/inbox/{id}/go", view=go, to=SIGNED_IN, methods=("POST",), scope="county", name="inbox-go"),
    Page(path="/inbox/seen", view=seen, to=SIGNED_IN, methods=("POST",), scope="county", name="inbox-seen"),
)
