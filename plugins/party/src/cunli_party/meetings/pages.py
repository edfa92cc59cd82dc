"""Pages of meetings: the calendar, one meeting, planning and holding it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _
from cunli_party import words
from cunli_party.branches.asking import branch_of
from cunli_party.models import Attendance, Branch, Meeting, Member
from cunli_party.papers import Field, Given, Paper, answer, missing, now, typed
from cunli_party.rights import BELONG, LEAD
from cunli_party.school.asking import address
from cunli_party.standing import Reader

from . import actions, reading
from .calendar import calendar_file

BOTH = ("GET", "POST")
BRANCH = "/branches/{branch}"
MEETING = f"{BRANCH}/meetings/{{meeting}}"
BACK = timedelta(days=400)
MOST = 200  # meetings of a branch that its calendar shows, the latest


async def meetings(visit: Visit) -> Response:
    """The calendar of a branch: what the rules ask, what is planned, what was held."""
    return await visit.render("party/meetings.html", await _calendar(visit))


async def paper(visit: Visit) -> Response:
    """The same on a sheet of A4."""
    return await visit.render("party/meetings_paper.html", await _calendar(visit))


async def _meetings(found: Branch) -> list[Meeting]:
    """The meetings of the last thirteen months and those to come, in their order."""
    rows = await Meeting.filter(branch_id=found.id, starts_at__gte=now() - BACK).order_by("-starts_at").limit(MOST)
    return rows[::-1]


async def _calendar(visit: Visit) -> dict[str, Any]:
    found, looks = await branch_of(visit)
    groups = looks.tree.groups(found.id)
    listed = await _meetings(found)
    return {
        "branch": found,
        "kept": await reading.standing(found, groups),
        "planned": [one for one in listed if one.state == "planned"],
        "held": [one for one in reversed(listed) if one.state != "planned"],
        "leads": looks.leads(found.id),
        "kinds": words.MEETINGS,
        "states": words.MEETING_STATES,
        "every": words.EVERY,
        "url": f"{visit.here.url}/party/branches/{found.key}/meetings",
    }


async def calendar(visit: Visit) -> Response:
    found, _looks = await branch_of(visit)
    listed = await _meetings(found)
    base = visit.absolute(f"{visit.here.url}/party/branches/{found.key}/meetings")
    content = calendar_file(found, listed, base=base, made=now())
    headers = {"content-disposition": 'attachment; filename="meetings.ics"', "cache-control": "private, no-store"}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


async def meeting_of(visit: Visit, *, lead: bool = False) -> tuple[Meeting, Branch, Reader]:
    found, looks = await branch_of(visit, lead=lead)
    one = await Meeting.get_or_none(key=visit.path_params["meeting"], branch_id=found.id)
    if one is None:
        raise missing()
    return one, found, looks


async def meeting(visit: Visit) -> Response:
    return await meeting_page(visit, Form.blank())


async def meeting_page(visit: Visit, form: Form, *, status: int = 200) -> Response:
    """A meeting: what is planned, or who was there, the minutes and photos."""
    one, found, looks = await meeting_of(visit)
    rows = await Attendance.filter(meeting_id=one.id).order_by("id")
    people = {row.id: row for row in await Member.filter(id__in=[row.member_id for row in rows])}
    me = looks.member_in(looks.tree.below(found.id))
    context = {
        "meeting": one,
        "branch": found,
        "leads": looks.leads(found.id),
        "there": {how: [people[row.member_id].name for row in rows if row.how == how] for how in words.ATTENDED},
        "was_there": me is not None and any(row.member_id == me.id for row in rows),
        "is_member": me is not None,
        "kinds": words.MEETINGS,
        "states": words.MEETING_STATES,
        "attended": words.ATTENDED,
        "begun": one.starts_at <= now(),
        "photos": actions.photos_of(one),
        "most": actions.MOST_PHOTOS,
        "form": form,
        "url": f"{visit.here.url}/party/branches/{found.key}/meetings",
    }
    return await visit.render("party/meeting.html", context, status=status)


def _fields(one: Meeting | None) -> list[Field]:
    return [
        Field(
            name="kind",
            label=_("什么会"),
            kind="choice",
            choices=words.choices(words.MEETINGS),
            value=one.kind if one else "day",
        ),
        Field(name="title", label=_("主题"), most=60, value=one.title if one else ""),
        Field(name="starts_at", label=_("什么时候开始"), kind="moment", value=typed(one.starts_at) if one else ""),
        Field(name="place", label=_("地点"), most=60, required=False, value=one.place if one else ""),
        Field(name="agenda", label=_("议程"), kind="words", most=5000, required=False, value=one.agenda if one else ""),
        Field(
            name="live",
            label=_("直播、视频会议的网址"),
            most=500,
            required=False,
            value=one.live if one else "",
            hint=_("在外、走不动的党员从这里参加"),
        ),
        Field(
            name="hours",
            label=_("记几个学时"),
            kind="number",
            least=0,
            most=16,
            value=one.hours if one else 0,
            hint=_("半天记 4 个学时；不是学习的会写 0"),
        ),
    ]


async def plan(visit: Visit) -> Response:
    found, _looks = await branch_of(visit, lead=True)
    return await _plan(visit, found, None)


async def edit(visit: Visit) -> Response:
    one, found, _looks = await meeting_of(visit, lead=True)
    if one.state != "planned":
        raise missing()
    return await _plan(visit, found, one)


async def _plan(visit: Visit, found: Branch, one: Meeting | None) -> Response:
    url = f"{visit.here.url}/party/branches/{found.key}/meetings"
    paper_ = Paper(
        title=_("改这次会") if one else _("安排一次会"),
        fields=_fields(one),
        go=_("存好，通知大家"),
        back=f"{url}/{one.key}" if one else url,
        changes=one is not None,
    )

    async def act(given: Given) -> str:
        values = {**given, "live": address(given["live"], "live")}
        made = await actions.plan(found, values, actor=visit.me.id, meeting=one)
        return f"{url}/{made.key}"

    return await answer(visit, paper_, act, toast=_("安排好了"))


async def call_off(visit: Visit) -> Response:
    one, found, _looks = await meeting_of(visit, lead=True)
    if one.state != "planned":
        raise missing()
    url = f"{visit.here.url}/party/branches/{found.key}/meetings"
    fields = [Field(name="reason", label=_("为什么"), most=200)]
    paper_ = Paper(
        title=_("取消：%(title)s", title=one.title), fields=fields, go=_("取消，告诉大家"), back=f"{url}/{one.key}"
    )

    async def act(given: Given) -> str:
        await actions.call_off(one, given["reason"], actor=visit.me.id)
        return url

    return await answer(visit, paper_, act, toast=_("取消了"))


async def read(visit: Visit) -> Response:
    """“我看了记录”, by a member who was not there."""
    one, found, looks = await meeting_of(visit)
    me = looks.member_in(looks.tree.below(found.id))
    if one.state != "held" or me is None:
        raise missing()
    form = await visit.form()
    url = f"{visit.here.url}/party/branches/{found.key}/meetings/{one.key}"

    async def act() -> str:
        await actions.read_minutes(one, me)
        return url

    return visit.redirect(await form.once(act), toast=_("记下了，和到会分开算"))


PAGES = (
    Page(path=f"{BRANCH}/meetings", view=meetings, to=BELONG, name="meetings"),
    Page(path=f"{BRANCH}/meetings-paper", view=paper, to=BELONG, name="meetings_paper"),
    Page(path=f"{BRANCH}/meetings.ics", view=calendar, to=BELONG, name="calendar"),
    Page(path=f"{BRANCH}/plan", view=plan, to=LEAD, methods=BOTH, name="plan"),
    Page(path=MEETING, view=meeting, to=BELONG, name="meeting"),
    Page(path=f"{MEETING}/edit", view=edit, to=LEAD, methods=BOTH, name="edit_meeting"),
    Page(path=f"{MEETING}/off", view=call_off, to=LEAD, methods=BOTH, name="call_off"),
    Page(path=f"{MEETING}/read", view=read, to=BELONG, methods=("POST",), name="read_minutes"),
)
