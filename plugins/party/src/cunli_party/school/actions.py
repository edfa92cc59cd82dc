"""What changes the school: things in the library, courses, what somebody completed. A lesson is proved by answers, words or being
there, never by how long a page was open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tortoise.expressions import F

from cunli import audit, discard_files, emit, new_key, unit, use_files
from cunli import gettext as _
from cunli_party.events import CourseCompleted
from cunli_party.models import Completion, Course, Done, Item, Lesson, Place
from cunli_party.papers import ZONE, Wrong, now

from .judging import judge_again
from .quiz import Mark

COURSE = ("title", "about", "category", "public", "hours", "pass_percent", "teacher")
LESSON = ("title", "body", "video", "captions", "audio", "minutes", "proof", "questions")


def plain_link(link: str) -> str:
    """An address without what only tracks: the same thing from two places is the same."""
    parts = urlsplit(link.strip())
    kept = "&".join(
        one for one in parts.query.split("&") if one and not one.lower().startswith(("utm_", "from=", "spm="))
    )
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), kept, ""))


def link_hash(link: str) -> str:
    return sha256(plain_link(link).encode()).hexdigest() if link else ""


@unit
async def add_item(given: Mapping[str, Any], *, actor: int | None, item: Item | None = None, file: str = "") -> Item:
    """Put something into the library, perhaps with a file, or change it. The same link is one thing."""
    hashed = link_hash(given["link"])
    twin = await Item.filter(link_hash=hashed).first() if hashed else None
    if twin is not None and (item is None or twin.id != item.id):
        raise Wrong("link", _("资料库里已经有这个网址：%(title)s", title=twin.title))
    values = {**given, "link_hash": hashed}
    if item is None:
        item = await Item.create(key=new_key(), added_by_id=actor, added_at=now(), **values)
    else:
        await Item.filter(id=item.id).update(**values)
    await audit("party.item.keep", actor=actor, object=("item", item.id), public=given["public"])
    if file and actor is not None:
        await put_file(item, file, actor=actor)
    return item


@unit
async def put_file(item: Item, file: str, *, actor: int) -> None:
    """Give it this file. The one that it had before is deleted."""
    before = (await Item.get(id=item.id)).file
    await use_files([file], owner_id=actor)
    if not await Item.filter(id=item.id, file=before).update(file=file):
        raise Wrong("file", _("刚才有人也换了文件，请再看一下"))
    await discard_files([before] if before else [])
    await audit("party.item.file", actor=actor, object=("item", item.id), replaced=bool(before))


@unit
async def remove_file(item: Item, *, actor: int) -> None:
    """Take its file away. What would be left with nothing at all keeps it."""
    now_ = await Item.get(id=item.id)
    if not now_.file:
        return
    if not now_.link and (now_.kind != "article" or not now_.body):
        raise Wrong("file", _("这条资料只有这个文件：换一个，或者先写上网址"))
    await Item.filter(id=item.id).update(file="")
    await discard_files([now_.file])
    await audit("party.item.file", actor=actor, object=("item", item.id), removed=True)


@unit
async def make_course(given: Mapping[str, Any], *, actor: int) -> Course:
    course = await Course.create(
        key=new_key(), made_by_id=actor, made_at=now(), **{name: given[name] for name in COURSE}
    )
    await audit("party.course.make", actor=actor, object=("course", course.id))
    return course


@unit
async def change_course(course: Course, given: Mapping[str, Any], *, actor: int, anew: bool) -> None:
    """Change a course. Where the rule of completion changes, `anew` says whether those who completed it are judged again."""
    values = {name: given[name] for name in COURSE}
    if values["pass_percent"] != course.pass_percent:
        await Course.filter(id=course.id).update(**values, rule=F("rule") + 1)
        if anew:
            await judge_again(course)
    else:
        await Course.filter(id=course.id).update(**values)
    await audit("party.course.change", actor=actor, object=("course", course.id), anew=anew)


@unit
async def show_course(course: Course, *, shown: bool, actor: int) -> None:
    if shown and not await Lesson.filter(course_id=course.id).exists():
        raise Wrong("", _("一节课都没有，先加一节"))
    await Course.filter(id=course.id).update(shown=shown)
    await audit("party.course.show", actor=actor, object=("course", course.id), shown=shown)


@unit
async def keep_lesson(
    course: Course,
    given: Mapping[str, Any],
    *,
    actor: int | None,
    lesson: Lesson | None = None,
    anew: bool = False,
) -> Lesson:
    """Add a lesson, or change one. A lesson more, or another proof, is another rule of completion."""
    values = {name: given[name] for name in LESSON}
    if lesson is None:
        last = await Lesson.filter(course_id=course.id).order_by("-number").first()
        lesson = await Lesson.create(
            key=new_key(), course_id=course.id, number=(last.number if last else 0) + 1, **values
        )
        await Course.filter(id=course.id).update(rule=F("rule") + 1)
    else:
        if lesson.proof != values["proof"]:
            await Course.filter(id=course.id).update(rule=F("rule") + 1)
        await Lesson.filter(id=lesson.id).update(**values)
    if anew:
        await judge_again(course)
    await audit("party.lesson.keep", actor=actor, object=("lesson", lesson.id))
    return lesson


@unit
async def open_lesson(lesson: Lesson, person_id: int) -> None:
    """Remember where somebody is."""
    place, new = await Place.get_or_create(
        course_id=lesson.course_id, person_id=person_id, defaults={"lesson_id": lesson.id, "at": now()}
    )
    if not new and place.lesson_id != lesson.id:
        await Place.filter(id=place.id).update(lesson_id=lesson.id, at=now())


@unit
async def answered(course: Course, lesson: Lesson, person_id: int, marked: Mark) -> bool:
    """Keep the best try of a quiz; whether the lesson is passed."""
    return await prove(course, lesson, person_id, how="quiz", score=marked.percent)


@unit
async def discussed(course: Course, lesson: Lesson, person_id: int, words: str) -> bool:
    return await prove(course, lesson, person_id, how="discussion", words=words)


@unit
async def attended(course: Course, lesson: Lesson, people: Sequence[int], *, by: int) -> int:
    """The branch writes down who was there. Nobody can say it of themselves."""
    for person in people:
        await prove(course, lesson, person, how="attendance", by=by)
    await audit("party.lesson.attend", actor=by, object=("lesson", lesson.id), count=len(people))
    return len(people)


async def prove(
    course: Course,
    lesson: Lesson,
    person_id: int,
    *,
    how: str,
    score: int = 100,
    words: str = "",
    by: int | None = None,
) -> bool:
    passed = how == lesson.proof and (how != "quiz" or score >= course.pass_percent)
    row, new = await Done.get_or_create(
        lesson_id=lesson.id,
        person_id=person_id,
        defaults={
            "course_id": course.id,
            "how": how,
            "score": score,
            "words": words,
            "passed": passed,
            "by_id": by,
            "at": now(),
        },
    )
    if not new:
        changes: dict[str, Any] = {"tries": F("tries") + 1}
        if words:
            changes["words"] = words
        if (passed and not row.passed) or (passed == row.passed and score > row.score):
            changes |= {"how": how, "score": score, "passed": passed, "by_id": by, "at": now()}
        await Done.filter(id=row.id).update(**changes)
    await _complete(course, person_id)
    return passed or row.passed


async def _complete(course: Course, person_id: int) -> None:
    """Everything passed: the course is completed, once."""
    lessons = await Lesson.filter(course_id=course.id).count()
    passed = await Done.filter(course_id=course.id, person_id=person_id, passed=True).count()
    if not lessons or passed < lessons:
        return
    at = now()
    values = {
        "hours": course.hours,
        "rule": course.rule,
        "pass_percent": course.pass_percent,
        "lessons": lessons,
        "at": at,
        "withdrawn_at": None,
    }
    key = new_key()
    number = (
        f"{at.astimezone(ZONE):%Y%m%d}-{sha256(key.encode()).hexdigest()[:6].upper()}"  # letters that can be read out
    )
    row, new = await Completion.get_or_create(
        course_id=course.id, person_id=person_id, defaults={"key": key, "number": number, **values}
    )
    if not new:
        if row.withdrawn_at is None:
            return
        await Completion.filter(id=row.id).update(**values)
    await emit(CourseCompleted(village_id=course.village_id, course_id=course.id, person_id=person_id))
