"""The board of a township or county: figures by village, a chart, a table to take along."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli import Page, Series, Visit, csv_answer, reach_of
from cunli import gettext as _
from cunli_party.papers import today
from cunli_party.rights import LOOK, TEACH
from cunli_party.words import EXCHANGES

from . import figures
from .figures import Figures

HEAD = (
    _("村"),
    _("支部"),
    _("党员"),
    _("预备"),
    _("流出"),
    _("登记了"),
    _("登记率"),
    _("本月主题党日"),
    _("本季党员大会"),
    _("今年学完课程"),
    _("今年交流"),
)


def percent(rate: int | None) -> str:
    return "—" if rate is None else f"{rate}%"


def _row(name: str, one: Figures) -> tuple[Any, ...]:
    return (
        name,
        one.branches,
        one.members,
        one.probationary,
        one.away,
        one.registered,
        percent(one.registration),
        percent(one.kept_day),
        percent(one.kept_congress),
        one.completions,
        one.exchanges,
    )


async def board(visit: Visit) -> Response:
    """By village, in the order of the villages: nobody is ranked by how much they do."""
    mine = await reach_of(visit, LOOK)
    each = await figures.of_villages(mine, today())
    all_ = figures.together(list(each.values()))
    months = await figures.by_month(mine, today())
    context = {
        "all": all_,
        "rows": [_row(village.name, each[village.id]) for village in mine.villages],
        "head": HEAD,
        "percent": percent,
        "months": Series(label=_("每月交流"), values=months, unit=_("次"), by=_("月")),
        "exchanges": EXCHANGES,
        "may_teach": visit.may(TEACH),
    }
    return await visit.render("party/board.html", context)


async def table(visit: Visit) -> Response:
    """The same for WPS and Excel: figures of villages, nobody's data."""
    mine = await reach_of(visit, LOOK)
    each = await figures.of_villages(mine, today())
    rows = [_row(village.name, each[village.id]) for village in mine.villages]
    return csv_answer("党建", HEAD, [*rows, _row(str(_("合计")), figures.together(list(each.values())))])


PAGES = (
    Page(path="/board", view=board, to=LOOK, scope="county", name="board"),
    Page(path="/board.csv", view=table, to=LOOK, scope="county", name="board_table"),
)
