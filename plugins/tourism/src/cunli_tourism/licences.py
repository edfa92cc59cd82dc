"""Which papers a place needs before it may take guests, and whether it has them on a day. Pure functions over rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

MOST_ROOMS: Final = 14  # 《旅游民宿基本要求与评价》: a homestay has no more rooms than that


class Paper(Protocol):
    """A row of `Licence`."""

    @property
    def kind(self) -> str: ...

    @property
    def until(self) -> date | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the county asks of homestays beyond the law of the country."""

    special: bool = True
    fire: bool = False


NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "homestay": ("business", "hygiene"),  # 公共场所卫生管理条例 8
    "restaurant": ("business", "food"),  # 食品安全法 35
    "camp": ("business",),
    "spot": ("business",),
    "picking": (),  # what one grew oneself may be sold without (电子商务法 10)
    "workshop": (),
    "walk": (),
}


def needed(kind: str, asked: Asked, *, meals: bool = False) -> tuple[str, ...]:
    """The papers that a place of this kind needs; one that cooks for its guests needs the one for food, too."""
    found = list(NEEDED[kind])
    if kind == "homestay":
        found += ["special"] if asked.special else []
        found += ["fire"] if asked.fire else []
        found += ["food"] if meals else []
    return tuple(found)


def lacking(wanted: Iterable[str], papers: Iterable[Paper], day: date) -> tuple[str, ...]:
    """Those that are not there or have ended before the day is over."""
    valid = {one.kind for one in papers if one.until is None or one.until >= day}
    return tuple(one for one in wanted if one not in valid)


def first_end(wanted: Iterable[str], papers: Iterable[Paper]) -> date | None:
    """The last day on which all of them hold; none where none of them ends."""
    wants = frozenset(wanted)
    return min((one.until for one in papers if one.kind in wants and one.until is not None), default=None)
