"""Pages for offices: the desk of a village, and the board of many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from cunli import Page, Series, Visit, csv_answer
from cunli import gettext as _

from . import figures, moments, reading, showing, words
from .figures import Board, Rates
from .letter_pages import reader_of
from .overseeing import overseen
from .rights import HANDLE

SPANS = {"1": _("本月"), "3": _("三个月"), "12": _("十二个月")}


async def desk(visit: Visit) -> Response:
    """What waits in the own offices here: overdue first."""
    looks = await reader_of(visit)
    waits = await reading.desk(looks)
    parts = [
        (_("超期了"), waits.overdue, "bad"),
        (_("今天到期"), waits.today, "warn"),
        (_("接下来"), waits.later, ""),
        (_("等写信人补充"), waits.waiting, ""),
        (_("等写信人评价"), waits.answered, ""),
        (_("转出去的，我们首接"), waits.given_away, ""),
    ]
    lines = [(title, [showing.line(one, visit.here.url) for one in found], tone) for title, found, tone in parts]
    month = await figures.month(moments.now(), max(looks.ranks, default=0))
    return await visit.render(
        "mailbox/desk.html",
        {"parts": lines, "month": month, "full": reading.MOST, "above": max(looks.ranks, default=0) > 1},
    )


def percent(rate: float | None) -> str:
    """A rate as people read it; nothing where there is nothing to divide by."""
    return "—" if rate is None else f"{rate * 100:.1f}%"


async def board(visit: Visit) -> Response:
    """The three rates of all villages below the own office, and of each."""
    found, span = await _figures(visit)
    kinds = [
        (words.KINDS[kind][0] if kind in words.KINDS else words.COUNTED_APART.get(kind, kind), one)
        for kind, one in found.kinds
    ]
    context = {"board": found, "kinds": kinds, "span": span, "spans": SPANS, "percent": percent, **_charts(found)}
    return await visit.render("mailbox/board.html", context)


def _charts(found: Board) -> dict[str, Series]:
    """What came in by month, how content people were, and which villages wrote most."""
    villages = sorted(found.villages, key=lambda one: -one[2].received)
    shares = [
        (month, None if one.satisfaction is None else round(one.satisfaction * 100)) for month, one in found.months
    ]
    return {
        "received": Series(
            label=_("每月收到的信"),
            values=[(month, one.received) for month, one in found.months],
            unit=_("封"),
            by=_("月"),
        ),
        "satisfied": Series(label=_("满意率"), values=shares, unit="%", by=_("月")),
        "busiest": Series(
            label=_("各村收到的信"),
            values=[(name, one.received) for name, _url, one in villages],
            unit=_("封"),
            by=_("村"),
        ),
    }


async def _figures(visit: Visit) -> tuple[Board, str]:
    span = visit.query.get("months", "3")
    span = span if span in SPANS else "3"
    now: datetime = moments.now()
    return await figures.board(await overseen(visit), figures.months_back(now, int(span)), now), span


HEAD = (
    _("村"),
    _("收到"),
    _("已答复"),
    _("按时答复"),
    _("到期"),
    _("办结"),
    _("无回话归档"),
    _("满意"),
    _("已评价"),
    _("响应率"),
    _("解决率"),
    _("满意率"),
    _("首次答复（小时，约，中位数）"),
)


def _row(name: str, one: Rates) -> tuple[Any, ...]:
    counts = (one.received, one.answered, one.in_time, one.due, one.resolved, one.silent, one.satisfied, one.said)
    shares = (percent(one.response), percent(one.resolution), percent(one.satisfaction))
    return (name, *counts, *shares, "" if one.hours is None else round(one.hours, 1))


async def table(visit: Visit) -> Response:
    """The board as a table for WPS and Excel: figures of villages, nobody's data."""
    found, _span = await _figures(visit)
    rows = [_row(name, one) for name, _url, one in found.villages]
    return csv_answer("书记信箱", HEAD, [*rows, _row(str(_("合计")), found.all)])


PAGES = (
    Page(path="/desk", view=desk, to=HANDLE, name="desk"),
    Page(path="/board", view=board, to=HANDLE, scope="county", name="board"),
    Page(path="/board.csv", view=table, to=HANDLE, scope="county", name="table"),
)
