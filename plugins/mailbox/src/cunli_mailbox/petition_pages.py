"""Pages of the petition rate: by township and quarter with before and after, and writing the figures down."""

from __future__ import annotations

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cunli import Form, Page, Reach, Series, Visit, audit, csv_answer, reach_of, regions_above
from cunli import gettext as _

from . import moments, petitions
from .letter_pages import reader_of
from .petitions import Change, Counted, Quarter
from .rights import HANDLE
from .terms import ZONE

QUARTERS: Final = 8
MOST: Final = 1_000_000


def _recent() -> list[Quarter]:
    this = Quarter.of(moments.now().astimezone(ZONE).date())
    return [this.before(n) for n in range(QUARTERS)]


async def rates(visit: Visit) -> Response:
    """The rate of each township and of all together, before and since the box was opened, or another quarter."""
    mine = await reach_of(visit, HANDLE)
    written = await petitions.all_of(mine)
    start = Quarter.read(visit.query.get("since", "")) or await petitions.opened(mine)
    whole = petitions.together([row for rows in written.values() for row in rows])
    towns = await _towns(mine, written)
    context = {
        "start": start,
        "choices": [one.quarter for one in whole[1:]],
        "change": petitions.change(whole, start) if start else None,
        "towns": [
            (name, _last(counted), petitions.change(counted, start) if start else None) for name, counted in towns
        ],
        "chart": Series(
            label=_("每千人信访（件）"),
            values=[(str(one.quarter), _tenths(one)) for one in whole],
            per_unit=100,
            by=_("季度"),
        ),
        "counted": bool(whole),
        "shown": shown,
    }
    return await visit.render("mailbox/petitions.html", context)


def shown(change: Change | None) -> str:
    """A change as people read it: −15%."""
    if change is None or change.percent is None:
        return "—"
    rounded = round(change.percent)
    return f"{'−' if rounded < 0 else '+' if rounded > 0 else ''}{abs(rounded)}%"


def _tenths(one: Counted) -> int | None:
    return None if one.rate is None else round(one.rate * 100)


def _last(counted: list[Counted]) -> str:
    return f"{counted[-1].rate:.2f}" if counted and counted[-1].rate is not None else "—"


async def _towns(mine: Reach, written: dict[int, list[tuple[Quarter, int, int]]]) -> list[tuple[str, list[Counted]]]:
    """By township, in the order of their first village."""
    found: dict[int, list[tuple[Quarter, int, int]]] = {}
    inside: dict[int, tuple[int, int]] = {}
    for village in mine.villages:
        if village.id in written:
            found.setdefault(village.township_id, []).extend(written[village.id])
            inside.setdefault(village.township_id, (village.id, village.region_id))
    names: dict[int, str] = {}
    for town, (_village, region) in inside.items():
        names[town] = next((one.name for one in await regions_above(region) if one.id == town), "")
    return [(names[town], petitions.together(rows)) for town, rows in found.items()]


HEAD = (_("镇"), _("季度"), _("信访件数"), _("人口"), _("每千人"))


async def table(visit: Visit) -> Response:
    """The same as a table for WPS and Excel."""
    mine = await reach_of(visit, HANDLE)
    rows: list[tuple[Any, ...]] = [
        (name, str(one.quarter), one.petitions, one.residents, "" if one.rate is None else round(one.rate, 3))
        for name, counted in await _towns(mine, await petitions.all_of(mine))
        for one in counted
    ]
    return csv_answer("信访率", HEAD, rows)


async def _must_be_above(visit: Visit) -> None:
    """Nobody writes down the figures that he is measured by: the levels above the village do."""
    if max((await reader_of(visit)).ranks, default=0) < 2:
        raise HTTPException(404)


async def writing(visit: Visit) -> Response:
    await _must_be_above(visit)
    there = await petitions.here(_recent())
    values = {f"p{one}": str(there[one][0]) for one in there} | {f"r{one}": str(there[one][1]) for one in there}
    return await _writing(visit, Form.blank(**values))


async def _writing(visit: Visit, form: Form, *, status: int = 200) -> Response:
    return await visit.render("mailbox/petitions_write.html", {"form": form, "quarters": _recent()}, status=status)


async def write(visit: Visit) -> Response:
    await _must_be_above(visit)
    form = await visit.form()
    counted: list[Counted] = []
    for one in _recent():
        number = form.integer(f"p{one}", _("%(q)s 信访件数", q=str(one)), minimum=0, maximum=MOST, required=False)
        people = form.integer(
            f"r{one}", _("%(q)s 人口", q=str(one)), minimum=1, maximum=MOST, required=number is not None
        )
        if number is not None and people is not None:
            counted.append(Counted(quarter=one, petitions=number, residents=people))
    if not form:
        return await _writing(visit, form, status=422)

    async def act() -> str:
        await petitions.write(counted)
        await audit("mailbox.petitions.write", actor=visit.me.id, object=("village", visit.here.id))
        return f"{visit.here.url}/mailbox/petitions"

    return visit.redirect(await form.once(act), toast=_("记下了"))


PAGES = (
    Page(path="/petitions", view=rates, to=HANDLE, scope="county", name="petition-rates"),
    Page(path="/petitions.csv", view=table, to=HANDLE, scope="county", name="petition-table"),
    Page(path="/petitions", view=writing, to=HANDLE, name="petitions"),
    Page(path="/petitions", view=write, to=HANDLE, methods=("POST",), name="write-petitions"),
)
