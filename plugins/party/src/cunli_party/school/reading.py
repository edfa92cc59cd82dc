"""What pages of the school read, and for whom. `whole`: somebody verified by a branch here, who may see what is for members only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count, Sum

from cunli_party.models import Completion, Course, Done, Item, Lesson, Place
from cunli_party.papers import ZONE

MOST = 20


async def items(
    *, whole: bool, category: str = "", words: str = "", before: int = 0, most: int = MOST + 1
) -> list[Item]:
    """Things of the library, newest first."""
    wanted = Item.filter(shown=True) if whole else Item.filter(shown=True, public=True)
    if category:
        wanted = wanted.filter(category=category)
    if words:
        wanted = wanted.filter(Q(title__icontains=words) | Q(body__icontains=words))
    if before:
        wanted = wanted.filter(id__lt=before)
    return await wanted.order_by("-id").limit(most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A course in a list, with how far somebody is."""

    course: Course
    lessons: int
    done: int
    completed: bool


async def courses(
    *, whole: bool, person_id: int | None, hidden: bool = False, words: str = "", before: int = 0, most: int = MOST
) -> tuple[list[Line], int]:
    """A page of the courses one may take, and where the next one starts; with `hidden`, also those still being written."""
    wanted = Course.all() if hidden else Course.filter(shown=True)
    if not whole:
        wanted = wanted.filter(public=True)
    if words:
        wanted = wanted.filter(title__icontains=words)
    if before:
        wanted = wanted.filter(id__lt=before)
    rows = await wanted.order_by("-id").limit(most + 1)
    found, more = rows[:most], rows[most - 1].id if len(rows) > most else 0
    ids = [one.id for one in found]
    lessons = await _counts(Lesson.filter(course_id__in=ids))
    done = await _counts(Done.filter(course_id__in=ids, person_id=person_id, passed=True)) if person_id else {}
    completed = {
        one.course_id
        for one in await Completion.filter(
            course_id__in=ids, person_id=person_id, person_id__isnull=False, withdrawn_at__isnull=True
        )
    }
    lines = [
        Line(course=one, lessons=lessons.get(one.id, 0), done=done.get(one.id, 0), completed=one.id in completed)
        for one in found
    ]
    return lines, more


async def _counts(query: Any) -> dict[int, int]:
    rows = await query.annotate(n=Count("id")).group_by("course_id").values("course_id", "n")
    return {row["course_id"]: row["n"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody is in a course."""

    lessons: Sequence[Lesson]
    done: dict[int, Done]
    last: int | None
    completion: Completion | None

    @property
    def passed(self) -> int:
        return sum(one.id in self.done and self.done[one.id].passed for one in self.lessons)

    @property
    def now(self) -> Lesson | None:
        """Where to go on: the lesson that was open last, unless it is completed; else the first that is not."""
        open_ = [one for one in self.lessons if not (one.id in self.done and self.done[one.id].passed)]
        return next((one for one in open_ if one.id == self.last), open_[0] if open_ else None)


async def progress(course: Course, person_id: int) -> Progress:
    lessons = await Lesson.filter(course_id=course.id).order_by("number", "id")
    done = {one.lesson_id: one for one in await Done.filter(course_id=course.id, person_id=person_id)}
    place = await Place.get_or_none(course_id=course.id, person_id=person_id)
    completion = await Completion.get_or_none(course_id=course.id, person_id=person_id, withdrawn_at__isnull=True)
    return Progress(lessons=lessons, done=done, last=place.lesson_id if place else None, completion=completion)


async def hours_of(person_id: int, year: int) -> int:
    """Hours of study of somebody in a year, by the courses completed in it."""
    rows = await (
        Completion.filter(person_id=person_id, withdrawn_at__isnull=True, at__gte=first(year), at__lt=first(year + 1))
        .annotate(n=Sum("hours"))
        .values("n")
    )
    return int(rows[0]["n"] or 0) if rows else 0


def first(year: int) -> datetime:
    """The first moment of a year where the village is."""
    return datetime.combine(date(year, 1, 1), datetime.min.time(), tzinfo=ZONE)
