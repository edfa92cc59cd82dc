"""The inbox. Opening a message is a form, because it changes what counts as read."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from cunli.notify import actions, queries
from cunli.web import SIGNED_IN, Page, Visit
from cunli.web.errors import NotFound
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


PAGES: Final = (
    Page(path="/inbox", view=inbox, to=SIGNED_IN, scope="county", name="inbox"),
    Page(path="/inbox/{id}/go", view=go, to=SIGNED_IN, methods=("POST",), scope="county", name="inbox-go"),
    Page(path="/inbox/seen", view=seen, to=SIGNED_IN, methods=("POST",), scope="county", name="inbox-seen"),
)
