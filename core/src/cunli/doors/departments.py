"""The departments of a village's county, for plugins: to route something to one, and to know who is in it."""

from __future__ import annotations

from dataclasses import dataclass

from cunli import db
from cunli.departments import queries
from cunli.places.queries import village_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """An open department of the county."""

    id: int
    """The key for `core.Department`."""
    slug: str
    """What it is called in addresses and settings, such as `nongye`. It never changes."""
    name: str
    """What people call it, such as 农业农村局."""
    url: str
    """Its public section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Somebody who writes for a department. What they are called is public; nothing else about them is told."""

    person_id: int
    """The key for `core.Person`."""
    name: str
    """The name that is shown."""


async def county_departments() -> list[Department]:
    """The open departments of the county of the village in scope, in the county's order. Raises `NoScope` outside of a village."""
    number = db.scoped_village()
    village = await village_by_id(number) if number is not None else None
    if village is None:
        raise db.NoScope("the departments of a village's county were asked for outside of a village")
    found = await queries.of_county(village.county_id)
    return [Department(id=one.id, slug=one.slug, name=one.name, url=one.url) for one in found]


async def department_staff(slug: str) -> list[Staff]:
    """Who writes for this department of the county of the village in scope; nobody, if there is none by that name."""
    for one in await county_departments():
        if one.slug == slug:
            return [
                Staff(person_id=each.person_id, name=each.display_name) for each in await queries.editors_of(one.id)
            ]
    return []
