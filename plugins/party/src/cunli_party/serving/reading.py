"""What the page of pairs reads: twenty pairs at a time, the last deeds of each, and sums."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from tortoise.expressions import Q
from tortoise.functions import Count

from cunli_party.models import Deed, Pair

MOST: Final = 20
LAST: Final = 5  # deeds of a pair on the page
WAITING: Final = 100  # deeds that a household has not answered


async def pairs(own: Collection[int], led: Collection[int], *, after: int = 0) -> tuple[list[Pair], int]:
    """Pairs of these members and of everybody in the branches one leads, and where the next page starts."""
    mine = Q(member_id__in=list(own)) | Q(member__branch_id__in=list(led), member__standing="verified")
    rows = await Pair.filter(mine).filter(ended_on__isnull=True, id__gt=after).order_by("id").limit(MOST + 1)
    return rows[:MOST], rows[MOST - 1].id if len(rows) > MOST else 0


async def deeds(pair_ids: Collection[int]) -> dict[int, list[Deed]]:
    """By pair: all that wait for an answer, and the last few others."""
    found: dict[int, list[Deed]] = {}
    wanted = Deed.filter(pair_id__in=list(pair_ids)).order_by("-day", "-id")
    for deed in await wanted.filter(state="told").limit(WAITING):
        found.setdefault(deed.pair_id, []).append(deed)
    for deed in await wanted.exclude(state="told").limit(WAITING):
        known = found.setdefault(deed.pair_id, [])
        if sum(one.state != "told" for one in known) < LAST:
            known.append(deed)
    return found


async def counts(pair_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """By pair: how many deeds were told, and how many of them the household confirmed."""
    query = Deed.filter(pair_id__in=list(pair_ids)).annotate(n=Count("id")).group_by("pair_id", "state")
    found: dict[int, tuple[int, int]] = {}
    for row in await query.values("pair_id", "state", "n"):
        told, confirmed = found.get(row["pair_id"], (0, 0))
        more = row["n"] if row["state"] == "confirmed" else 0
        found[row["pair_id"]] = (told + row["n"], confirmed + more)
    return found
