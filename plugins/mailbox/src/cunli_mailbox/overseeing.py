"""Looking at letters of many villages at once: the same line as `standing`, drawn in the question to the database."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.expressions import Q

from cunli import Reach, Visit, reach_of

from .rights import COUNTY, HANDLE, TOWNSHIP


@dataclass(frozen=True, slots=True, kw_only=True)
class Overseen:
    """Villages within reach, and those of them over which somebody stands as township or county, not as the village alone."""

    mine: Reach
    townships: frozenset[int]
    counties: frozenset[int]

    def level(self, village_id: int) -> int:
        """The highest level of the own offices over a village: 1 village, 2 township, 3 county."""
        return 3 if village_id in self.counties else 2 if village_id in self.townships else 1

    def readable(self) -> Q:
        """Letters that this person may open: public ones, and those that are or began with the own level or one below it."""
        found = Q(public=True)
        for level in (1, 2, 3):
            here = [one.id for one in self.mine.villages if self.level(one.id) == level]
            if here:
                own = Q(rank__lte=level, about_rank__lt=level) | Q(
                    first_rank=level, first_department="", about_rank__lt=level
                )
                found |= Q(own, village_id__in=here) if len(here) < len(self.mine.villages) else own
        return found


async def overseen(visit: Visit) -> Overseen:
    """What whoever looks stands over."""
    return Overseen(
        mine=await reach_of(visit, HANDLE),
        townships=(await reach_of(visit, TOWNSHIP)).ids,
        counties=(await reach_of(visit, COUNTY)).ids,
    )
