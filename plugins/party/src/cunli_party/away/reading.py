"""What the page of members away reads: a page of the register, a page of those who are not in it, and sums."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from tortoise.expressions import Subquery
from tortoise.functions import Count

from cunli_party.branches.listing import verified
from cunli_party.models import Journey, Member
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


async def together(led: Collection[int]) -> list[str]:
    """Places where so many are together that they found a temporary branch."""
    if not led:
        return []
    rows = await _open(led).annotate(n=Count("id")).group_by("place").values("place", "n")
    return sorted(row["place"] for row in rows if row["n"] >= rules().away.together)
