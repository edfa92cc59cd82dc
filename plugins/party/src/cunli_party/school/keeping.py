"""Pages for those who keep the school: making a course and its lessons, who was there."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _
from cunli_party import words
from cunli_party.branches.asking import looks_of
from cunli_party.branches.listing import ROLL, roll, verified
from cunli_party.models import Completion, Course, Done, Lesson
from cunli_party.papers import Field, Given, Paper, Wrong, answer, carry_out, missing, start_of
from cunli_party.rights import LEAD

from . import actions
from .asking import PUBLIC, address, known_categories, lesson_of, own_course
from .quiz import Unclear, from_kept, kept, questions_of, text_of

BOTH = ("GET", "POST")


def _course_fields(course: Course | None, known: dict[str, Any], *, completed: int = 0) -> list[Field]:
    at = course or Course(category="farming")
    fields = [
        Field(name="title", label=_("课程名称"), most=80, value=at.title or ""),
        Field(name="about", label=_("介绍"), kind="words", most=1000, required=False, value=at.about or ""),
        Field(name="category", label=_("哪一类"), kind="pick", choices=list(known.items()), value=at.category),
        Field(name="teacher", label=_("谁讲"), most=40, required=False, value=at.teacher or ""),
        Field(
            name="hours",
            label=_("学完记几个学时"),
            kind="number",
            least=0,
            most=40,
            value=at.hours,
            hint=_("半天记 4 个学时"),
        ),
        Field(
            name="pass_percent",
            label=_("随堂题答对百分之几算过"),
            kind="number",
            least=1,
            most=100,
            value=at.pass_percent,
        ),
        Field(name="public", label=PUBLIC, kind="flag", value="1" if at.public else ""),
    ]
    return [*fields, _anew(completed)] if completed else fields


def _anew(completed: int) -> Field:
    return Field(
        name="anew",
        label=_("已经有 %(n)s 人学完。规则变了，他们的证书怎么办？", n=completed),
        kind="choice",
        choices=[
            ("keep", _("保留"), _("按当时的规则算，证书还有效")),
            ("anew", _("重新算"), _("达不到新规则的，证书作废，并告诉本人")),
        ],
        hint=_("只有规则真的变了才用得上"),
    )


async def make_course(visit: Visit) -> Response:
    back = f"{visit.here.url}/party/school"
    paper = Paper(title=_("开一门课"), fields=_course_fields(None, known_categories(visit)), go=_("开课"), back=back)

    async def act(given: Given) -> str:
        course = await actions.make_course(given, actor=visit.me.id)
        return f"{visit.here.url}/party/courses/{course.key}/keep"

    return await answer(visit, paper, act, toast=_("开好了，再加上每一节"))


async def _completed(course: Course) -> int:
    return await Completion.filter(course_id=course.id, withdrawn_at__isnull=True).count()


async def keep(visit: Visit) -> Response:
    """A course for those who make it: lessons, whether it is shown, how many completed it."""
    found = await own_course(visit)
    context = {
        "course": found,
        "lessons": await Lesson.filter(course_id=found.id).order_by("number"),
        "completed": await _completed(found),
        "proofs": words.PROOFS,
        "url": f"{visit.here.url}/party/courses/{found.key}",
    }
    return await visit.render("party/keep.html", context)


async def edit_course(visit: Visit) -> Response:
    found = await own_course(visit)
    back = f"{visit.here.url}/party/courses/{found.key}/keep"
    fields = _course_fields(found, known_categories(visit), completed=await _completed(found))
    paper = Paper(title=_("改课程"), fields=fields, go=_("存好"), back=back, changes=True)

    async def act(given: Given) -> str:
        await actions.change_course(found, given, actor=visit.me.id, anew=given.get("anew") == "anew")
        return back

    return await answer(visit, paper, act, toast=_("存好了"))


async def show(visit: Visit) -> Response:
    found = await own_course(visit)
    form = await visit.form()
    shown = form.choice("shown", _("放出来"), ("0", "1")) == "1"
    back = f"{visit.here.url}/party/courses/{found.key}/keep"
    if not form:
        return visit.redirect(back)

    async def act() -> str:
        await actions.show_course(found, shown=shown, actor=visit.me.id)
        return back

    return await carry_out(visit, form, act, back, toast=_("放出来了") if shown else _("收起来了"))


def _lesson_fields(lesson: Lesson | None, *, completed: int) -> list[Field]:
    at = lesson or Lesson()
    typed = text_of(from_kept(at.questions or []))
    fields = [
        Field(name="title", label=_("这一节讲什么"), most=80, value=at.title or ""),
        Field(name="body", label=_("课文"), kind="words", most=20_000, required=False, value=at.body or ""),
        Field(name="video", label=_("视频网址"), most=500, required=False, value=at.video or ""),
        Field(
            name="captions", label=_("视频的字幕"), kind="words", most=20_000, required=False, value=at.captions or ""
        ),
        Field(
            name="audio", label=_("录音网址"), most=500, required=False, value=at.audio or "", hint=_("流量少的人只听")
        ),
        Field(name="minutes", label=_("大约几分钟"), kind="number", least=1, most=600, value=at.minutes),
        Field(name="proof", label=_("怎样算学完"), kind="choice", choices=words.choices(words.PROOFS), value=at.proof),
        Field(
            name="questions",
            label=_("随堂题"),
            kind="words",
            most=10_000,
            required=False,
            value=typed,
            hint=_("题目一行，下面每个选项一行，用 - 开头；对的用 * 开头；> 开头写为什么。题和题之间空一行。"),
        ),
    ]
    return [*fields, _anew(completed)] if completed else fields


def _lesson(given: Given) -> dict[str, Any]:
    try:
        questions = questions_of(given["questions"])
    except Unclear as unclear:
        raise Wrong("questions", unclear.args[0]) from None
    values = {**given, "video": address(given["video"], "video"), "audio": address(given["audio"], "audio")}
    if given["proof"] == "quiz" and not questions:
        raise Wrong("questions", _("这一节用随堂题算学完，至少要有一题"))
    if values["video"] and not (given["captions"] or given["body"]):
        raise Wrong("captions", _("视频要有字幕或课文"))
    return {**values, "questions": kept(questions)}


async def add_lesson(visit: Visit) -> Response:
    found = await own_course(visit)
    return await _keep_lesson(visit, found, None)


async def edit_lesson(visit: Visit) -> Response:
    await own_course(visit)
    found, chosen = await lesson_of(visit)
    return await _keep_lesson(visit, found, chosen)


async def _keep_lesson(visit: Visit, found: Course, chosen: Lesson | None) -> Response:
    back = f"{visit.here.url}/party/courses/{found.key}/keep"
    paper = Paper(
        title=_("改这一节") if chosen else _("加一节"),
        fields=_lesson_fields(chosen, completed=await _completed(found)),
        go=_("存好"),
        back=back,
        changes=chosen is not None,
    )

    async def act(given: Given) -> str:
        anew = given.get("anew") == "anew"
        await actions.keep_lesson(found, _lesson(given), actor=visit.me.id, lesson=chosen, anew=anew)
        return back

    return await answer(visit, paper, act, toast=_("存好了"))


async def attend(visit: Visit) -> Response:
    """The branch writes down who was at a lesson that is completed by being there: a page of members at a time, and none takes another back."""
    found, chosen = await lesson_of(visit)
    if chosen.proof != "attendance":
        raise missing()
    led = (await looks_of(visit)).led()  # the course is the village's, the members are the branch's
    people = await roll(verified(led).filter(person_id__isnull=False), start_of(visit, "page"))
    persons = [one.person_id for one in people.people]
    rows = await Done.filter(lesson_id=chosen.id, person_id__in=persons, passed=True)
    done = {one.person_id for one in rows}
    left = [one for one in people.people if one.person_id not in done]
    url = f"{visit.here.url}/party/courses/{found.key}"
    back = url + ("" if found.county_id else "/keep")
    on = f"{url}/lessons/{chosen.key}/attend?page={people.on}" if people.on else back
    if visit.request.method in ("GET", "HEAD"):
        form = Form.blank()
    else:
        form = await visit.form()
        keys = form.keys("who", most=ROLL)
        there = [one.person_id for one in left if one.key in keys and one.person_id is not None]
        if not there:
            form.error("who", _("还没选谁到了"))
        if form:

            async def act() -> str:
                await actions.attended(found, chosen, there, by=visit.me.id)
                return on

            return visit.redirect(await form.once(act), toast=_("记下了 %(n)s 人", n=len(there)))
    context = {
        "course": found,
        "lesson": chosen,
        "roll": people,
        "people": left,
        "noted": [one.name for one in people.people if one.person_id in done],
        "form": form,
        "back": back,
    }
    return await visit.render("party/attend.html", context, status=200 if form else 422)


COURSE = "/courses/{course}"
LESSON = "/courses/{course}/lessons/{lesson}"
PAGES = (
    Page(path="/make-course", view=make_course, to=LEAD, methods=BOTH, name="make_course"),
    Page(path=f"{COURSE}/keep", view=keep, to=LEAD, name="keep_course"),
    Page(path=f"{COURSE}/edit", view=edit_course, to=LEAD, methods=BOTH, name="edit_course"),
    Page(path=f"{COURSE}/show", view=show, to=LEAD, methods=("POST",), name="show_course"),
    Page(path=f"{COURSE}/add", view=add_lesson, to=LEAD, methods=BOTH, name="add_lesson"),
    Page(path=f"{LESSON}/edit", view=edit_lesson, to=LEAD, methods=BOTH, name="edit_lesson"),
    Page(path=f"{LESSON}/attend", view=attend, to=LEAD, methods=BOTH, name="attend_lesson"),
)
