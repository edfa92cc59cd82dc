"""What the console does with villages: open one, several or all of a place, close, rename, give another address, note a figure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from cunli.clock import today
from cunli.console import opening, villages
from cunli.console.ground import Ground, ground_of
from cunli.console.navigation import OPEN
from cunli.console.village_pages import EDIT, HOME, TO_OPEN, show_table, show_village, village_ground
from cunli.places import actions
from cunli.places.errors import CannotDo
from cunli.places.names import SLUG_LENGTH
from cunli.places.opening import OpeningReport, close_villages, open_villages, rename_region, set_address
from cunli.places.queries import region_chain
from cunli.places.regions import RegionRow, regions_by_id
from cunli.places.rules import LEVELS, MOST_USERS, SMARTPHONE_USERS
from cunli.places.table import NAME_LENGTH
from cunli.web.errors import BadRequest, NotFound, Refused, Text, WayOut
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

MOST_TICKED: Final = 200


async def several(visit: Visit) -> Response:
    """Open or close the villages that were ticked, all of them or none."""
    ground, form = await ground_of(visit, TO_OPEN), await visit.form()
    do, ids = form.raw("do"), form.keys("village", most=MOST_TICKED)
    if do not in ("open", "close"):
        raise BadRequest
    if not ids:
        form.error(NOTICE_FIELD, _("先在前面打勾，选好要办的村"))
        return await show_table(visit, ground, form)
    regions = await _own(ids, ground)
    act = open_villages if do == "open" else close_villages
    done: list[OpeningReport] = []

    async def carry_out() -> str:
        done.append(await act(regions, actor=visit.me.id, by="web"))
        return f"{HOME}?region={ground.id}"

    try:
        back = await form.once(carry_out)
    except CannotDo as exc:
        raise _refused(exc, f"{HOME}?region={ground.id}") from None
    return visit.redirect(back, toast=_said(done[0]) if done else _("已经办好了"))


async def _own(ids: list[str], ground: Ground) -> list[RegionRow]:
    """The regions with these ids. One that is no village below the ground, and the whole form is nonsense."""
    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 10]
    regions = await regions_by_id(numbers)
    for one in regions:
        if one.level != LEVELS["village"] or ground.id not in await region_chain(one.id):
            raise NotFound
    if len(regions) != len(ids):
        raise NotFound
    return regions


def _said(report: OpeningReport) -> Text:
    if report.closed:
        return _("关闭了 %(n)s 个村，里面的东西都留着", n=len(report.closed))
    opened = len(report.opened) + len(report.reopened)
    return _("开通了 %(n)s 个村", n=opened) if opened else _("本来就是这样，没有要改的")


def _refused(exc: CannotDo, back: str) -> Refused:
    return Refused(409, _("现在办不了"), exc.text, ways=(WayOut(label=_("回村庄表"), url=back),))


async def everything(visit: Visit) -> Response:
    """Open every village below a region; a job does it, and a page tells how far it is."""
    ground, form = await ground_of(visit, TO_OPEN, asked=visit.path_params["region"]), await visit.form()

    async def act() -> str:
        key = await opening.ask(ground.id, actor=visit.me.id)
        return f"/admin/opening?region={ground.id}&job={key}"

    return visit.redirect(await form.once(act))


async def change_state(visit: Visit) -> Response:
    """Open or close one village."""
    ground, form = await village_ground(visit, TO_OPEN), await visit.form()
    do = form.raw("do")
    if do not in ("open", "close"):
        raise BadRequest
    act, regions = open_villages if do == "open" else close_villages, await regions_by_id([ground.id])
    here = f"{HOME}/{ground.id}"

    async def carry_out() -> str:
        await act(regions, actor=visit.me.id, by="web")
        return here

    try:
        back = await form.once(carry_out)
    except CannotDo as exc:
        raise _refused(exc, here) from None
    toast = _("%(village)s开通了", village=ground.short) if do == "open" else _("关闭了，里面的东西都留着")
    return visit.redirect(back, toast=toast)


async def rename(visit: Visit) -> Response:
    """Another name for a village and its region; old addresses go on working."""
    ground, form = await village_ground(visit, TO_OPEN), await visit.form()
    name = form.text("name", _("村名"), required=True, max_length=NAME_LENGTH)
    return await _change(
        visit,
        ground,
        form,
        "name",
        lambda: rename_region(ground.code, name, level="village", actor=visit.me.id, by="web"),
    )


async def readdress(visit: Visit) -> Response:
    """Another address; the old one goes on leading to the village."""
    ground, form = await village_ground(visit, TO_OPEN), await visit.form()
    slug = form.text("address", _("网址"), required=True, max_length=SLUG_LENGTH)
    return await _change(visit, ground, form, "address", lambda: set_address(ground.id, slug, actor=visit.me.id))


async def count_users(visit: Visit) -> Response:
    """How many people of a village use a smartphone, as of a day."""
    ground, form = await village_ground(visit, EDIT), await visit.form()
    users = form.integer("users", _("手机用户数"), minimum=1, maximum=MOST_USERS)
    as_of = form.date("as_of", _("哪一天的数"), required=True, latest=today())
    row = await villages.one(visit.site.registry, ground)
    village_id = row.village_id
    if village_id is None:
        form.error(NOTICE_FIELD, _("这个村还没开通"))
    if not form or users is None or as_of is None or village_id is None:
        return await show_village(visit, ground, figure=form)
    return await _change(
        visit,
        ground,
        form,
        "figure",
        lambda: actions.record_figure(village_id, SMARTPHONE_USERS, users, as_of, actor=visit.me.id),
    )


async def _change(
    visit: Visit, ground: Ground, form: Form, what: str, act: Callable[[], Awaitable[object]]
) -> Response:
    if not form:
        return await show_village(visit, ground, **{what: form})

    async def carry_out() -> str:
        await act()
        return f"{HOME}/{ground.id}"

    try:
        return visit.redirect(await form.once(carry_out), toast=_("改好了"))
    except CannotDo as exc:
        form.error(what, exc.text)
        return await show_village(visit, ground, **{what: form})


PAGES: Final = (
    Page(path=HOME, view=several, to=TO_OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{region}}/open-all", view=everything, to=TO_OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{region}}/state", view=change_state, to=TO_OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{region}}/name", view=rename, to=TO_OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{region}}/address", view=readdress, to=TO_OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{region}}/figure", view=count_users, to=OPEN, scope="county", methods=("POST",)),
)
