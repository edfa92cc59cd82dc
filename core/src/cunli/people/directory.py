"""Who lives in the village in scope, for plugins: the names that everybody verified there may see, and no other data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cunli import db

MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Villager:
    """A verified person of the village."""

    person_id: int
    """The key for `core.Person`."""
    name: str
    """The name that is shown."""
    household_id: int | None
    """Their household in the village's register, if it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A household of the village's register."""

    household_id: int
    """The key for `core.Household`."""
    name: str
    """Its group and number, such as 三组 12. The head's name is not among what plugins are told."""


async def villagers() -> list[Villager]:
    """Everybody who is verified in the village in scope, by name. Raises `NoScope` outside of one."""
    rows = await db.read(
        "SELECT m.person_id, p.display_name, m.household_id FROM core_membership m JOIN core_person p ON p.id = m.person_id"
        " WHERE m.village_id = ? AND m.state = 'verified' AND p.state <> 'frozen' ORDER BY p.display_name, m.id LIMIT ?",
        _here(),
        MOST,
    )
    return [Villager(person_id=row[0], name=row[1], household_id=row[2]) for row in rows]


async def homes() -> list[Home]:
    """Every household of the register of the village in scope that is not closed. Raises `NoScope` outside of one."""
    rows = await db.read(f"{_HOMES} AND h.closed_at IS NULL ORDER BY g.name, h.number LIMIT ?", _here(), MOST)
    return [_home(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What people and households are called, by their ids. Who was never of the village is left out."""

    people: Mapping[int, str]
    """By the id of the person; of those who moved away too."""
    homes: Mapping[int, str]
    """By the id of the household; of those that were closed too."""


async def names_of(people: Collection[int] = (), homes: Collection[int] = ()) -> Names:
    """The names of people and households of the village in scope, in one question. Raises `NoScope` outside of one."""
    here, arms, args = _here(), [], list[Any]()
    for ids, arm in ((people, _PERSON_NAMES), (homes, f"{_HOMES} AND h.id IN ({{ids}})")):
        if ids:
            arms.append(arm.format(ids=db.marks([*ids])))
            args += [here, *ids]
    rows = await db.read(" UNION ALL ".join(arms), *args) if arms else []
    return Names(
        people={row["id"]: row["group_name"] for row in rows if row["number"] is None},
        homes={row["id"]: _home(row).name for row in rows if row["number"] is not None},
    )


_HOMES: Final = (
    "SELECT h.id, h.number, g.name AS group_name FROM core_household h LEFT JOIN core_village_group g ON g.id = h.group_id"
    " WHERE h.village_id = ?"
)
_PERSON_NAMES: Final = (
    "SELECT p.id, NULL AS number, p.display_name AS group_name FROM core_person p WHERE EXISTS"
    " (SELECT 1 FROM core_membership m WHERE m.person_id = p.id AND m.village_id = ?) AND p.id IN ({ids})"
)


def _home(row: Any) -> Home:
    return Home(household_id=row["id"], name=" ".join(filter(None, (row["group_name"], row["number"]))))


def _here() -> int:
    village = db.scoped_village()
    if village is None:
        raise db.NoScope("who lives in a village was asked across all villages: ask in one")
    return village
