"""What pages read: lists, the desk, the figures. Every list is one question whose cost does not depend on how many letters there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tortoise.expressions import Q

from cunli import county_departments, department_staff, names_of, officers

from . import moments
from .models import Letter, Step, Supporter
from .standing import Reader, departments_in, reader_of
from .states import OVER, State
from .terms import ZONE

MOST = 20
SEARCHED: Final = (
    3000  # letters that are read for words: no index serves Chinese ones on both databases, and all would take seconds
)
INTERNAL = ("note", "supervise")  # steps that only the office reads
OPEN = tuple(state.value for state in State if state not in OVER and state is not State.DRAFT)
SHOWN = tuple(state.value for state in State if state not in (State.DRAFT, State.WITHDRAWN))


async def reader(person_id: int | None, *, verified: bool, letter: Letter | None = None) -> Reader:
    """Who looks, with their offices over the village in scope, and with their departments that `letter` is or was with."""
    if person_id is None:
        return Reader(person_id=None, verified=verified)
    return reader_of(person_id, verified, await officers(), await departments_of(person_id, letter) if letter else ())


async def departments_of(person_id: int, letter: Letter) -> list[str]:
    """Of the departments that a letter is or was with, those that somebody works in."""
    return [slug for slug in departments_in(letter) if person_id in await staff_of(slug)]


async def staff_of(slug: str) -> set[int]:
    return {one.person_id for one in await department_staff(slug)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What of a list is asked for; empty is everything. `place` is as somebody wrote it."""

    kind: str = ""
    area: str = ""
    place: str = ""

    @property
    def columns(self) -> dict[str, str]:
        given = {"kind": self.kind, "area": self.area, "place": self.place}
        return {name: value for name, value in given.items() if value}


EVERYTHING: Final = Narrowed()


async def public_letters(which: str, before: int, narrowed: Narrowed = EVERYTHING) -> list[Letter]:
    """Letters that the village may read, newest first: `open`, `done` or all."""
    wanted = Letter.filter(public=True, state__in=SHOWN, **narrowed.columns)
    if which == "open":
        wanted = wanted.filter(state__in=OPEN)
    elif which == "done":
        wanted = wanted.filter(state="closed")
    if before:
        wanted = wanted.filter(id__lt=before)
    return await wanted.order_by("-id").limit(MOST + 1)


async def found_letters(words: str, most: int) -> list[Letter]:
    """Public letters with these words, newest first, among the newest of the village: see `SEARCHED`."""
    public = Letter.filter(public=True, state__in=SHOWN)
    last = await public.order_by("-id").offset(SEARCHED).limit(1).values_list("id", flat=True)
    wanted = public.filter(id__gt=last[0]) if last else public
    return await wanted.filter(Q(title__icontains=words) | Q(body__icontains=words)).order_by("-id").limit(most)


async def open_by_area() -> Counter[str]:
    """How many public letters are not over yet in each villagers' group; those without one are left out.

    Counted here: grouped by SQLite it would walk all letters in the order of their groups.
    """
    found = await Letter.filter(public=True, state__in=OPEN).values_list("area", flat=True)
    return Counter(str(area) for area in found if area)


async def own_letters(person_id: int, before: int = 0) -> list[Letter]:
    """What somebody wrote, or wrote for others, newest first."""
    wanted = Letter.filter(Q(writer_id=person_id) | Q(helper_id=person_id))
    return await (wanted.filter(id__lt=before) if before else wanted).order_by("-id").limit(MOST + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What waits in an office: what is overdue, what is due today, the rest, what waits for the writer, and what others have of which
    the office stays in charge because it came here first."""

    overdue: list[Letter] = field(default_factory=list)
    today: list[Letter] = field(default_factory=list)
    later: list[Letter] = field(default_factory=list)
    waiting: list[Letter] = field(default_factory=list)
    answered: list[Letter] = field(default_factory=list)
    given_away: list[Letter] = field(default_factory=list)


async def desk(looks: Reader, now: datetime | None = None) -> Desk:
    """The desk of whoever looks: letters that are with one of the own offices, and never one about the own level."""
    at = now or moments.now()
    tonight = datetime.combine(at.astimezone(ZONE).date() + timedelta(days=1), datetime.min.time(), tzinfo=ZONE)
    if not looks.ranks:
        return Desk()
    with_own = Q(*(Q(rank=rank, about_rank__lt=rank) for rank in sorted(looks.ranks)), join_type="OR")
    mine = Letter.filter(with_own, department="").filter(Q(about_id__isnull=True) | ~Q(about_id=looks.person_id))
    work = mine.filter(state__in=("submitted", "triaged", "assigned", "reopened", "review", "rereview"))
    return Desk(
        overdue=await work.filter(due_at__lte=at).order_by("due_at").limit(MOST),
        today=await work.filter(due_at__gt=at, due_at__lte=tonight).order_by("due_at").limit(MOST),
        later=await work.filter(Q(due_at__gt=tonight) | Q(due_at__isnull=True)).order_by("due_at", "id").limit(MOST),
        waiting=await mine.filter(state="paused").order_by("id").limit(MOST),
        answered=await mine.filter(state="replied").order_by("id").limit(MOST),
        given_away=await _given_away(looks),
    )


async def _given_away(looks: Reader) -> list[Letter]:
    """Received first by an own office, and with another or a department now (首接负责)."""
    first = [Q(Q(first_rank=rank), ~Q(rank=rank) | ~Q(department=""), about_rank__lt=rank) for rank in looks.ranks]
    wanted = Letter.filter(Q(*first, join_type="OR"), first_department="", state__in=OPEN)
    others = Q(about_id__isnull=True) | ~Q(about_id=looks.person_id)
    return await wanted.filter(others).order_by("due_at", "id").limit(MOST)


async def steps_of(letter: Letter) -> list[Step]:
    """Everything that happened to a letter, in order."""
    return await Step.filter(letter_id=letter.id).order_by("number")


async def shown_photo(letter: Letter, key: str, *, inside: bool) -> bool:
    """Whether a photo stands in a step that is shown: what only the office reads has none for others."""
    return any(
        key in one.facts.get("photos", ()) for one in await steps_of(letter) if inside or one.move not in INTERNAL
    )


async def supports(letter: Letter, person_id: int | None) -> bool:
    """Whether somebody said that they have the same trouble."""
    return person_id is not None and await Supporter.filter(letter_id=letter.id, person_id=person_id).exists()


async def similar(title: str, place: str = "", most: int = 3) -> list[Letter]:
    """Open public letters that share words with a title, or are about the same place: offered before a second one is written, never
    forced."""
    pairs = {title[n : n + 2] for n in range(len(title) - 1)} if len(title) > 2 else {title}
    pairs = {pair for pair in pairs if pair.strip() == pair and pair}
    if not pairs:
        return []
    like = Q(*(Q(title__contains=pair) for pair in sorted(pairs)[:12]), join_type="OR")
    if place:
        like |= Q(place=place)
    found = await Letter.filter(public=True, state__in=OPEN).filter(like).order_by("-id").limit(40)
    scored = sorted(found, key=lambda one: -sum(pair in one.title for pair in pairs))
    return [one for one in scored if _shares(one, pairs, place)][:most]


def _shares(letter: Letter, pairs: set[str], place: str) -> bool:
    """A third of the words, or the same place and some of them."""
    shared = sum(pair in letter.title for pair in pairs)
    return shared * 3 >= len(pairs) or (bool(place) and letter.place == place and shared > 0)


async def names(steps: Sequence[Step], letter: Letter) -> dict[int, str]:
    """Display names of everybody in a letter."""
    people = {one.actor_id for one in steps} | {letter.writer_id, letter.helper_id, letter.about_id, letter.handler_id}
    return dict((await names_of(people=[one for one in people if one is not None])).people)


MANY = 100


async def to_supervise(now: datetime, readable: Q) -> list[Letter]:
    """What is overdue or under supervision and may be opened, without letters about cadres: those are on the desk of the level above."""
    late = Q(due_at__lte=now) | Q(supervised_at__isnull=False)
    return await Letter.filter(late, readable, about_rank=0, state__in=OPEN).order_by("due_at", "id").limit(MANY)


async def own_departments(person_id: int) -> set[str]:
    """The departments of the county of the village in scope in which somebody works."""
    return {one.slug for one in await county_departments() if person_id in await staff_of(one.slug)}


async def of_departments(slugs: Sequence[str], person_id: int) -> list[Letter]:
    """Open letters that lie with these departments, or with which they help; never one about whoever looks."""
    theirs = Q(department__in=slugs)
    for slug in slugs:
        theirs |= Q(joint__contains=f",{slug},")
    others = Q(about_id__isnull=True) | ~Q(about_id=person_id)
    return await Letter.filter(theirs, others, state__in=OPEN, about_rank__lt=3).order_by("due_at", "id").limit(MANY)
