"""A living branch for the demo county, written through the same doors as a real one."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import click

from cunli import Entry, VillageInReach, Villager, homes, officers, reach, review_entry, villagers
from cunli_party.away import actions as away
from cunli_party.branches import actions as branches
from cunli_party.diaries import actions as diaries
from cunli_party.meetings import actions as meetings
from cunli_party.models import Branch, Course, Deed, Lesson, Meeting, Member
from cunli_party.papers import ZONE, Wrong, as_of, today
from cunli_party.rules import add_months
from cunli_party.school import actions as school
from cunli_party.school.quiz import from_kept, kept, mark, questions_of
from cunli_party.serving import actions as serving

FEWEST: Final = 12  # villagers: a branch needs some, and the village some who are in none
MOST: Final = 22
AWAY: Final = 7  # of whom five are registered: 71 %
REGISTERED: Final = 5
ROLES: Final = ("deputy", "organiser", "publicist", "inspector")
EDUCATION: Final = ("middle", "high", "high", "college", "university")
WORK: Final = ("种果树", "在义乌做工", "开小货车", "村医", "合作社", "木匠", "")


@cache
def told() -> dict[str, Any]:
    """What `demo.toml` says."""
    return tomllib.loads(files("cunli_party").joinpath("demo.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A branch whose months are told."""

    branch: Branch
    members: Sequence[Member]
    secretary: int
    url: str
    chance: random.Random

    @property
    def people(self) -> list[tuple[Member, int]]:
        return [(one, one.person_id) for one in self.members if one.person_id is not None]


@click.command("demo")
async def demo() -> None:
    """A branch with its school, meetings, diaries and those who are away, in this village."""
    people = [*await villagers()]
    offices = await officers()
    office = next((one.person_id for one in offices if one.level == "village"), 0)
    if len(people) < FEWEST or not office:
        return
    regions = {one.region_id for one in offices}
    here = next(one for one in (await reach()).villages if one.region_id in regions)
    chance = random.Random(len(people))  # noqa: S311 a demo, the same each time
    chance.shuffle(people)
    life = await _gather(people, office, here, chance)
    await _teach(life)
    await _meet(life)
    await _write(life)
    await _go_away(life)
    await _serve(life)


def _at(ago: float, hour: int = 9) -> datetime:
    """A day before today, at this hour of the village."""
    return datetime.combine(today() - timedelta(days=ago), time(hour), tzinfo=ZONE)


async def _gather(people: list[Villager], office: int, here: VillageInReach, chance: random.Random) -> Life:
    first, *rest = people
    given = {"kind": "branch", "name": f"{here.name}党支部"[:40], **told()["branch"]}
    with as_of(_at(130)):
        branch = await branches.set_up(given, actor=office, parent=None)
        await branches.appoint(branch, first.person_id, first.name, actor=office)
        for number, one in enumerate(rest[: MOST - 1]):
            await _enter(branch, number, one, first.person_id, chance)
    if len(rest) > MOST:
        asks = rest[MOST]
        url = f"{here.url}/party/branches/{branch.key}/members"
        await branches.apply(branch, {"status": "full", "joined_on": None}, asks.person_id, asks.name, url=url)
    members = await Member.filter(branch_id=branch.id, standing="verified").order_by("id")
    await _give_offices(members, first.person_id)
    members = await Member.filter(branch_id=branch.id, standing="verified").order_by("id")
    return Life(branch=branch, members=members, secretary=first.person_id, url=here.url, chance=chance)


async def _enter(branch: Branch, number: int, one: Villager, actor: int, chance: random.Random) -> None:
    joined = add_months(today(), -12 * chance.randint(2, 40))
    probationary = number == 5
    given = {
        "name": one.name,
        "status": "probationary" if probationary else "full",
        "away": "out" if number < AWAY else "",
        "joined_on": add_months(today(), -6) if probationary else joined,
        "full_on": None if probationary else add_months(joined, 12),
        "education": chance.choice(EDUCATION),
        "work": chance.choice(WORK),
        "phone": f"139{chance.randint(10_000_000, 99_999_999)}" if chance.random() < 0.7 else "",
    }
    try:
        await branches.enter(branch, given, actor=actor)
    except Wrong:
        return  # of two with the same name the branch has one


async def _give_offices(members: Sequence[Member], actor: int) -> None:
    secretary = next(one for one in members if one.person_id == actor)
    profile = {"joined_on": add_months(today(), -300), "full_on": add_months(today(), -288), "education": "college"}
    await branches.change_profile(secretary, {**profile, "work": "合作社"}, actor=actor)
    home = [one for one in members if one.away == "" and one.status == "full" and one.role == ""]
    for one, role in zip(home, ROLES, strict=False):
        await branches.change_standing(one, {"status": one.status, "role": role}, actor=actor)
        fresh = await Member.get(id=one.id)
        await branches.change_profile(fresh, {"duty": "周一、周四值班"}, actor=actor)


async def _teach(life: Life) -> None:
    for number, one in enumerate(told()["item"]):
        given = {"link": "", "licence": "", "dated": today() - timedelta(days=30 * number), "public": False, **one}
        with as_of(_at(60 - number)):
            await school.add_item({**given, "shown": True}, actor=life.secretary)
    for one in told()["course"]:
        await _take(life, await _course(life, one))


async def _course(life: Life, one: dict[str, Any]) -> Course:
    with as_of(_at(90)):
        course = await school.make_course({**one, "pass_percent": 60}, actor=life.secretary)
        for lesson in one["lesson"]:
            questions = kept(questions_of(lesson.get("questions", "")))
            given = {"video": "", "captions": "", "audio": "", "minutes": 10, "proof": "quiz", **lesson}
            await school.keep_lesson(course, {**given, "questions": questions}, actor=life.secretary)
        await school.show_course(course, shown=True, actor=life.secretary)
    return await Course.get(id=course.id)


async def _take(life: Life, course: Course) -> None:
    """Some are through, some are on their way, some have not begun."""
    lessons = await Lesson.filter(course_id=course.id).order_by("number")
    for number, (_member, person) in enumerate(life.people):
        for lesson in lessons[: life.chance.randint(0, len(lessons) + 1)]:
            with as_of(_at(life.chance.randint(2, 80), 20)):
                await school.open_lesson(lesson, person)
                await _prove(course, lesson, person, number)


async def _prove(course: Course, lesson: Lesson, person: int, number: int) -> None:
    if lesson.proof == "discussion":
        words = told()["said"]
        await school.discussed(course, lesson, person, words[number % len(words)]["words"])
    else:
        questions = from_kept(lesson.questions)
        await school.answered(course, lesson, person, mark(questions, [one.right for one in questions]))


async def _meet(life: Life) -> None:
    inside = [life.branch.id]
    for one in told()["meeting"]:
        start = _at(one["ago"])
        plan = {"place": told()["branch"]["place"], "agenda": "", "live": "", **one, "starts_at": start}
        with as_of(start - timedelta(days=7)):
            meeting = await meetings.plan(life.branch, plan, actor=life.secretary)
        with as_of(start + timedelta(hours=3)):
            await _hold(life, await Meeting.get(id=meeting.id), inside, one["minutes"])
    for one in told()["planned"]:
        plan = {"place": told()["branch"]["place"], "live": "", "hours": 0, **one, "starts_at": _at(-one["ahead"])}
        await meetings.plan(life.branch, plan, actor=life.secretary)
    for back in range(1, 5):
        paid = [one for one in life.members if life.chance.random() < 0.9 or back > 2]
        await meetings.settle_dues(paid, f"{add_months(today(), -back):%Y-%m}", actor=life.secretary)


async def _hold(life: Life, meeting: Meeting, inside: list[int], minutes: str) -> None:
    asked = await meetings.expected(inside, meeting.kind)
    there = {
        one.id: "remote" if one.away == "out" else "person"
        for one in asked
        if life.chance.random() < (0.6 if one.away == "out" else 0.85) or one.role
    }
    await meetings.hold(meeting, inside, there, minutes=minutes, replay="", actor=life.secretary)
    for one in asked:
        if one.id not in there and life.chance.random() < 0.5:
            await meetings.read_minutes(meeting, one)


async def _write(life: Life) -> None:
    for one in told()["notice"]:
        with as_of(_at(one["ago"], 18)):
            given = {"title": one["title"], "body": one["body"], "honour": one.get("honour", False)}
            notice = await diaries.announce(life.branch, given, actor=life.secretary)
        for words, (_member, person) in zip(one["replies"], life.people[1:], strict=False):
            with as_of(_at(one["ago"], 20)):
                await diaries.reply(notice, words, actor=person)
        for member, _person in life.people:
            if life.chance.random() < 0.7:
                await diaries.read(notice, member)
    for one, (member, person) in zip(told()["diary"], life.people[2:], strict=False):
        await _diary(life, one, member, person)


async def _diary(life: Life, one: dict[str, Any], member: Member, person: int) -> None:
    moment = _at(one["ago"], 21)
    given = {"day": moment.date(), "title": one["title"], "body": one["body"], "state": one["state"]}
    reviewed = None
    if one["state"] == "public":
        entry = Entry(
            kind=diaries.KIND.id,
            village_id=life.branch.village_id,
            author_id=person,
            title=one["title"],
            body=one["body"],
        )
        reviewed = await review_entry(entry)
    with as_of(moment):
        diary = await diaries.write(
            given, member=member, person_id=person, diary=None, reviewed=reviewed, at=moment if reviewed else None
        )
    if "remark" in one:
        with as_of(moment + timedelta(hours=11)):
            await diaries.remark(
                diary, one["remark"], actor=life.secretary, url=f"{life.url}/party/diaries/{diary.key}"
            )


async def _go_away(life: Life) -> None:
    """Five of seven have told the branch, three of them are in one place."""
    gone = [one for one in life.members if one.away == "out"][:REGISTERED]
    places = ("浙江义乌", "浙江义乌", "浙江义乌", "广东东莞", "湖南长沙")
    for number, (one, place) in enumerate(zip(gone, places, strict=False)):
        day = today() - timedelta(days=80 * number + 20)
        given = {
            "reason": "work" if number else "trade",
            "place": place,
            "since": day,
            "until": None,
            "fixed": number % 2 == 0,
            "contact": f"138{life.chance.randint(10_000_000, 99_999_999)}",
            "receiving": f"{place}流动党员党支部" if number == 3 else "",
        }
        journey = await away.tell_branch(one, given, actor=life.secretary, day=day)
        if number == 1:
            await away.report(journey, "厂里订单多，身体都好，过年回来。", day=today() - timedelta(days=4))
    members = [await Member.get(id=one.id) for one in gone[:3]]
    if len(members) == 3:
        await away.found_together(life.branch, places[0], members, actor=life.secretary, day=today())


async def _serve(life: Life) -> None:
    houses, helpers = await homes(), [one for one in life.people if one[0].away == ""]
    people = await villagers()
    for one, house, (member, person) in zip(told()["pair"], houses, helpers, strict=False):
        pair = await serving.pair(member, house.household_id, one["why"], actor=life.secretary, day=today())
        for number, words in enumerate(one["deeds"]):
            given = {"day": today() - timedelta(days=7 * number + 3), "words": words}
            deed = await serving.tell_deed(pair, given, actor=person, url=f"{life.url}/party/serve")
            await _confirm(deed, [who.person_id for who in people if who.household_id == house.household_id], person)
    for one in told()["lead"]:
        given = {"phone": "", "result": "", "owner_id": life.members[0].id, **one}
        await serving.keep_lead(life.branch, given, actor=life.secretary)
    if helpers:
        given = {"day": today(), "hours": 8, "what": "县里的电商培训班", "proof": "结业证 0317 号"}
        await meetings.tell_study(helpers[0][0], given)


async def _confirm(deed: Deed, family: Sequence[int], helper: int) -> None:
    others = [one for one in family if one != helper]
    if others:
        await serving.answer_deed(deed, confirmed=True, answer="", actor=others[0])
