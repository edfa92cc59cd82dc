"""Pages with which an office arranges its work: who is on duty, phrases for answers, what is supervised, and a department's desk."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cunli import SIGNED_IN, Form, Page, Reach, Visit, audit, names_of, officers, reach
from cunli import gettext as _

from . import duty, moments, phrases, reading, showing, words
from .models import Letter
from .overseeing import overseen
from .rights import HANDLE
from .terms import ZONE

DAYS: Final = 14
MONTH: Final = timedelta(days=30)


def _days() -> list[date]:
    today = moments.now().astimezone(ZONE).date()
    return [today + timedelta(days=n) for n in range(DAYS)]


async def roster(visit: Visit) -> Response:
    """Who is on duty in the next two weeks, and who was rung at night in the last month."""
    return await _roster(visit, None)


async def _roster(visit: Visit, form: Form | None, *, status: int = 200) -> Response:
    days = _days()
    chosen = await duty.roster(days[0], days[-1])
    load = await duty.load(days[0] - MONTH)
    names = (await names_of(people=list(load))).people
    shown = form or Form.blank(**{day.isoformat(): chosen.get(day, "") for day in days})
    context = {
        "form": shown,
        "days": [(day, words.WEEKDAYS[day.weekday()]) for day in days],
        "people": [("", _("没有排")), *await _people()],
        "load": sorted(((names.get(one, ""), n) for one, n in load.items()), key=lambda pair: -pair[1]),
    }
    return await visit.render("mailbox/duty.html", context, status=status)


async def _people() -> list[tuple[str, str]]:
    """Whoever holds office in the village itself."""
    return [(str(one.person_id), f"{one.name} {one.title}") for one in await officers() if one.level == "village"]


async def write_roster(visit: Visit) -> Response:
    form = await visit.form()
    people = [key for key, _name in await _people()]
    chosen = {day: form.choice(day.isoformat(), _("值班"), people, required=False) for day in _days()}
    if not form:
        return await _roster(visit, form, status=422)

    async def act() -> str:
        await duty.write_roster({day: int(one) if one else None for day, one in chosen.items()})
        await audit("mailbox.duty.write", actor=visit.me.id, object=("village", visit.here.id))
        return f"{visit.here.url}/mailbox/duty"

    return visit.redirect(await form.once(act), toast=_("排好了"))


async def phrase_list(visit: Visit) -> Response:
    return await _phrases(visit, Form.blank())


async def _phrases(visit: Visit, form: Form, *, status: int = 200) -> Response:
    return await visit.render("mailbox/phrases.html", {"form": form, "phrases": await phrases.all_of()}, status=status)


async def change_phrases(visit: Visit) -> Response:
    """Keep one more, or take one away."""
    form = await visit.form()
    here, gone = f"{visit.here.url}/mailbox/phrases", form.raw("drop")
    if gone:

        async def drop() -> str:
            await phrases.drop(gone)
            return here

        return visit.redirect(await form.once(drop), toast=_("去掉了"))
    title = form.text("title", _("叫什么"), required=True, max_length=40)
    said = form.text("words", _("答复"), required=True, max_length=2000, multiline=True)
    if form and len(await phrases.all_of()) >= phrases.MOST:
        form.error("title", _("最多存 %(n)s 条，先去掉一条", n=phrases.MOST))
    if not form:
        return await _phrases(visit, form, status=422)

    async def add() -> str:
        await phrases.add(title, said)
        return here

    return visit.redirect(await form.once(add), toast=_("存好了"))


async def supervised(visit: Visit) -> Response:
    """What is overdue or supervised in the villages below the own office, the longest first."""
    over = await overseen(visit)
    with over.mine.rows():
        found = await reading.to_supervise(moments.now(), over.readable())
    return await visit.render("mailbox/supervised.html", {"rows": _rows(over.mine, found), "full": reading.MANY})


def _rows(mine: Reach, found: list[Letter]) -> list[tuple[str, Any]]:
    villages = {one.id: one for one in mine.villages}
    return [(villages[one.village_id].name, showing.line(one, villages[one.village_id].url)) for one in found]


async def department_desk(visit: Visit) -> Response:
    """What lies with the departments in which somebody works, from every village."""
    everywhere, slugs = await reach(), set[str]()
    counties = {one.chain[-1]: one.id for one in everywhere.villages}
    for village in counties.values():
        with everywhere.into(village):
            slugs |= await reading.own_departments(visit.me.id)
    if not slugs:
        raise HTTPException(404)
    with everywhere.rows():
        waits = await reading.of_departments(sorted(slugs), visit.me.id)
    parts = [
        (_("要办的"), _rows(everywhere, [one for one in waits if one.department in slugs and one.state != "replied"])),
        (_("协办的"), _rows(everywhere, [one for one in waits if one.department not in slugs])),
        (
            _("等写信人评价"),
            _rows(everywhere, [one for one in waits if one.department in slugs and one.state == "replied"]),
        ),
    ]
    return await visit.render("mailbox/department.html", {"parts": parts})


PAGES = (
    Page(path="/duty", view=roster, to=HANDLE, name="duty"),
    Page(path="/duty", view=write_roster, to=HANDLE, methods=("POST",), name="write-duty"),
    Page(path="/phrases", view=phrase_list, to=HANDLE, name="phrases"),
    Page(path="/phrases", view=change_phrases, to=HANDLE, methods=("POST",), name="change-phrases"),
    Page(path="/supervised", view=supervised, to=HANDLE, scope="county", name="supervised"),
    Page(path="/department", view=department_desk, to=SIGNED_IN, scope="county", name="department"),
)
