"""A changed rule asks again who has completed a course. What lessons count is settled with the change; certificates are looked at in the
background, some at a time, because there may be thousands and each holder is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tortoise.expressions import Q
from tortoise.functions import Count

from cunli import TaskContext, enqueue, reach, tell, unit
from cunli_party.models import Completion, Course, Done, Lesson
from cunli_party.papers import now

TASK: Final = "party.judge"
AT_ONCE: Final = 100  # certificates in one unit


async def judge_again(course: Course) -> None:
    """In the unit of the changed rule. From here on nobody completes the course by what the old rule let pass."""
    percent = (await Course.get(id=course.id)).pass_percent
    for lesson in await Lesson.filter(course_id=course.id):
        done = Done.filter(lesson_id=lesson.id)
        enough = percent if lesson.proof == "quiz" else 0
        await done.filter(~Q(how=lesson.proof) | Q(score__lt=enough)).update(passed=False)
        await done.filter(how=lesson.proof, score__gte=enough).update(passed=True)
    await enqueue(TASK, {"course": course.id, "after": 0}, village_id=course.village_id)


async def run(ctx: TaskContext) -> None:
    here = next((one.url for one in (await reach()).villages if one.id == ctx.village_id), "")
    course = await Course.get_or_none(id=int(ctx.payload["course"]))
    if here and course is not None:
        await _judge_some(course, f"{here}/party/courses/{course.key}", after=int(ctx.payload["after"]))


@unit
async def _judge_some(course: Course, url: str, *, after: int) -> int:
    """Who no longer meets the rule loses the certificate, and is told so. Gives how many."""
    held = Completion.filter(course_id=course.id, withdrawn_at__isnull=True, person_id__isnull=False, id__gt=after)
    some = await held.order_by("id").limit(AT_ONCE)
    if len(some) == AT_ONCE:
        payload = {"course": course.id, "after": some[-1].id}
        await enqueue(TASK, payload, village_id=course.village_id)
    lessons = await Lesson.filter(course_id=course.id).count()
    passed = await _passed(course.id, [one.person_id for one in some if one.person_id is not None])
    lost = 0
    for one in some:
        if passed.get(one.person_id or 0, 0) >= lessons:
            stands = {"rule": course.rule, "pass_percent": course.pass_percent, "lessons": lessons}
            await Completion.filter(id=one.id).update(**stands)
        else:
            lost += await _withdraw(one, course, url)
    return lost


async def _passed(course_id: int, people: Sequence[int]) -> dict[int, int]:
    """By person, how many lessons are passed."""
    query = Done.filter(course_id=course_id, person_id__in=list(people), passed=True)
    rows = await query.annotate(n=Count("id")).group_by("person_id").values("person_id", "n")
    return {row["person_id"]: int(row["n"]) for row in rows}


async def _withdraw(one: Completion, course: Course, url: str) -> int:
    if one.person_id is None:
        return 0
    await Completion.filter(id=one.id).update(withdrawn_at=now())
    await tell(one.person_id, "party.again", url=url, once=f"again:{one.id}:{course.rule}", title=course.title)
    return 1
