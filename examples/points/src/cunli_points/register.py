"""Who can have points, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cunli import homes, names_of, villagers

from .models import Purse


@dataclass(frozen=True, slots=True)
class Owner:
    """A villager or a household that can have points. `key` is what a form sends."""

    key: str
    name: str
    person_id: int | None = None
    household_id: int | None = None


async def owners() -> list[Owner]:
    """Verified villagers and households of the village in scope."""
    people = [Owner(f"p{one.person_id}", one.name, person_id=one.person_id) for one in await villagers()]
    return people + [Owner(f"h{one.household_id}", one.name, household_id=one.household_id) for one in await homes()]


async def household_of(person_id: int) -> int | None:
    """The household of a verified villager."""
    return next((one.household_id for one in await villagers() if one.person_id == person_id), None)


async def names(purses: Sequence[Purse]) -> dict[int, str]:
    """What the owners of these purses are called, by the purse's id; empty for those who are gone."""
    people = {one.person_id for one in purses if one.person_id}
    found = await names_of(people, {one.household_id for one in purses if one.household_id})
    return {
        one.id: found.people.get(one.person_id or 0, "") or found.homes.get(one.household_id or 0, "") for one in purses
    }
