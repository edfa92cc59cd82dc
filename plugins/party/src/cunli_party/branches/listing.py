"""Lists of members, a page at a time: however many there are, a page reads its own rows and asks for sums."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tortoise.functions import Count

from cunli_party.models import Member

MOST = 50
FORM_MOST = 500  # members to choose one from; in a larger branch a name is typed
ROLL = 100  # members on a page where it is written down who was there
LEADING = 30  # people with an office or on duty that a page names


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many members, and how many of them are what."""

    all: int = 0
    probationary: int = 0
    out: int = 0
    come: int = 0


def verified(branch_ids: Collection[int]) -> Any:
    """Members of these branches, each once: who is in a temporary branch as well is listed there only when it alone is asked about."""
    found = Member.filter(branch_id__in=list(branch_ids), standing="verified")
    return found if len(branch_ids) == 1 else found.filter(home_id__isnull=True)


async def counts(branch_ids: Collection[int]) -> Counts:
    """One question: a few sums by status and by where somebody is."""
    query = verified(branch_ids).annotate(n=Count("id")).group_by("status", "away")
    rows = await query.values("status", "away", "n")
    return Counts(
        all=sum(row["n"] for row in rows),
        probationary=sum(row["n"] for row in rows if row["status"] == "probationary"),
        out=sum(row["n"] for row in rows if row["away"] == "out"),
        come=sum(row["n"] for row in rows if row["away"] == "in"),
    )


async def page(
    branch_ids: Collection[int], *, which: str = "all", after: int = 0, words: str = ""
) -> tuple[list[Member], int]:
    """A page of the roll, by when somebody was entered, and where the next one starts; 0 where there is none."""
    wanted = verified(branch_ids)
    if which == "probationary":
        wanted = wanted.filter(status=which)
    elif which in ("out", "in"):
        wanted = wanted.filter(away=which)
    if words:
        wanted = wanted.filter(name__icontains=words)
    if after:
        wanted = wanted.filter(id__gt=after)
    found: list[Member] = await wanted.order_by("id").limit(MOST + 1)
    return found[:MOST], found[MOST - 1].id if len(found) > MOST else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """A page of people among all of them: which one, of how many."""

    people: list[Member]
    all: int
    page: int
    pages: int

    @property
    def on(self) -> int:
        """The page after this one; 0 where there is none."""
        return self.page + 1 if self.page < self.pages else 0

    @property
    def first(self) -> int:
        return (self.page - 1) * ROLL + 1

    @property
    def last(self) -> int:
        return self.first + len(self.people) - 1


async def roll(wanted: Any, page: int) -> Roll:
    """Page `page` of these members, or the nearest that there is."""
    all_ = await wanted.count()
    pages = max(1, -(-all_ // ROLL))
    page = min(max(1, page), pages)
    people = await wanted.order_by("id").offset((page - 1) * ROLL).limit(ROLL)
    return Roll(people=people, all=all_, page=page, pages=pages)


async def leading(branch_ids: Collection[int]) -> list[Member]:
    """Who holds an office in the branch."""
    found: list[Member] = await verified(branch_ids).exclude(role="").order_by("id").limit(LEADING)
    return found


async def on_duty(branch_ids: Collection[int]) -> list[Member]:
    found: list[Member] = await verified(branch_ids).exclude(duty="").order_by("id").limit(LEADING)
    return found
