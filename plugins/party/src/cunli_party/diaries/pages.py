"""Pages of diaries."""

from __future__ import annotations

import calendar
import hashlib
import re
from datetime import date
from typing import Any

from starlette.responses import Response

from cunli import Entry, Form, Page, Visit, ask_about_personal_data, csv_answer, names_of, review_entry
from cunli import gettext as _
from cunli_party import words
from cunli_party.branches.asking import looks_of
from cunli_party.models import Diary, Remark
from cunli_party.papers import carry_out, missing, number_of, start_of, today
from cunli_party.rights import BELONG, LEAD
from cunli_party.rules import add_months
from cunli_party.standing import Reader

from . import actions, reading

BOTH = ("GET", "POST")
MOST_REMARKS = 100  # of one diary, the latest


def _month(visit: Visit) -> date:
    """The month that is asked for; this one where it is unclear."""
    asked = visit.query.get("month", "")
    if re.fullmatch(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", asked):
        return date.fromisoformat(f"{asked}-01")
    return today().replace(day=1)


async def diaries(visit: Visit) -> Response:
    """One's own diary by month, and what members of the branches one sees have shown."""
    looks = await looks_of(visit)
    month = _month(visit)
    own = await Diary.filter(person_id=visit.me.id, day__gte=month, day__lt=add_months(month, 1)).order_by(
        "-day", "-id"
    )
    shown, more = await reading.shown(looks, before=start_of(visit, "before"))
    names = (await names_of(people=[one.person_id for one in shown])).people
    written = {one.day for one in own}
    context = {
        "own": own,
        "shown": [(names.get(one.person_id, ""), one) for one in shown],
        "weeks": [
            [(day, day in written) if day.month == month.month else None for day in week]
            for week in calendar.Calendar().monthdatescalendar(month.year, month.month)
        ],
        "more": more,
        "month": month,
        "earlier": add_months(month, -1),
        "later": add_months(month, 1),
        "count": await Diary.filter(person_id=visit.me.id).count(),
        "states": words.DIARY_STATES,
        "url": f"{visit.here.url}/party/diaries",
    }
    return await visit.render("party/diaries.html", context)


async def _diary(visit: Visit) -> tuple[Diary, Reader]:
    """The page of the address: the writer's own, one that the branch sees, or one for the village."""
    found = await Diary.get_or_none(key=visit.path_params["diary"])
    if found is None:
        raise missing()
    looks = await looks_of(visit)
    if found.person_id == visit.me.id:
        return found, looks
    if found.state == "private" or not looks.sees(found.branch_id):
        raise missing()
    return found, looks


async def diary(visit: Visit) -> Response:
    found, looks = await _diary(visit)
    remarks = await Remark.filter(diary_id=found.id).order_by("-id").limit(MOST_REMARKS)
    people = [found.person_id, *(one.person_id for one in remarks if one.person_id is not None)]
    names = (await names_of(people=people)).people
    context = {
        "diary": found,
        "name": names.get(found.person_id, ""),
        "remarks": [(names.get(one.person_id or 0, ""), one) for one in reversed(remarks)],
        "own": found.person_id == visit.me.id,
        "may_remove": {
            one.id for one in remarks if visit.me.id in (one.person_id, found.person_id) or looks.leads(found.branch_id)
        },
        "may_remark": looks.leads(found.branch_id) and found.state != "private",
        "states": words.DIARY_STATES,
        "form": Form.blank(),
    }
    return await visit.render("party/diary.html", context)


async def write(visit: Visit) -> Response:
    return await _write(visit, None)


async def edit(visit: Visit) -> Response:
    found, _looks = await _diary(visit)
    if found.person_id != visit.me.id:
        raise missing()
    return await _write(visit, found)


async def _write(visit: Visit, found: Diary | None) -> Response:
    looks = await looks_of(visit)
    me = looks.own[0] if looks.own else None
    if me is None:
        raise missing()
    form = Form.blank(**_values(found))
    if visit.request.method == "POST":
        form = await visit.form()
        given = {
            "day": form.date("day", _("哪一天"), required=True, latest=today()),
            "title": form.text("title", _("标题"), required=True, max_length=60),
            "body": form.text("body", _("写什么"), required=True, max_length=5000, multiline=True),
            "state": form.choice("state", _("给谁看"), words.DIARY_STATES),
        }
        if form and found is not None and form.raw("was") != _stamp(found):
            form.error("body", _("你打开这一页以后有人改过。下面是你写的；再存一次，就照你写的存。"))
        reviewed = await _reviewed(visit, form, given, found) if form and given["state"] == "public" else None
        if form:

            async def act() -> str:
                one = await actions.write(given, member=me, person_id=visit.me.id, diary=found, reviewed=reviewed)
                return f"{visit.here.url}/party/diaries/{one.key}"

            return visit.redirect(await form.once(act), toast=_("存好了"))
    stamp = _stamp(found) if found else ""
    context = {"form": form, "diary": found, "stamp": stamp, "states": words.choices(words.DIARY_STATES)}
    return await visit.render("party/write.html", context, status=200 if form else 422)


def _stamp(found: Diary) -> str:
    """What the page was like when it was opened: another one once it was written on another device."""
    said = "\x1f".join(str(one) for one in _values(found).values())
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _values(found: Diary | None) -> dict[str, Any]:
    if found is None:
        return {"day": today(), "state": "private"}
    return {"day": found.day, "title": found.title, "body": found.body, "state": found.state}


async def _reviewed(visit: Visit, form: Form, given: dict[str, Any], found: Diary | None) -> Any:
    """What the whole village will read is looked at first, like every entry of the feed."""
    cleared = await ask_about_personal_data(visit, form, {"title": given["title"], "body": given["body"]})
    if not form:
        return None
    given |= {"title": cleared.texts["title"], "body": cleared.texts["body"]}
    entry = Entry(
        kind=actions.KIND.id,
        village_id=visit.here.id,
        author_id=visit.me.id,
        title=given["title"],
        body=given["body"],
        audience="village",
    )
    reviewed = await review_entry(entry, cleared=cleared)
    if reviewed.refused:
        form.error("body", reviewed.refused)
    return reviewed


async def remark(visit: Visit) -> Response:
    found, looks = await _diary(visit)
    if not looks.leads(found.branch_id) or found.state == "private":
        raise missing()
    form = await visit.form()
    said = form.text("body", _("要说的话"), required=True, max_length=500, multiline=True)
    url = f"{visit.here.url}/party/diaries/{found.key}"
    if not form:
        return visit.redirect(url, toast=_("写上要说的话，最多 500 字"))

    async def act() -> str:
        await actions.remark(found, said, actor=visit.me.id, url=url)
        return url

    return await carry_out(visit, form, act, f"{visit.here.url}/party/diaries", toast=_("写好了"))


async def take_back(visit: Visit) -> Response:
    """Take away a remark: the writer of the diary, who said it, or who leads the branch."""
    found, looks = await _diary(visit)
    said = await Remark.get_or_none(id=number_of(visit, "said"), diary_id=found.id)
    if said is None or not (visit.me.id in (said.person_id, found.person_id) or looks.leads(found.branch_id)):
        raise missing()
    form = await visit.form()
    url = f"{visit.here.url}/party/diaries/{found.key}"

    async def act() -> str:
        await actions.take_back(said, actor=visit.me.id)
        return url

    return visit.redirect(await form.once(act), toast=_("拿掉了"))


async def table(visit: Visit) -> Response:
    """One's own diary as a table to keep."""
    rows = await Diary.filter(person_id=visit.me.id).order_by("day", "id")
    head = (_("哪一天"), _("标题"), _("写什么"), _("给谁看"))
    return csv_answer(
        "日记", head, [(str(one.day), one.title, one.body, words.DIARY_STATES[one.state]) for one in rows]
    )


PAGES = (
    Page(path="/diaries", view=diaries, to=BELONG, name="diaries"),
    Page(path="/diaries.csv", view=table, to=BELONG, name="diaries_table"),
    Page(path="/diaries/write", view=write, to=BELONG, methods=BOTH, name="write_diary"),
    Page(path="/diaries/{diary}", view=diary, to=BELONG, name="diary"),
    Page(path="/diaries/{diary}/edit", view=edit, to=BELONG, methods=BOTH, name="edit_diary"),
    Page(path="/diaries/{diary}/said/{said}/off", view=take_back, to=BELONG, methods=("POST",), name="remark_off"),
    Page(path="/diaries/{diary}/remark", view=remark, to=LEAD, methods=("POST",), name="remark"),
)
