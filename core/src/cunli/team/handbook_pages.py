"""The handbook: an official reads and says so; the county publishes, sees who has not read it, reminds, takes the list along."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.console.frame import framed
from cunli.console.ground import Ground, county_ground
from cunli.doors.sheets import csv_answer
from cunli.team import handbook
from cunli.team.handbook import MINE, Reader
from cunli.web.errors import NotFound
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.times import exact
from cunli.web.visit import Visit

PUBLISH: Final = "core.handbook.publish"
HOME: Final = "/admin/handbook"
MOST: Final = 2**31 - 1
BODY_MOST: Final = 20_000


async def mine(visit: Visit) -> Response:
    """The handbook of the official's county, and whether they said that they have read it."""
    if not visit.me.roles:
        raise NotFound
    return await visit.render("team/my_handbook.html", {"books": await handbook.for_official(visit.me.id)})


async def read(visit: Visit) -> Response:
    """The official has read it."""
    form = await visit.form()
    number = form.integer("handbook", _("手册"), minimum=1, maximum=MOST) or 0

    async def act() -> str:
        if not await handbook.acknowledge(visit.me.id, number):
            raise NotFound
        return MINE

    return visit.redirect(await form.once(act), toast=_("记下了，谢谢"))


async def show(visit: Visit) -> Response:
    """Who has read which version, and the form for the next one."""
    ground = await county_ground(visit, PUBLISH)
    newest = await handbook.newest(ground.id)
    blank = Form.blank(title=newest.title, body=newest.body) if newest else Form.blank(title=str(_("管理员手册")))
    return await _show(visit, ground, blank)


async def _show(visit: Visit, ground: Ground, form: Form, *, status: int = 200) -> Response:
    versions = await handbook.versions(ground.id)
    readers = await handbook.readers(ground.id)
    newest = versions[0].version if versions else 0
    context: dict[str, Any] = {
        "form": form,
        "versions": versions,
        "readers": readers,
        "newest": newest,
        "missing": sum(one.version < newest for one in readers),
        "most": BODY_MOST,
    }
    return await framed(visit, "team/handbook.html", context, ground=ground, status=status)


class Unchanged(Exception):
    """The next version would be the present one."""


async def publish(visit: Visit) -> Response:
    """The next version."""
    ground, form = await county_ground(visit, PUBLISH), await visit.form()
    title = form.text("title", _("标题"), required=True, max_length=60)
    body = form.text("body", _("正文"), required=True, max_length=BODY_MOST, multiline=True)

    async def act() -> str:
        newest = await handbook.newest(ground.id)  # in here: a form sent twice is told what came of the first
        if newest is not None and (newest.title, newest.body) == (title, body):
            raise Unchanged
        await handbook.publish(ground.id, visit.me.id, title, body)
        return _back(ground)

    if form:
        try:
            return visit.redirect(await form.once(act), toast=_("发布了，管理员都会收到消息"))
        except Unchanged:
            form.error("body", _("和现在这一版一个字不差，不用再发"))
    return await _show(visit, ground, form, status=422)


def _back(ground: Ground) -> str:
    return f"{HOME}?{ground.query}" if ground.query else HOME


async def remind(visit: Visit) -> Response:
    """Tell those who have not read it, once a day."""
    ground = await county_ground(visit, PUBLISH)
    form = await visit.form()

    async def act() -> str:
        await handbook.remind(ground.id)
        return _back(ground)

    return visit.redirect(await form.once(act), toast=_("没看的都提醒了，一天最多一次"))


async def export(visit: Visit) -> Response:
    """The list of readers as a file; that it was fetched is written down."""
    ground = await county_ground(visit, PUBLISH)
    await visit.form()
    readers = await handbook.readers(ground.id)
    await handbook.note_export(ground.id, visit.me.id, len(readers))
    head = (_("名字"), _("职务"), _("看过第几版"), _("什么时候"))
    return csv_answer("handbook", head, [_cells(one) for one in readers])


def _cells(one: Reader) -> tuple[object, ...]:
    return one.name, one.offices, one.version or "", exact(one.at) if one.at else ""


PAGES: Final = (
    Page(path=MINE, view=mine, to=SIGNED_IN, scope="county", name="my-handbook"),
    Page(path=MINE, view=read, to=SIGNED_IN, scope="county", methods=("POST",)),
    Page(path=HOME, view=show, to=PUBLISH, scope="county", name="handbook"),
    Page(path=HOME, view=publish, to=PUBLISH, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/remind", view=remind, to=PUBLISH, scope="county", methods=("POST",)),
    Page(path=f"{HOME}.csv", view=export, to=PUBLISH, scope="county", methods=("POST",)),
)
