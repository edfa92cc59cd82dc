"""Pages of the school for those who learn: the library, a course with its lesson, the quiz, the certificate."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from cunli import EVERYONE, MEMBER, Form, Page, Visit, names_of
from cunli import gettext as _
from cunli_party import words
from cunli_party.branches.asking import looks_of
from cunli_party.models import Completion, Course, Done, Item, Lesson
from cunli_party.papers import asked, missing, now, start_of, today
from cunli_party.rights import LEAD
from cunli_party.settings import CATEGORIES

from . import actions, reading, texts
from .asking import course_of, file_of, item_of, lesson_of, whole
from .categories import categories
from .certificate import certificate_pdf
from .quiz import Question, from_kept, mark

VIEWS = ("video", "audio", "text")
SHOWN_WORDS = 20


async def library(visit: Visit) -> Response:
    """The library by category: what is public for every villager, the rest for members."""
    inside = await whole(visit)
    category = visit.query.get("category", "")
    known = categories(visit.setting(CATEGORIES))
    category = category if category in known else ""
    words_ = asked(visit)
    found = await reading.items(whole=inside, category=category, words=words_, before=start_of(visit, "before"))
    courses, more = await reading.courses(
        whole=inside,
        person_id=visit.me.id,
        hidden=visit.may(LEAD),
        words=words_,
        before=start_of(visit, "courses"),
    )
    context = {
        "items": found[: reading.MOST],
        "older": found[reading.MOST - 1].id if len(found) > reading.MOST else 0,
        "category": category,
        "asked": words_,
        "courses": courses,
        "more_courses": more,
        "may_keep": visit.may(LEAD),
        "inside": inside,
        **_names(visit),
    }
    return await visit.render("party/library.html", context)


def _names(visit: Visit) -> dict[str, Any]:
    return {
        "categories": categories(visit.setting(CATEGORIES)),
        "item_kinds": words.ITEM_KINDS,
        "item_icons": words.ITEM_ICONS,
    }


async def item(visit: Visit) -> Response:
    return await item_page(visit, await item_of(visit), Form.blank())


async def item_page(visit: Visit, found: Item, form: Form, *, status: int = 200) -> Response:
    """One thing of the library; with `form`, where its file is put."""
    context = {
        "item": found,
        "file": await file_of(found),
        "takes": words.FILES.get(found.kind, ""),
        "hint": words.FILE_HINTS.get(found.kind, ""),
        "form": form,
        "pieces": texts.pieces(found.body),
        "may_keep": visit.may(LEAD),
        **_names(visit),
    }
    return await visit.render("party/item.html", context, status=status)


async def course(visit: Visit) -> Response:
    """A course, open at the lesson where somebody goes on."""
    found = await course_of(visit)
    return await _course(visit, found, None, Form.blank())


async def lesson(visit: Visit) -> Response:
    found, chosen = await lesson_of(visit)
    return await _course(visit, found, chosen, Form.blank())


async def _course(
    visit: Visit, found: Course, chosen: Lesson | None, form: Form, marked: Any = None, *, status: int = 200
) -> Response:
    progress = await reading.progress(found, visit.me.id)
    chosen = chosen or progress.now or (progress.lessons[-1] if progress.lessons else None)
    year = today().year
    said = await _said(chosen) if chosen else []
    context = {
        "course": found,
        "progress": progress,
        "lesson": chosen,
        "pieces": texts.pieces(chosen.body) if chosen else [],
        "captions": texts.pieces(chosen.captions) if chosen else [],
        "questions": from_kept(chosen.questions) if chosen else [],
        "as": _as(visit, chosen),
        "form": form,
        "marked": marked,
        "said": said,
        "hours": await reading.hours_of(visit.me.id, year),
        "category": categories(visit.setting(CATEGORIES)).get(found.category, ""),
        "proofs": words.PROOFS,
        "may_keep": visit.may(LEAD),
        "url": f"{visit.here.url}/party/courses/{found.key}",
    }
    return await visit.render("party/course.html", context, status=status)


def _as(visit: Visit, chosen: Lesson | None) -> str:
    """How the lesson is taken: a video is a link that nobody opens by mistake, so words come first where there are any."""
    if chosen is None:
        return "text"
    there = [view for view in VIEWS if view == "text" or getattr(chosen, view)]
    asked = visit.query.get("as", "")
    return asked if asked in there else there[0]


async def _said(chosen: Lesson) -> list[tuple[str, Done]]:
    """What people wrote about the lesson, newest first."""
    rows = await Done.filter(lesson_id=chosen.id).exclude(words="").order_by("-id").limit(SHOWN_WORDS)
    names = (await names_of(people=[one.person_id for one in rows])).people
    return [(names.get(one.person_id, ""), one) for one in rows]


async def quiz(visit: Visit) -> Response:
    """Mark the answers. A form sent twice is one try; what was not answered is asked for and nothing is lost."""
    found, chosen = await lesson_of(visit)
    questions = from_kept(chosen.questions)
    if not questions:
        raise missing()
    form = await visit.form()
    answers = [_answer(form, number, one) for number, one in enumerate(questions, start=1)]
    if not form:
        return await _course(visit, found, chosen, form, status=422)
    marked = mark(questions, answers)

    async def act() -> str:
        await actions.answered(found, chosen, visit.me.id, marked)
        return f"{visit.here.url}/party/courses/{found.key}/lessons/{chosen.key}/result"

    await form.once(act)
    return await _course(visit, found, chosen, form, marked)


def _answer(form: Form, number: int, question: Question) -> frozenset[int]:
    name = f"q{number}"
    given = form.keys(name, most=len(question.choices))
    allowed = {str(index) for index in range(len(question.choices))}
    if not given:
        form.error(name, _("第 %(n)s 题还没选", n=number))
    if not set(given) <= allowed:
        form.error(name, _("第 %(n)s 题请重新选一下", n=number))
        return frozenset()
    return frozenset(int(one) for one in given)


async def result(visit: Visit) -> Response:
    """Where a quiz sent twice ends: the lesson as it is."""
    found, chosen = await lesson_of(visit)
    return visit.redirect(f"{visit.here.url}/party/courses/{found.key}/lessons/{chosen.key}")


async def say(visit: Visit) -> Response:
    """Write what one learnt: where the lesson asks for it, this completes it."""
    found, chosen = await lesson_of(visit)
    form = await visit.form()
    said = form.text("words", _("学习心得"), required=True, min_length=10, max_length=1000, multiline=True)
    if not form:
        return await _course(visit, found, chosen, form, status=422)

    async def act() -> str:
        await actions.discussed(found, chosen, visit.me.id, said)
        return f"{visit.here.url}/party/courses/{found.key}/lessons/{chosen.key}"

    return visit.redirect(await form.once(act), toast=_("写好了"))


async def bookmark(visit: Visit) -> Response:
    """“先学到这里”."""
    found, chosen = await lesson_of(visit)
    form = await visit.form()

    async def act() -> str:
        await actions.open_lesson(chosen, visit.me.id)
        return f"{visit.here.url}/party/courses/{found.key}"

    return visit.redirect(await form.once(act), toast=_("记住了，下次从这一节接着学"))


async def _own(visit: Visit) -> tuple[Course, Completion]:
    """What somebody completed stays theirs, also when the course is put away or they have left the branch."""
    found = await Course.get_or_none(key=visit.path_params["course"])
    held = await Completion.get_or_none(
        course_id=found.id if found else 0, person_id=visit.me.id, withdrawn_at__isnull=True
    )
    if found is None or held is None:
        raise missing()
    return found, held


async def certificate(visit: Visit) -> Response:
    """The certificate as a page that prints on A4, for those whose phone opens no PDF."""
    found, held = await _own(visit)
    context = {"course": found, "held": held, "name": visit.me.display_name, "address": _check_address(visit, held)}
    return await visit.render("party/certificate.html", context)


async def certificate_file(visit: Visit) -> Response:
    found, held = await _own(visit)
    content = await asyncio.to_thread(  # a tenth of a second of nothing but arithmetic: others are answered meanwhile
        certificate_pdf,
        village=visit.here.name,
        name=visit.me.display_name,
        course=found.title,
        hours=held.hours,
        number=held.number,
        day=held.at,
        address=_check_address(visit, held),
    )
    headers = {"content-disposition": f'attachment; filename="{held.number}.pdf"', "cache-control": "private, no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _check_address(visit: Visit, held: Completion) -> str:
    return visit.absolute(f"{visit.here.url}/party/check/{held.key}")


async def check(visit: Visit) -> Response:
    """Whether a certificate is real, for whoever scans it. A course for members only is not named to others."""
    held = await Completion.get_or_none(key=visit.path_params["completion"])
    if held is None:
        return await visit.render("party/check.html", {"held": None, "checked": now()}, status=404)
    found = await Course.get(id=held.course_id)
    inside = found.public or (visit.person is not None and (await looks_of(visit)).belongs)
    names = (await names_of(people=[held.person_id] if held.person_id else [])).people
    name = names.get(held.person_id or 0, "")
    context = {
        "held": held,
        "title": found.title if inside else "",
        "name": f"{name[:1]}＊＊" if name else "",
        "checked": now(),
    }
    return await visit.render("party/check.html", context)


COURSE = "/courses/{course}"
LESSON = "/courses/{course}/lessons/{lesson}"
PAGES = (
    Page(path="/school", view=library, to=MEMBER, name="school"),
    Page(path="/items/{item}", view=item, to=MEMBER, name="item"),
    Page(path=COURSE, view=course, to=MEMBER, name="course"),
    Page(path=LESSON, view=lesson, to=MEMBER, name="lesson"),
    Page(path=f"{LESSON}/quiz", view=quiz, to=MEMBER, methods=("POST",), name="quiz"),
    Page(path=f"{LESSON}/result", view=result, to=MEMBER, name="result"),
    Page(path=f"{LESSON}/say", view=say, to=MEMBER, methods=("POST",), name="say"),
    Page(path=f"{LESSON}/mark", view=bookmark, to=MEMBER, methods=("POST",), name="mark"),
    Page(path=f"{COURSE}/certificate", view=certificate, to=MEMBER, name="certificate"),
    Page(path=f"{COURSE}/certificate.pdf", view=certificate_file, to=MEMBER, name="certificate_file"),
    Page(path="/check/{completion}", view=check, to=EVERYONE, name="check"),
)
