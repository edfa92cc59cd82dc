"""Courses that a county publishes for all its villages. Every village has its copy, so that lessons, answers and certificates are its own
rows; a copy follows its original, and only the county changes it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.expressions import F

from cunli import TaskContext, audit, enqueue, new_key, reach, unit
from cunli import gettext as _
from cunli_party.models import CountyCourse, Course, Lesson
from cunli_party.papers import Wrong, now

from .actions import LESSON
from .judging import judge_again

SPREAD = "party.spread"
WHOLE = ("title", "about", "category", "public", "hours", "pass_percent")


@unit
async def publish(
    given: Mapping[str, Any],
    lessons: Sequence[Mapping[str, Any]],
    *,
    actor: int,
    villages: Sequence[int],
    course: CountyCourse | None = None,
    anew: bool = False,
) -> CountyCourse:
    """Bring a course for the whole county, or another edition of one. `anew`: whoever completed it is judged again."""
    values = {name: given[name] for name in WHOLE} | {"lessons": [dict(one) for one in lessons], "anew": anew}
    if course is None:
        course = await CountyCourse.create(key=new_key(), made_by_id=actor, made_at=now(), shown=True, **values)
    else:
        held = CountyCourse.filter(id=course.id, edition=course.edition)
        if not await held.update(**values, edition=F("edition") + 1):
            raise Wrong("file", _("刚刚有人换过这门课，请回去看看再换"))
    await audit("party.county_course.keep", actor=actor, object=("county_course", course.id))
    await _spread(villages)
    return course


@unit
async def show(course: CountyCourse, *, shown: bool, actor: int, villages: Sequence[int]) -> None:
    await CountyCourse.filter(id=course.id).update(shown=shown)
    await audit("party.county_course.show", actor=actor, object=("county_course", course.id), shown=shown)
    await _spread(villages)


async def _spread(villages: Sequence[int]) -> None:
    for village in villages:
        await enqueue(SPREAD, village_id=village)


async def spread(ctx: TaskContext) -> None:
    """Every hour, and right after the county has changed something: the village's copies are as the county has them."""
    here = next((one for one in (await reach()).villages if one.id == ctx.village_id), None)
    if here is None:
        return  # closed meanwhile
    for one in await CountyCourse.all().order_by("id"):
        await follow(one, here.id)


@unit
async def follow(county: CountyCourse, village_id: int) -> bool:
    """Make the village's copy of a course what the county says; whether anything had to be done."""
    copy = await Course.filter(county_id=county.id).order_by("id").first()
    if copy is None:
        if not county.shown:
            return False
        values = {name: getattr(county, name) for name in WHOLE}
        key = copy_key(county.key, village_id)
        copy, _new = await Course.get_or_create(key=key, defaults={"county_id": county.id, "made_at": now(), **values})
    elif copy.edition == county.edition and copy.shown == county.shown:
        return False
    if copy.edition != county.edition:
        await _renew(copy, county)
    await Course.filter(id=copy.id).update(shown=county.shown)
    return True


def copy_key(county: str, village_id: int) -> str:
    """The key of a village's copy: two tasks at once make one."""
    raw = hashlib.sha256(f"{county}:{village_id}".encode()).digest()[:16]
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def _renew(copy: Course, county: CountyCourse) -> None:
    """The lessons of another edition, in their places: who learnt the first one learnt the first one. Of two tasks at once, one does it."""
    if not await Course.filter(id=copy.id, edition=copy.edition).update(edition=county.edition):
        return
    old = await Lesson.filter(course_id=copy.id).order_by("number", "id")
    harder = bool(copy.edition) and (
        copy.pass_percent != county.pass_percent
        or len(old) != len(county.lessons)
        or [one.proof for one in old] != [one["proof"] for one in county.lessons]
    )
    for number, given in enumerate(county.lessons, start=1):
        values = {name: given[name] for name in LESSON} | {"number": number}
        if number <= len(old):
            await Lesson.filter(id=old[number - 1].id).update(**values)
        else:
            await Lesson.create(key=new_key(), course_id=copy.id, **values)
    await Lesson.filter(id__in=[one.id for one in old[len(county.lessons) :]]).delete()
    values = {name: getattr(county, name) for name in WHOLE}
    rule = {"rule": F("rule") + 1} if harder else {}
    await Course.filter(id=copy.id).update(**values, **rule)
    if harder and county.anew:
        await judge_again(copy)
