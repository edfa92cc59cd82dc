"""What the parts of the loader hand to each other: ids of what is written already, and the chance that all of them draw from."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cunli.demo.content import County
from cunli.demo.pictures import Picture
from cunli.demo.times import Times

SEED: Final = "cunli demo"  # the same county each time, but for keys and the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A village that was opened."""

    id: int
    slug: str
    name: str
    code: str
    region_id: int
    township_id: int
    county_id: int
    opened_at: datetime

    @property
    def url(self) -> str:
        return f"/v/{self.slug}"

    def shown_in(self, audience: str) -> int:
        """The region that a post for this audience stands in."""
        return {"township": self.township_id, "county": self.county_id}.get(audience, self.region_id)

    @property
    def chain(self) -> tuple[int, int, int]:
        return self.region_id, self.township_id, self.county_id


@dataclass(slots=True, kw_only=True)
class Actor:
    """A person as rows refer to them. `verified_at` is None for whoever belongs to no village."""

    id: int
    key: str
    shown: str
    village: str = ""
    verified_at: datetime | None = None
    household_id: int | None = None
    account: bool = False
    over: set[int] = field(default_factory=set)  # regions of their offices


@dataclass(slots=True, kw_only=True)
class Ground:
    """Everything known while loading."""

    county: County
    times: Times
    password_hash: str
    pictures: Mapping[str, Picture]
    step: Callable[[str], object] = lambda _what: None
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 which neighbour likes which post
    regions: dict[str, int] = field(default_factory=dict)  # by name: what the demo opens has no two of one name
    places: dict[str, Place] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def members(self, slug: str) -> list[Actor]:
        """The verified people of a village."""
        return [actor for actor in self.people.values() if actor.village == slug and actor.verified_at is not None]

    def officers(self, slug: str) -> list[Actor]:
        """Who holds an office on the village itself."""
        region = self.places[slug].region_id
        return [actor for actor in self.people.values() if region in actor.over]

    def may_answer(self, actor: Actor, place: Place, audience: str) -> bool:
        """Whether somebody may react to a post of this village, as `feed.rules` has it."""
        if actor.over & set(place.chain):
            return True
        if actor.verified_at is None:
            return False
        return place.shown_in(audience) in self.places[actor.village].chain
