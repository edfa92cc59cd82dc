"""Officials: new places to look at, the figures of their villages, the evidence pack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from starlette.responses import Response
from tortoise.expressions import Q

from cunli import Page, Reach, Series, Visit, csv_answer, names_of, reach_of
from cunli import gettext as _

from . import figures, frame, keeping, moments, showing, words
from .booking_pages import rows_of
from .figures import Figures
from .frame import home, page_in, place_at
from .models import Booking, Complaint, Licence, Offer, Outing, Place
from .rights import OVERSEE

SPANS = {"30": 30, "90": 90, "365": 365}


WAITS = Q(state="waiting") | Q(state="open", checked_on=None)  # a new place, or one whose papers were changed
WAITING = 30  # on one page, with all their papers
OTHERS = 60
BROUGHT = 12  # ways and festivals on the board


async def office(visit: Visit) -> Response:
    """Places of the village that wait, the longest first, and all others with their state, some at a time."""
    start = page_in(visit) * OTHERS
    waiting = await Place.filter(WAITS).order_by("id").limit(WAITING)
    others = await Place.exclude(WAITS).order_by("-id").offset(start).limit(OTHERS + 1)
    context = {
        "waiting": await _with_papers(waiting),
        "more": max(0, await Place.filter(WAITS).count() - len(waiting)),
        "others": [(one, words.PLACE_STATES[one.state]) for one in others[:OTHERS]],
        "next": start // OTHERS + 1 if len(others) > OTHERS else 0,
        "asked": await rows_of(await Booking.filter(state="requested").order_by("due_at", "id").limit(WAITING)),
        "labels": words.PAPERS,
        "complaints": await Complaint.filter(state="open").count(),
        "mine": visit.me.id,
    }
    return await visit.render("tourism/office.html", context)


async def _with_papers(waiting: list[Place]) -> list[tuple[Place, object, str, list[Licence], int]]:
    """Each with its kind, who opened it, its papers, and how much can be booked there."""
    ids = [one.id for one in waiting]
    names = (await names_of(people=[one.host_id for one in waiting if one.host_id is not None])).people
    papers: dict[int, list[Licence]] = {}
    for paper in await Licence.filter(place_id__in=ids).order_by("id") if ids else []:
        papers.setdefault(paper.place_id, []).append(paper)
    offers = Counter([one.place_id for one in await Offer.filter(place_id__in=ids)]) if ids else Counter[int]()
    return [
        (one, words.KINDS[one.kind][0], names.get(one.host_id or 0, ""), papers.get(one.id, []), offers[one.id])
        for one in waiting
    ]


async def judge(visit: Visit) -> Response:
    """Open a place, or refuse it with a reason. Nobody opens their own."""
    place = await place_at(visit, visit.path_params["key"])
    form = await visit.form()
    what = form.choice("do", _("做什么"), ("open", "refuse"))
    reason = form.text("reason", _("为什么"), required=what == "refuse", max_length=200)
    back = f"{home(visit)}/office"
    if not form:
        return visit.redirect(back, toast=_("没通过要写原因，主人看得到"))
    if place.host_id == visit.me.id:
        return visit.redirect(back, toast=_("自己开的，请别的干部来核对"))

    async def act() -> str:
        await keeping.judge(place, opened=what == "open", reason=reason, actor=visit.me.id, url=home(visit))
        return back

    return visit.redirect(await form.once(act), toast=_("记下了"))


def _span(visit: Visit) -> tuple[str, date, date]:
    days = visit.query.get("days", "90")
    days = days if days in SPANS else "90"
    last = moments.today()
    return days, last - timedelta(days=SPANS[days] - 1), last


async def _rows(visit: Visit) -> tuple[list[tuple[str, Figures]], Reach, str, date, date]:
    span, first, last = _span(visit)
    mine = await reach_of(visit, OVERSEE)
    with mine.rows():
        found = await figures.by_village(first, last)
    rows = [(one.name, found.get(one.id, Figures())) for one in mine.villages]
    return sorted(rows, key=lambda row: (-row[1].income_fen, row[0])), mine, span, first, last


async def board(visit: Visit) -> Response:
    """Beds, occupancy, guests and income of the villages below an office."""
    rows, mine, span, first, last = await _rows(visit)
    with mine.rows():
        came = await figures.over_time(first, last)
        brought = await _brought(mine, first, last)
    top = sorted(((name, one) for name, one in rows if one.guests), key=lambda row: -row[1].guests)
    context = {
        "rows": rows,
        "all": figures.total([one for _name, one in rows]),
        "span": span,
        "spans": SPANS,
        "first": first,
        "last": last,
        "money": frame.money,
        "time": Series(label=_("来了多少客人"), unit=_("人"), by=_("从哪天起"), values=came)
        if any(guests for _day, guests in came)
        else None,
        "brought": brought,
        "guests": Series(
            label=_("各村来了多少客人"), unit=_("人"), by=_("村"), values=[(name, one.guests) for name, one in top]
        )
        if len(top) > 1
        else None,
    }
    return await visit.render("tourism/board.html", context)


async def _brought(mine: Reach, first: date, last: date) -> list[tuple[str, figures.Brought]]:
    """Ways and festivals of the villages in scope, with the name of the village where there are several, and what came of them: those
    that brought most."""
    began = Booking.filter(outing_id__isnull=False, since__gte=first, since__lte=last)
    found = await figures.brought(began)
    most = sorted(found, key=lambda key: (-found[key].bookings, key))[:BROUGHT]
    rows = {one.id: one for one in await Outing.filter(id__in=most)} if most else {}
    names = {one.id: f"{one.name} · " for one in mine.villages} if len(mine.villages) > 1 else {}
    return [(names.get(rows[key].village_id, "") + rows[key].name, found[key]) for key in most]


HEAD = (
    _("村"),
    _("住处和景点"),
    _("房间"),
    _("床位"),
    _("订单"),
    _("客人"),
    _("间夜"),
    _("入住率%"),
    _("收入"),
    _("评价"),
    _("过期的证件"),
    _("投诉"),
    _("办了的投诉"),
)


def _line(name: str, one: Figures) -> tuple[Any, ...]:
    counted = (one.places, one.rooms, one.beds, one.bookings, one.guests, one.nights, one.occupancy)
    return (name, *counted, Decimal(one.income_fen) / 100, one.reviews, one.lapsed, one.complaints, one.settled)


async def table(visit: Visit) -> Response:
    """The same for WPS and Excel: figures of villages, nobody's data."""
    rows, _mine, _days, _first, _last = await _rows(visit)
    whole = figures.total([one for _name, one in rows])
    return csv_answer("乡村游", HEAD, [_line(name, one) for name, one in [*rows, (str(_("合计")), whole)]])


async def evidence(visit: Visit) -> Response:
    """The pack for the application as a tourism county, to print: every place, its papers, its guests (S39)."""
    rows, mine, span, first, last = await _rows(visit)
    with mine.rows():
        found = await figures.evidence(first, last)
    context = {
        "rows": _evidence(found, mine),
        "where": mine.villages[0].name if len(mine.villages) == 1 else visit.here.county_name,
        "today": moments.today(),
        "all": figures.total([one for _name, one in rows]),
        "span": span,
        "first": first,
        "last": last,
        "money": frame.money,
    }
    return await visit.render("tourism/evidence.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One place of the pack, in words."""

    village: str
    kind: Any
    papers: str
    stars: str
    it: figures.Evidence


def _evidence(found: list[figures.Evidence], mine: Reach) -> list[Line]:
    names = {one.id: one.name for one in mine.villages}
    return [
        Line(
            village=names.get(one.place.village_id, ""),
            kind=words.KINDS[one.place.kind][0],
            papers="、".join(_paper(kind, until) for kind, until in one.papers),
            stars=showing.stars(one.place),
            it=one,
        )
        for one in found
    ]


def _paper(kind: str, until: date | None) -> str:
    name = str(words.PAPERS[kind])
    return str(_("%(paper)s（到 %(day)s）", paper=name, day=until.isoformat())) if until else name


PACK = (
    _("村"),
    _("名称"),
    _("是什么"),
    _("房间"),
    _("床位"),
    _("一天最多接待"),
    _("证照"),
    _("订单"),
    _("客人"),
    _("间夜"),
    _("收入"),
    _("评分"),
    _("投诉"),
    _("办了的投诉"),
)


def _cells(one: Line) -> tuple[Any, ...]:
    it, place = one.it, one.it.place
    there = (one.village, place.name, str(one.kind), place.rooms, place.beds, place.capacity or "", one.papers)
    did = (it.bookings, it.guests, it.nights, Decimal(it.income_fen) / 100, one.stars, it.complaints, it.settled)
    return there + did


async def pack(visit: Visit) -> Response:
    """The pack as a table."""
    _found, mine, _days, first, last = await _rows(visit)
    with mine.rows():
        rows = _evidence(await figures.evidence(first, last), mine)
    return csv_answer("申报材料", PACK, [_cells(one) for one in rows])


PAGES = (
    Page(path="/office", view=office, to=OVERSEE, name="office"),
    Page(path="/places/{key}/judge", view=judge, to=OVERSEE, methods=("POST",), name="judge"),
    Page(path="/board", view=board, to=OVERSEE, name="board"),
    Page(path="/board.csv", view=table, to=OVERSEE, name="board_table"),
    Page(path="/evidence", view=evidence, to=OVERSEE, name="evidence"),
    Page(path="/evidence.csv", view=pack, to=OVERSEE, name="evidence_table"),
)
