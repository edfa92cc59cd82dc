"""The console's first page: what needs somebody today, and how the official's own region fares."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.clock import today
from cunli.console import overview
from cunli.console.frame import framed
from cunli.console.ground import ground_of
from cunli.console.navigation import OPEN
from cunli.console.overview import QUIET, QUIET_DAYS, Standing, Week
from cunli.doors.charts import Series
from cunli.doors.sheets import csv_answer
from cunli.places.rules import LEVELS
from cunli.web.errors import BadRequest, NotFound
from cunli.web.i18n import LazyText, _
from cunli.web.pages import Page
from cunli.web.visit import Visit

QUEUES: Final[dict[str, tuple[LazyText, str]]] = {
    "applications": (_("等着认证的人"), "user-check"),
    "reports": (_("举报"), "message-report"),
    "held": (_("等着发布的"), "clock"),
}


async def board(visit: Visit) -> Response:
    """The board of a region, from counters and rollups."""
    ground, quiet_days = await ground_of(visit, OPEN), _quiet_days(visit)
    below = await overview.standings(ground, quiet_days)
    whole = overview.summed(ground.id, ground.name, below)
    weeks = await overview.weeks(ground)
    context = {
        "whole": whole,
        "below": below if ground.level < LEVELS["village"] else (),
        "names": ranked(below),
        "weeks": weeks,
        "charts": [("a", _series(_("村友圈"), weeks, "posts")), ("b", _series(_("评论"), weeks, "comments"))],
        "change": overview.change([week.posts for week in weeks]),
        "queues": await overview.queues(ground),
        "queue_words": QUEUES,
        "quiet": await overview.quiet_villages(ground, quiet_days) if whole.quiet else (),
        "quiet_days": quiet_days,
        "quiet_choices": QUIET,
        "today": today(),
    }
    return await framed(visit, "console/overview.html", context, ground=ground)


def ranked(below: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Those with a rate, the highest first."""
    return tuple(sorted((one for one in below if one.rate is not None), key=lambda one: -(one.rate or 0)))


def _series(label: LazyText, weeks: tuple[Week, ...], what: str) -> Series:
    values = [(week.monday, getattr(week, what)) for week in weeks]
    return Series(label=label, values=values, unit=_("条"), by=_("周一"))


def _quiet_days(visit: Visit) -> int:
    text = visit.query.get("quiet", str(QUIET_DAYS))
    if text not in {str(days) for days in QUIET}:
        raise BadRequest
    return int(text)


async def export(visit: Visit) -> Response:
    """The numbers of the board for a spreadsheet: those of the regions below, or those of the weeks."""
    ground, what = await ground_of(visit, OPEN), visit.path_params["what"]
    if what == "weeks":
        return csv_answer("weeks", WEEK_HEADS, [_week(week) for week in await overview.weeks(ground)])
    if what == "regions":
        rows = await overview.standings(ground, _quiet_days(visit))
        return csv_answer("regions", REGION_HEADS, [_region(row) for row in rows])
    raise NotFound


WEEK_HEADS: Final = (_("周一"), _("村友圈"), _("通知"), _("评论"), _("有动静的村"))
REGION_HEADS: Final = (
    _("地方"),
    _("地图上的村"),
    _("开通的村"),
    _("有动静的村"),
    _("没有管理员的村"),
    _("认证的乡亲"),
    _("手机用户"),
    _("认证率（%）"),
    _("在外的乡亲"),
    _("登记的户"),
)


def _week(week: Week) -> tuple[object, ...]:
    return week.monday, week.posts, week.notices, week.comments, week.villages


def _region(row: Standing) -> tuple[object, ...]:
    numbers = (row.villages, row.opened, row.active, row.unled, row.verified, row.users or None, row.rate)
    return row.name, *numbers, row.away, row.households


PAGES: Final = (
    Page(path="/admin", view=board, to=OPEN, scope="county", name="console"),
    Page(path="/admin/numbers/{what}.csv", view=export, to=OPEN, scope="county", name="console-export"),
)
