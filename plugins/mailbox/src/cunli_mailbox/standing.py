"""What somebody is to a letter, and what of it they see. The one place that decides both."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from cunli import Officer

from .models import Letter, Step
from .states import OFFICIAL, State, Who
from .words import RANK_OF

NOBODY: Final[frozenset[Who]] = frozenset()
COUNTY: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks: a person or nobody, whether verified here, the levels of the own offices over this village, and of the departments
    that a letter is about to be asked for, those that they work in."""

    person_id: int | None
    verified: bool = False
    ranks: frozenset[int] = frozenset()
    departments: frozenset[str] = frozenset()


def departments_in(letter: Letter) -> list[str]:
    """The slugs of all departments that have, had first or help with a letter."""
    return [
        slug for slug in dict.fromkeys([letter.department, letter.first_department, *letter.joint.split(",")]) if slug
    ]


def reader_of(
    person_id: int | None, verified: bool, offices: Iterable[Officer], departments: Iterable[str] = ()
) -> Reader:
    """Somebody with the offices that they hold over the village in scope."""
    ranks = frozenset(RANK_OF[one.level] for one in offices if one.person_id == person_id and one.level in RANK_OF)
    if person_id is None:
        return Reader(person_id=None, verified=verified)
    return Reader(person_id=person_id, verified=verified, ranks=ranks, departments=frozenset(departments))


def counted_ranks(letter: Letter, reader: Reader) -> frozenset[int]:
    """The offices of somebody that count for this letter: one about a cadre is none of his, nor of anybody's at his level or below."""
    if reader.person_id is None or reader.person_id == letter.about_id:
        return frozenset()
    return frozenset(rank for rank in reader.ranks if rank > letter.about_rank)


def roles(letter: Letter, reader: Reader, acted: Collection[int] = ()) -> frozenset[Who]:
    """What somebody is to a letter. `acted`: everybody who did something for the office with it; they do not call
    back, and neither does whoever wrote it down for somebody."""
    if reader.person_id is None:
        return NOBODY
    if reader.person_id == letter.writer_id:
        return frozenset({Who.WRITER})  # nobody handles a letter of his own
    ranks = counted_ranks(letter, reader)
    helped = reader.person_id == letter.helper_id
    found = {Who.HELPER} if helped else set()
    if letter.first_rank in ranks if not letter.first_department else letter.first_department in _own(letter, reader):
        found.add(Who.RECEIVER)
    if _handles(letter, reader, ranks):
        found.add(Who.HANDLER)
    if any(rank > letter.rank or (letter.department and rank == letter.rank) for rank in ranks):
        found.add(Who.ABOVE)
        if reader.person_id not in acted and not helped:
            found.add(Who.CALLER)
    if any(f",{slug}," in letter.joint for slug in _own(letter, reader)):
        found.add(Who.JOINT)
    return frozenset(found)


def _own(letter: Letter, reader: Reader) -> frozenset[str]:
    """The departments of somebody that count for this letter: none, where it is about them or about a cadre of the county."""
    if reader.person_id == letter.about_id or letter.about_rank >= COUNTY:
        return frozenset()
    return reader.departments


def _handles(letter: Letter, reader: Reader, ranks: frozenset[int]) -> bool:
    if letter.department:
        return letter.department in _own(letter, reader)
    return letter.rank in ranks and letter.handler_id in (None, reader.person_id)


def who_acted(steps: Iterable[Step]) -> set[int]:
    """Everybody who did something for the office with a letter: see `roles`."""
    return {one.actor_id for one in steps if one.actor_id is not None and Who(one.acting) in OFFICIAL}


def sees_all(letter: Letter, reader: Reader) -> bool:
    """Whether somebody reads the whole letter with its name: its writer, and the offices that it may concern."""
    if letter.state == State.DRAFT:
        return reader.person_id is not None and reader.person_id in (letter.writer_id, letter.helper_id)
    return bool(roles(letter, reader))


def sees_inside(letter: Letter, reader: Reader) -> bool:
    """Whether somebody reads what the offices say among themselves. Its writer does not, whatever office they hold."""
    return bool(roles(letter, reader) & OFFICIAL)


def sees(letter: Letter, reader: Reader) -> bool:
    """Whether somebody may know that the letter exists. Whoever it is about learns of a public one like everybody."""
    if sees_all(letter, reader):
        return True
    return (
        letter.public and letter.state not in (State.DRAFT, State.WITHDRAWN) and (reader.verified or bool(reader.ranks))
    )
