"""Pages for whoever reports. All of them are traceless: nobody is known here, and nothing is remembered but what is sealed."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli import (
    EVERYONE,
    Form,
    Limit,
    Page,
    Visit,
    count_unkept,
    developed_photos,
    new_key,
    officers,
    photo_body_limit,
)
from cunli import gettext as _

from . import reports, words
from .models import Report
from .reports import NEAR, Told
from .settings import DISCIPLINE

MOST_PHOTOS: Final = 3
WRITING: Final = Limit(name="report", most=5, seconds=3600)
ASKING: Final = Limit(name="code", most=20, seconds=3600)


async def _taken(visit: Visit) -> bool:
    """Whether there is anybody who may read a report from here."""
    return bool(await reports.receivers(visit.setting(DISCIPLINE)))


async def writing(visit: Visit) -> Response:
    return await _writing(visit, Form.blank())


async def _writing(visit: Visit, form: Form, *, status: int = 200) -> Response:
    cadres = [(str(one.person_id), f"{one.name} {one.title}") for one in await officers() if one.level in NEAR]
    context = {"form": form, "taken": await _taken(visit), "cadres": [("", _("名单里没有，我自己写")), *cadres]}
    return await visit.render("mailbox/report.html", context, status=status)


async def send(visit: Visit) -> Response:
    """Lay it in, and show the code once: no address ever has it. The same form sent again shows the same code."""
    form = await visit.form()
    told = await _read(visit, form)
    if form and count_unkept(WRITING, visit.network):
        form.error("body", _("这里这一个小时写得太多了，请过一会儿再来"))
    photos = await developed_photos(visit, form, most=MOST_PHOTOS) if form else []
    if form and not await _taken(visit):
        form.error("body", _("这个村的举报现在没有人能收，请拨打 12388"))
    if not form:
        return await _writing(visit, form, status=422)
    code = reports.code_for(form.key or new_key(), told, photos)
    await reports.put(code, told, photos)
    return await visit.render("mailbox/report_sent.html", {"code": " ".join(code[n : n + 4] for n in (0, 4, 8, 12))})


async def _read(visit: Visit, form: Form) -> Told:
    cadres = {str(one.person_id): one for one in await officers()}
    chosen = form.choice("about", _("反映谁"), cadres, required=False)
    written = form.text("who", _("姓名和职务"), max_length=60, required=not chosen)
    title = form.text("title", _("一句话说是什么事"), required=True, max_length=60)
    body = form.text("body", _("详细说说"), required=True, max_length=5000, multiline=True)
    named = form.flag("named")
    name = form.text("name", _("你的姓名"), max_length=40, required=named)
    phone = form.text("phone", _("你的电话"), max_length=20, required=named)
    if chosen and int(chosen) in await reports.beyond(visit.setting(DISCIPLINE)):
        form.error("about", _("这位干部由上一级纪委监委管，请拨打 12388 或者写信给上一级，这里没有留下你写的内容"))
    about = f"{cadres[chosen].name} {cadres[chosen].title} {written}".strip() if chosen else written
    return Told(
        title=title,
        body=body,
        about=about,
        about_id=int(chosen) if chosen else None,
        name=name if named else "",
        phone=phone if named else "",
    )


async def following(visit: Visit) -> Response:
    return await visit.render("mailbox/report_code.html", {"form": Form.blank()})


async def follow(visit: Visit) -> Response:
    """What became of it, for whoever has the code. A wrong code, and one that is on its way, are told apart by nobody else."""
    form = await visit.form()
    code = form.text("code", _("回执码"), required=True, max_length=40)
    if form and count_unkept(ASKING, visit.network):
        form.error("code", _("试得太多了，请过一个小时再来"))
    found = await reports.by_code(code) if form else None
    if found is not None:
        return await _thread(visit, found, code, Form.blank())
    if form and await reports.lies(code):
        form.error("code", _("收到了，正在入库，一般一两个小时后就能查"))
    elif form:
        form.error("code", _("没有这个回执码，请对一对"))
    form.values.pop("code", None)
    return await visit.render("mailbox/report_code.html", {"form": form}, status=422)


async def _thread(
    visit: Visit, found: Report, code: str, form: Form, *, sent: bool = False, status: int = 200
) -> Response:
    notes = [
        {
            "what": words.REPORT_HAPPENED[one.what],
            "day": one.day,
            "words": reports.held(found, code, one),
            "own": one.what == "more",
        }
        for one in await reports.notes_of(found)
        if one.told
    ]
    context: dict[str, Any] = {
        "number": found.number,
        "day": found.day,
        "state": words.REPORT_SHOWN.get(found.state, _("正在办")),
        "notes": notes,
        "code": reports.plain(code),
        "form": form,
        "sent": sent,
    }
    return await visit.render("mailbox/report_thread.html", context, status=status)


async def more(visit: Visit) -> Response:
    """A further word to a report."""
    form = await visit.form()
    code = form.text("code", _("回执码"), required=True, max_length=40)
    said = form.text("words", _("补充"), required=True, max_length=3000, multiline=True)
    limited = bool(count_unkept(ASKING, visit.network))
    found = await reports.by_code(code) if form.raw("code") and not limited else None
    if found is None:
        form.error("code", _("试得太多了，请过一个小时再来") if limited else _("没有这个回执码，请对一对"))
        form.values.pop("code", None)
        return await visit.render("mailbox/report_code.html", {"form": form}, status=422)
    if not form:
        return await _thread(visit, found, code, form, status=422)
    await reports.add(found, form.key or new_key(), said)
    return await _thread(visit, found, code, Form.blank(), sent=True)


PAGES = (
    Page(path="/report", view=writing, to=EVERYONE, traceless=True, name="report"),
    Page(
        path="/report",
        view=send,
        to=EVERYONE,
        methods=("POST",),
        traceless=True,
        name="send-report",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
    Page(path="/report/follow", view=following, to=EVERYONE, traceless=True, name="report-code"),
    Page(path="/report/follow", view=follow, to=EVERYONE, methods=("POST",), traceless=True, name="follow-report"),
    Page(path="/report/more", view=more, to=EVERYONE, methods=("POST",), traceless=True, name="add-to-report"),
)
