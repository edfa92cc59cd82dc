"""Pages for the county's discipline office. To everybody else they are not there, whatever office they hold."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cunli import SIGNED_IN, Form, Page, Visit, names_of, reach, reveal, setting_of
from cunli import gettext as _

from . import moments, office, reports, sealing, words
from .clocks import Happened, clocks, default_rules
from .models import CONTENT, PICTURE, SAID, Report, ReportNote
from .report_states import REPORT_MOVES
from .reports import ReportNotOpen
from .settings import DISCIPLINE
from .terms import ZONE, last_day

MOST: Final = 200


async def _must_receive(visit: Visit) -> None:
    if visit.me.id not in await reports.receivers(visit.setting(DISCIPLINE)):
        raise HTTPException(404)


async def _report_of(visit: Visit) -> Report:
    await _must_receive(visit)
    found = await reports.one_for(visit.me.id, visit.path_params["key"])
    if found is None:
        raise HTTPException(404)
    return found


def _line(report: Report, village: str, url: str) -> dict[str, Any]:
    return {
        "number": report.number,
        "day": report.day,
        "named": report.named,
        "state": words.REPORT_STATES[report.state],
        "village": village,
        "url": f"{url}/mailbox/reports/{report.key}",
        "due": _due(report),
    }


def _due(report: Report) -> Any:
    """Until when a report with a name must be answered with whether it is accepted (R22); counted from the end of its day."""
    if not report.named or report.state != "received":
        return None
    sent = Happened(what="submitted", at=datetime.combine(report.day, time(12), tzinfo=ZONE))
    matter = {"track": "report", "urgency": "general", "stage": 0, "named": True}
    running = clocks(matter, [sent], office.calendar(), rules=default_rules())
    due = next((one.due for one in running if one.rule.id == "R22-acceptance"), None)
    return {"day": last_day(due), "late": due.at <= moments.now()} if due else None


async def village_list(visit: Visit) -> Response:
    """The reports of one village."""
    await _must_receive(visit)
    lines = [_line(one, visit.here.name, visit.here.url) for one in await reports.readable(visit.me.id, MOST)]
    return await visit.render("mailbox/reports.html", {"lines": lines})


async def county_list(visit: Visit) -> Response:
    """The reports of all villages that this person receives."""
    mine, lines = await reach(), []
    with mine.rows():
        there = {row["village_id"] for row in await Report.all().distinct().values("village_id")}
    received = 0
    for village in mine.villages:
        if village.id not in there:
            continue
        with mine.into(village.id):
            if visit.me.id not in await reports.receivers(await setting_of(DISCIPLINE)):
                continue
            received += 1
            lines += [_line(one, village.name, village.url) for one in await reports.readable(visit.me.id, MOST)]
    if not received:
        raise HTTPException(404)
    lines.sort(key=lambda one: one["day"], reverse=True)
    return await visit.render("mailbox/reports_county.html", {"lines": lines[:MOST]})


async def report(visit: Visit) -> Response:
    """What is known without opening it."""
    return await _page(visit, await _report_of(visit), Form.blank())


async def _page(visit: Visit, found: Report, form: Form, *, opened: Any = None, status: int = 200) -> Response:
    notes = await reports.notes_of(found)
    names = (await names_of(people=[one.staff_id for one in notes if one.staff_id is not None])).people
    said = opened["said"] if opened else {}
    context = {
        "report": _line(found, visit.here.name, visit.here.url),
        "form": form,
        "opened": opened,
        "notes": [_shown(one, names.get(one.staff_id or 0, ""), said.get(one.key, "")) for one in notes],
        "moves": [(name, move.label) for name, move in REPORT_MOVES.items() if found.state in move.sources],
        "reads": any(one.sealed for one in notes),
    }
    return await visit.render("mailbox/report_page.html", context, status=status)


def _shown(note: ReportNote, name: str, said: str) -> dict[str, Any]:
    return {"what": words.REPORT_HAPPENED[note.what], "day": note.day, "who": name, "words": said, "told": note.told}


async def read(visit: Visit) -> Response:
    """Open it: what was written, its photos, and all that was said. Who opened it stands in the records."""
    found = await _report_of(visit)
    await visit.form()
    photos, notes = await reports.photos_of(found), [one for one in await reports.notes_of(found) if one.sealed]
    masked = [
        CONTENT.masked(found.sealed, found.key),
        *(PICTURE.masked(one.sealed, one.key) for one in photos),
        *(SAID.masked(one.sealed, one.key) for one in notes),
    ]
    texts = await reveal(*masked, actor=visit.me.id, village=visit.here.id, object=("report", found.number))
    pictures, said = texts[1 : 1 + len(photos)], texts[1 + len(photos) :]
    opened = {
        "parts": [(words.REPORT_PARTS[name], text) for name, text in reports.told_in(sealing.unfilled(texts[0]))],
        "pictures": [sealing.shown(text) for text in pictures],
        "said": {one.key: sealing.unfilled(text).get("words", "") for one, text in zip(notes, said, strict=True)},
    }
    return await _page(visit, found, Form.blank(), opened=opened)


async def act(visit: Visit) -> Response:
    """Do something with it."""
    found = await _report_of(visit)
    form = await visit.form()
    name = form.choice("what", _("做什么"), REPORT_MOVES)
    needed = bool(name) and REPORT_MOVES[name].words
    said = form.text("words", _("要说的话"), required=needed, max_length=3000, multiline=True)
    if not form:
        return await _page(visit, found, form, status=422)
    address = f"{visit.here.url}/mailbox/reports/{found.key}"

    async def once() -> str:
        await reports.act(found.key, name, said, actor=visit.me.id)
        return address

    try:
        return visit.redirect(await form.once(once), toast=words.REPORT_HAPPENED[name])
    except ReportNotOpen:
        return visit.redirect(address, toast=_("这件举报刚刚变了，请看看现在到哪一步"))


PAGES = (
    Page(path="/reports", view=county_list, to=SIGNED_IN, scope="county", name="all-reports"),
    Page(path="/reports", view=village_list, to=SIGNED_IN, name="reports"),
    Page(path="/reports/{key}", view=report, to=SIGNED_IN, name="report-page"),
    Page(path="/reports/{key}/read", view=read, to=SIGNED_IN, methods=("POST",), name="read-report"),
    Page(path="/reports/{key}/act", view=act, to=SIGNED_IN, methods=("POST",), name="act-on-report"),
)
