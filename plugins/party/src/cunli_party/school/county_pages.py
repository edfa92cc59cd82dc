"""Pages of a county's courses: bringing one as a folder, another edition of it, putting it away."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli import Form, Page, Visit, reach_of
from cunli import gettext as _
from cunli_party.importing.courses import Folder, Unreadable, read_folder
from cunli_party.models import CountyCourse
from cunli_party.papers import Wrong, missing, start_of
from cunli_party.rights import TEACH
from cunli_party.settings import CATEGORIES

from . import county
from .categories import categories

BOTH = ("GET", "POST")
LIMIT = 5 * 1024 * 1024
MOST = 20
URL = "/party/courses"


async def courses(visit: Visit) -> Response:
    """What the county publishes, the newest first."""
    before = start_of(visit, "before")
    wanted = CountyCourse.filter(id__lt=before) if before else CountyCourse.all()
    rows = await wanted.order_by("-id").limit(MOST + 1)
    context = {
        "courses": rows[:MOST],
        "more": rows[MOST - 1].id if len(rows) > MOST else 0,
        "categories": categories(visit.setting(CATEGORIES)),
        "villages": len((await reach_of(visit, TEACH)).villages),
        "url": URL,
    }
    return await visit.render("party/county_courses.html", context)


async def bring(visit: Visit) -> Response:
    return await _bring(visit, None)


async def _course(visit: Visit) -> CountyCourse:
    found = await CountyCourse.get_or_none(key=visit.path_params["course"])
    if found is None:
        raise missing()
    return found


async def renew(visit: Visit) -> Response:
    """Another edition. Whoever has completed it: keep, or judge again."""
    return await _bring(visit, await _course(visit))


async def _bring(visit: Visit, found: CountyCourse | None) -> Response:
    known = categories(visit.setting(CATEGORIES))
    if visit.request.method in ("GET", "HEAD"):
        values: dict[str, Any] = {"category": "farming", "public": "1", "pass_percent": 60, "hours": 1, "anew": "keep"}
        if found is not None:
            values |= {name: getattr(found, name) for name in ("category", "pass_percent", "hours")}
            values["public"] = "1" if found.public else ""
        return await _show(visit, Form.blank(**values), found, known)
    form = await visit.form()
    given: dict[str, Any] = {
        "category": form.choice("category", _("哪一类"), known),
        "public": form.flag("public"),
        "hours": form.integer("hours", _("学完记几个学时"), minimum=0, maximum=40),
        "pass_percent": form.integer("pass_percent", _("随堂题答对百分之几算过"), minimum=1, maximum=100),
    }
    anew = form.choice("anew", _("学完的人"), ("keep", "anew"), required=found is not None) == "anew"
    folder = await _folder(form)
    if not form or folder is None:
        return await _show(visit, form, found, known, status=422)
    villages = [one.id for one in (await reach_of(visit, TEACH)).villages]
    given |= {"title": folder.title, "about": folder.about}

    async def act() -> str:
        await county.publish(
            given, folder.lessons, actor=visit.me.id, villages=villages, course=found, anew=anew and found is not None
        )
        return URL

    try:
        return visit.redirect(await form.once(act), toast=_("放出来了，各村过一会儿就有"))
    except Wrong as wrong:
        form.error(str(wrong.args[0]), wrong.args[1])
        return await _show(visit, form, found, known, status=422)


async def _folder(form: Form) -> Folder | None:
    files = form.files("file")
    if not files:
        form.error("file", _("还没选压缩包"))
        return None
    try:
        found = read_folder(await files[0].read(LIMIT))
    except Unreadable as unreadable:
        form.error("file", unreadable.args[0])
        return None
    lessons = tuple({**one, "title": str(one["title"])} for one in found.lessons)
    return Folder(title=found.title, about=found.about, lessons=lessons)


async def _show(
    visit: Visit, form: Form, found: CountyCourse | None, known: dict[str, Any], *, status: int = 200
) -> Response:
    context = {"form": form, "course": found, "categories": list(known.items()), "back": URL}
    return await visit.render("party/county_course.html", context, status=status)


async def show(visit: Visit) -> Response:
    found = await _course(visit)
    form = await visit.form()
    shown = form.choice("shown", _("放出来"), ("0", "1")) == "1"
    if not form:
        return visit.redirect(URL)
    villages = [one.id for one in (await reach_of(visit, TEACH)).villages]

    async def act() -> str:
        await county.show(found, shown=shown, actor=visit.me.id, villages=villages)
        return URL

    return visit.redirect(await form.once(act), toast=_("放出来了") if shown else _("收起来了"))


PAGES = (
    Page(path="/courses", view=courses, to=TEACH, scope="county", name="county_courses"),
    Page(
        path="/courses/bring",
        view=bring,
        to=TEACH,
        scope="county",
        methods=BOTH,
        files=1,
        body_limit=LIMIT,
        name="county_bring",
    ),
    Page(
        path="/courses/{course}/renew",
        view=renew,
        to=TEACH,
        scope="county",
        methods=BOTH,
        files=1,
        body_limit=LIMIT,
        name="county_renew",
    ),
    Page(path="/courses/{course}/show", view=show, to=TEACH, scope="county", methods=("POST",), name="county_show"),
)
