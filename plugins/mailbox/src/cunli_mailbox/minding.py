"""What the clock does: silence closes a letter, and what is overdue is said once to the office and to the level above."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cunli import TaskContext, officers, reach, tell, unit

from . import moments, tallying, writing
from .duty import Hours
from .models import Letter
from .moving import Ground, NotOpen, move
from .office import calendar
from .reading import steps_of
from .settings import DUTY_FROM, DUTY_TO, SHORTER
from .telling import whose_turn
from .ticking import rules_with, terms_now
from .words import RANK_OF

BATCH = 200
SOON: Final = timedelta(hours=24)
LONG_OVER: Final = timedelta(days=3)
COUNTY: Final = 3


async def mind(ctx: TaskContext) -> None:
    """Every hour in each village: archive what fell silent, tell of what is overdue, count provisional terms anew."""
    now = moments.now()
    village = await ground_of(ctx)
    async for letter in _each(Letter.filter(provisional=True)):
        await _count_anew(letter, village)
    async for letter in _each(Letter.filter(tallied=False, submitted_at__isnull=False)):
        await _tally(letter)
    silent = Q(silence_at__lte=now) | Q(silence_at__isnull=True)  # without one: answered before the column was there
    async for letter in _each(Letter.filter(silent, state="replied")):
        await _fall_silent(letter, village, now)
    async for letter in _each(Letter.filter(due_at__lte=now, state__not_in=("closed", "replied"))):
        await _tell_overdue(letter, village, now)
    async for letter in _each(
        Letter.filter(due_at__gt=now, due_at__lte=now + SOON, state__not_in=("closed", "replied"))
    ):
        await _remind(letter, village)


async def ring(ctx: TaskContext) -> None:
    """The hours of duty have begun: a letter that came at night is told of now, unless somebody saw to it meanwhile."""
    letter = await Letter.get_or_none(key=str(ctx.payload.get("letter", "")))
    if letter is not None and letter.state == "submitted":
        await _came(letter, await ground_of(ctx))


@unit
async def _came(letter: Letter, village: Ground) -> None:
    await writing.tell_office(letter, village, "mailbox.came")


async def ground_of(ctx: TaskContext) -> Ground:
    """What moves of the clock stand on."""
    rules = rules_with({rule: ctx.setting(which) for rule, which in SHORTER.items()})
    hours = Hours.read(ctx.setting(DUTY_FROM), ctx.setting(DUTY_TO))
    return Ground(calendar=calendar(), rules=rules, url=await url_of(ctx), hours=hours)


async def url_of(ctx: TaskContext) -> str:
    """The address of the village of a task."""
    return next((one.url for one in (await reach()).villages if one.id == ctx.village_id), "")


async def _each(wanted: QuerySet[Letter]) -> AsyncIterator[Letter]:
    """All of them, in portions."""
    last = 0
    while found := await wanted.filter(id__gt=last).order_by("id").limit(BATCH):
        last = found[-1].id
        for one in found:
            yield one


async def _fall_silent(letter: Letter, village: Ground, now: datetime) -> None:
    at: Any = (
        letter.silence_at or terms_now(letter, await steps_of(letter), village.calendar, village.rules)["silence_at"]
    )
    if at is None or at > now:
        return
    try:
        await move(letter.key, "fall_silent", village, actor=None)
    except NotOpen:  # the writer said something meanwhile
        return


@unit
async def _tell_overdue(letter: Letter, village: Ground, now: datetime) -> None:
    """The office and the level above at once; every level above when days have gone by (村 → 镇 → 县)."""
    long_over = letter.due_at is not None and letter.due_at + LONG_OVER <= now
    offices = await officers()
    people = await whose_turn(letter, offices)
    highest = COUNTY if long_over else letter.rank + 1
    for one in offices:
        rank = RANK_OF.get(one.level, 0)
        if max(letter.rank, letter.about_rank) < rank <= highest and one.person_id != letter.about_id:
            people.add(one.person_id)
    for person in people:
        await _say(person, "mailbox.overdue", letter, village)


@unit
async def _remind(letter: Letter, village: Ground) -> None:
    """The day before a term of days is over. A term of hours is told of when the letter comes."""
    if letter.submitted_at is not None and letter.due_at is not None and letter.due_at - letter.submitted_at > 2 * SOON:
        for person in await whose_turn(letter, await officers()):
            await _say(person, "mailbox.soon", letter, village)


async def _say(person: int, kind: str, letter: Letter, village: Ground) -> None:
    """Once to each for each term of a letter."""
    url = f"{village.url}/mailbox/letters/{letter.key}"
    await tell(person, kind, url=url, once=f"{kind}:{letter.id}:{letter.due_rule}", title=letter.title)


@unit
async def _count_anew(letter: Letter, village: Ground) -> None:
    """A year was announced meanwhile, perhaps: what the clocks say now. Somebody who moved the letter just now did so too."""
    terms = terms_now(letter, await steps_of(letter), village.calendar, village.rules)
    if not terms["provisional"]:
        await Letter.filter(id=letter.id, steps_count=letter.steps_count).update(**terms)


@unit
async def _tally(letter: Letter) -> None:
    """A letter from before there were sums."""
    if await Letter.filter(id=letter.id, tallied=False, steps_count=letter.steps_count).update(tallied=True):
        await tallying.count(letter, {})
