"""A map of the county's own tiles around a place, as pictures that need no script: web Mercator, 256 pixels a tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cunli import MAP_TILES, Tiles, provider_of

from .around import HEIGHT, MARGIN, WIDTH, Near
from .models import Place
from .where import MILLION, Spot, chinese

TILE: Final = 256
NEAR: Final = 16  # the deepest that is shown: single houses
FAR: Final = 12  # the widest: a township


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """North is up, the place in the middle. `pictures` are addresses of tiles, each with x and y of its corner; `dots` are the places
    around that lie on it, each with its number in their list."""

    pictures: Sequence[tuple[str, int, int]]
    dots: Sequence[tuple[int, int, int]]
    attribution: str


def map_of(place: Place, around: Sequence[Near]) -> Map | None:
    """The map around a place; none where the county has no tiles, or the place does not say where it is."""
    tiles = provider_of(MAP_TILES).tiles()
    spot = _spot(place)
    if tiles is None or spot is None:
        return None
    spots = [found for one in around if (found := _spot(one.place)) is not None]
    return drawn(tiles, spot, spots)


def _spot(place: Place) -> Spot | None:
    if place.lat6 is None or place.lng6 is None:
        return None
    return Spot(lat=place.lat6 / MILLION, lng=place.lng6 / MILLION)


def drawn(tiles: Tiles, spot: Spot, around: Sequence[Spot]) -> Map:
    """As deep as everything around still fits on it, and as the tiles go."""
    deepest = min(NEAR, tiles.max_zoom)
    for zoom in range(deepest, max(min(FAR, deepest), tiles.min_zoom) - 1, -1):
        left, top = _pixels(tiles, spot, zoom)
        left, top = left - WIDTH // 2, top - HEIGHT // 2
        at = [_pixels(tiles, one, zoom) for one in around]
        dots = [(x - left, y - top, number) for number, (x, y) in enumerate(at, 1) if _on_it(x - left, y - top)]
        if len(dots) == len(around):
            break
    columns = range(left // TILE, (left + WIDTH - 1) // TILE + 1)
    rows = range(max(top // TILE, 0), min((top + HEIGHT - 1) // TILE, 2**zoom - 1) + 1)
    pictures = [
        (tiles.address(zoom, column % 2**zoom, row), column * TILE - left, row * TILE - top)
        for row in rows
        for column in columns
    ]
    return Map(pictures=pictures, dots=dots, attribution=tiles.attribution)


def _on_it(x: int, y: int) -> bool:
    return MARGIN // 2 <= x <= WIDTH - MARGIN // 2 and MARGIN // 2 <= y <= HEIGHT - MARGIN // 2


def _pixels(tiles: Tiles, spot: Spot, zoom: int) -> tuple[int, int]:
    """Where a point lies on the map of the whole world at this depth."""
    here = chinese(spot) if tiles.coordinates == "gcj02" else spot
    wide = TILE * 2**zoom
    lat = math.radians(max(-85.0, min(85.0, here.lat)))
    return round((here.lng + 180) / 360 * wide), round((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * wide)
