"""What lies around a place: how far, in which direction, and a sketch for whoever has no map. Pure functions over places."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cunli import gettext as _

from .models import Place
from .where import MILLION

EARTH: Final = 6_371_000  # metres
MOST: Final = 4
WALKED: Final = 3_000  # metres; what is farther is not said in minutes on foot
BENDS: Final = 1.3  # a way is longer than the line
PACE: Final = 70  # metres a minute
WIDTH: Final = 320
HEIGHT: Final = 200
MARGIN: Final = 24
BARS: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
TOWARDS: Final = (_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Another place: metres to the east and to the north of here."""

    place: Place
    east: float
    north: float

    @property
    def metres(self) -> float:
        return math.hypot(self.east, self.north)

    @property
    def towards(self) -> Any:
        return TOWARDS[round(math.degrees(math.atan2(self.east, self.north)) / 45) % 8]

    @property
    def far(self) -> Any:
        """How far it is, in minutes on foot or in kilometres."""
        way = self.metres * BENDS
        if way <= WALKED:
            return _("走路 %(n)s 分钟", n=max(1, round(way / PACE)))
        return _("%(n)s 公里", n=max(1, round(way / 1000)))


def nearest(place: Place, others: Iterable[Place], most: int = MOST) -> list[Near]:
    """The nearest of those that say where they are; none where the place itself does not."""
    if place.lat6 is None or place.lng6 is None:
        return []
    narrow = math.cos(math.radians(place.lat6 / MILLION))
    found = [
        Near(
            place=one,
            east=math.radians((one.lng6 - place.lng6) / MILLION) * narrow * EARTH,
            north=math.radians((one.lat6 - place.lat6) / MILLION) * EARTH,
        )
        for one in others
        if one.lat6 is not None and one.lng6 is not None
    ]
    return sorted(found, key=lambda one: one.metres)[:most]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """North is up, the place in the middle. `dots` are x and y in the order of the places; `bar` is so many pixels for so many
    metres."""

    dots: Sequence[tuple[int, int]]
    bar: int
    metres: int


def sketch(found: Sequence[Near]) -> Sketch | None:
    """A sketch of these; none where there is nothing to draw."""
    wide = max((abs(one.east) for one in found), default=0.0)
    high = max((abs(one.north) for one in found), default=0.0)
    if not wide and not high:
        return None
    scale = min((WIDTH / 2 - MARGIN) / max(wide, 1), (HEIGHT / 2 - MARGIN) / max(high, 1), 1.0)  # pixels for a metre
    dots = [(round(WIDTH / 2 + one.east * scale), round(HEIGHT / 2 - one.north * scale)) for one in found]
    metres = max((one for one in BARS if one * scale <= 90), default=BARS[0])
    return Sketch(dots=dots, bar=round(metres * scale), metres=metres)
