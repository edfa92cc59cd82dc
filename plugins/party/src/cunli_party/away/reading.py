"""What the page of members away reads: a page of the register, a page of those who are not in it, and sums."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from tortoise.expressions import Subquery
from tortoise.functions import Count

from cunli_party.branches.listing import verified
from cunli_party.models import Branch, Journey, Member
from cunli_party.rules import rules

MOST: Final = 50


def _open(led: Collection[int]) -> Any:
    return Journey.filter(back_on__isnull=True, member__branch_id__in=list(led), member__standing="verified")


async def registered(led: Collection[int], *, page: int = 0) -> tuple[list[Journey], dict[int, Member], int]:
    """The register, whoever reported longest ago first; the members on the page, and which page is next."""
    if not led:
        return [], {}, 0
    page = min(page, 1000)
    rows = await _open(led).order_by("reported_on", "id").offset(page * MOST).limit(MOST + 1)
    found = rows[:MOST]
    members = {one.id: one for one in await Member.filter(id__in=[row.member_id for row in found])}
    return [row for row in found if row.member_id in members], members, page + 1 if len(rows) > MOST else 0


async def unregistered(led: Collection[int]) -> list[Member]:
    """The first of those who are away and did not say where."""
    if not led:
        return []
    there = Journey.filter(back_on__isnull=True).values("member_id")
    wanted = verified(led).filter(away="out").exclude(id__in=Subquery(there))
    found: list[Member] = await wanted.order_by("id").limit(MOST)
    return found


async def rate(led: Collection[int]) -> tuple[int, int]:
    """Members away who are registered, and all members away."""
    if not led:
        return 0, 0
    query = _open(led).filter(member__away="out").annotate(n=Count("member_id", distinct=True)).group_by("village_id")
    rows = await query.values("village_id", "n")
    return sum(int(row["n"]) for row in rows), await verified(led).filter(away="out").count()


async def at(led: Collection[int], place: str) -> list[Member]:
    """Who is in this place by the register."""
    there = _open(led).filter(place=place).values("member_id")
    found: list[Member] = await verified(led).filter(id__in=Subquery(there)).order_by("id")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A place where so many are that they found a temporary branch, or where some are not in it yet."""

    place: str
    founded: bool
    waiting: int


async def together(led: Collection[int]) -> list[Together]:
    if not led:
        return []
    there = await _sums(_open(led))
    stay = await _staying(led)
    return [
        Together(place=place, founded=place in stay, waiting=n - stay.get(place, 0))
        for place, n in sorted(there.items())
        if n >= rules().away.together and n > stay.get(place, 0)
    ]


async def _staying(led: Collection[int]) -> dict[str, int]:
    """By place, how many are in the temporary branch there."""
    founded = await Branch.filter(kind="temporary", dissolved_on__isnull=True, parent_id__in=list(led))
    places = {one.id: one.place for one in founded}
    inside = Member.filter(branch_id__in=list(places), standing="verified", home_id__isnull=False)
    found = dict.fromkeys(places.values(), 0)
    for row in await inside.annotate(n=Count("id")).group_by("branch_id").values("branch_id", "n"):
        found[places[row["branch_id"]]] += int(row["n"])
    return found


async def _sums(query: Any) -> dict[str, int]:
    rows = await query.annotate(n=Count("id")).group_by("place").values("place", "n")
    return {row["place"]: int(row["n"]) for row in rows}
