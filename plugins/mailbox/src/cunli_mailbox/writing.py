"""Writing a letter, and having the same trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import randbelow
from typing import Final

from tortoise.expressions import F

from cunli import enqueue, new_key, officers, tell, unit, use_photos

from . import duty, moments, supporting
from .models import WHOM, Book, Letter
from .moving import Ground, move
from .telling import whose_turn

APART: Final = 100_000  # more than a village writes in a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody wrote. `rank` is the office it is for; `whom` the name of whoever it was written for on paper or by phone."""

    kind: str
    title: str
    body: str
    place: str = ""
    area: str = ""
    public: bool = False
    named: bool = False
    rank: int = 1
    department: str = ""
    urgent: bool = False
    photos: Sequence[str] = ()
    channel: str = "online"
    whom: str = ""
    about_id: int | None = None
    about_rank: int = 0
    matter: str | None = None
    matter_path: str = ""


@unit
async def send(written: Written, ground: Ground, *, writer: int | None, helper: int | None, today: date) -> Letter:
    """Keep a letter with its number and send it. One about a cadre goes to the level above him, and is never public."""
    actor = writer if writer is not None else helper
    if actor is None:
        raise ValueError("a letter has a writer or a helper")
    await use_photos(written.photos, owner_id=actor)
    key = new_key()
    rank = max(written.rank, min(3, written.about_rank + 1))
    series, number = await (_number_apart(today.year) if written.about_rank else _number(today.year))
    await Letter.create(
        key=key,
        series=series,
        year=today.year,
        number=number,
        writer_id=writer,
        helper_id=helper,
        whom=WHOM.seal(written.whom, key) if written.whom else "",
        channel=written.channel,
        kind=written.kind,
        public=written.public and not written.about_rank,
        named=written.named,
        title=written.title,
        body=written.body,
        place=written.place,
        area=written.area,
        matter=written.matter,
        matter_path=written.matter_path,
        photos=list(written.photos),
        about_id=written.about_id,
        about_rank=written.about_rank,
        rank=rank,
        first_rank=rank,
        department=written.department,
        first_department=written.department,
        urgency="life" if written.urgent else "general",
    )
    letter = await move(key, "submit", ground, actor=actor)
    await announce(letter, ground, actor)
    return letter


async def announce(letter: Letter, ground: Ground, actor: int) -> None:
    """The office hears of a letter in its hours; out of them only whoever is on duty, and of what is urgent. Its writer is told when."""
    now = moments.now()
    due = duty.next_duty(now, ground.hours, ground.calendar)
    urgent, closed = letter.urgency == "life", due > now
    if closed:
        words = duty.greeting(due, urgent=urgent)
        await move(letter.key, "greet", ground, actor=None, facts={"words": words})
    if urgent:
        await _ring(letter, ground, actor, now, closed=closed)
    elif closed:
        delay = (due - now).total_seconds()
        await enqueue("mailbox.ring", {"letter": letter.key}, delay=delay, village_id=letter.village_id)
    else:
        await tell_office(letter, ground, "mailbox.came", but=actor)


async def _ring(letter: Letter, ground: Ground, actor: int, now: datetime, *, closed: bool) -> None:
    turn = await whose_turn(letter, await officers())
    on_duty = await duty.whose(now, ground.hours) if closed else None
    if on_duty in turn:
        turn = {on_duty}
        await duty.note_ring(now, ground.hours)
    await tell_office(letter, ground, "mailbox.urgent", but=actor, people=turn)


async def tell_office(
    letter: Letter, ground: Ground, kind: str, *, but: int | None = None, people: set[int] | None = None
) -> None:
    """Tell everybody whose turn it is."""
    for person in (people if people is not None else await whose_turn(letter, await officers())) - {but}:
        await tell(person, kind, url=f"{ground.url}/mailbox/letters/{letter.key}", title=letter.title)


async def _number(year: int) -> tuple[int, int]:
    """The village, and its next number in this year. The row is held until the unit is over, so no number is given twice."""
    await Book.get_or_create(year=year)
    await Book.filter(year=year).update(given=F("given") + 1)
    book = await Book.get(year=year)
    return book.village_id, book.given


async def _number_apart(year: int) -> tuple[int, int]:
    """The village, and a number of chance for a letter about a cadre: a gap in the book would tell him that there is one."""
    book, _new = await Book.get_or_create(year=year)
    while await Letter.filter(
        series=book.village_id, year=year, number=(number := APART + randbelow(APART * 8))
    ).exists():
        pass
    return book.village_id, number


@unit
async def support(letter: Letter, person_id: int, *, on: bool) -> None:
    """Have the same trouble, or not any more."""
    if on:
        await supporting.add(letter.id, person_id)
    else:
        await supporting.take_away(letter.id, person_id)
