"""The wall: one page that shows it, and one that takes its form."""

from __future__ import annotations

from cunli import EVERYONE, Form, Page, Visit
from cunli import gettext as _
from starlette.responses import Response

from . import actions
from .settings import SHOWN

MOST = 80
WRITE = "newplugin.wish.write"


async def wall(visit: Visit) -> Response:
    """The wall of a village."""
    return await _show(visit, Form.blank())


async def write(visit: Visit) -> Response:
    """Write a wish. A form sent twice counts once; one with a mistake comes back with what was typed."""
    form = await visit.form()
    words = form.text("words", _("心愿"), required=True, max_length=MOST)
    if not form:
        return await _show(visit, form, status=422)

    async def put_up() -> str:
        await actions.write(words, visit.me.id)
        return f"{visit.here.url}/newplugin/wishes"

    return visit.redirect(await form.once(put_up), toast=_("挂上去了"))


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    wishes = await actions.newest(visit.setting(SHOWN))
    context = {"form": form, "wishes": wishes, "may_write": visit.may(WRITE), "most": MOST}
    return await visit.render("newplugin/wall.html", context, status=status)


PAGES = (
    Page(path="/wishes", view=wall, to=EVERYONE, name="wall"),
    Page(path="/wishes", view=write, to=WRITE, methods=("POST",), name="write"),
)
