"""Where a place is, for the maps that people have. Rows hold WGS-84; Chinese maps want GCJ-02, which lies hundreds of metres off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import geocoordinates_ffi as geo  # type: ignore[import-untyped,unused-ignore]

MILLION: Final = 1_000_000
_PAIR = re.compile(r"\s*(-?\d{1,3}\.\d{3,9})\s*[,， ]\s*(-?\d{1,3}\.\d{3,9})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A point in degrees."""

    lat: float
    lng: float


def read(text: str, *, chinese: bool) -> Spot | None:
    """Latitude and longitude as copied out of a map; `chinese` where that map draws in GCJ-02. None where it is none."""
    found = _PAIR.fullmatch(text)
    if found is None:
        return None
    lat, lng = float(found[1]), float(found[2])
    if abs(lat) > 90 and abs(lng) <= 90:  # Chinese maps say the longitude first
        lat, lng = lng, lat
    if not (abs(lat) <= 90 and abs(lng) <= 180):
        return None
    if not chinese:
        return Spot(lat=lat, lng=lng)
    world = geo.gcj02_to_wgs84_refined(geo.Gcj02(lat=lat, lon=lng))
    return Spot(lat=world.lat, lng=world.lon)


def chinese(spot: Spot) -> Spot:
    """The same point as Chinese maps draw it."""
    found = geo.wgs84_to_gcj02(geo.Wgs84(lat=spot.lat, lon=spot.lng))
    return Spot(lat=found.lat, lng=found.lon)


def links(spot: Spot, name: str) -> dict[str, str]:
    """Addresses that open the maps which people have, at this point, with its name."""
    here = chinese(spot)
    lat, lng, said = f"{here.lat:.6f}", f"{here.lng:.6f}", quote(name, safe="")
    return {
        "amap": f"https://uri.amap.com/marker?position={lng},{lat}&name={said}&coordinate=gaode",
        "baidu": f"https://api.map.baidu.com/marker?location={lat},{lng}&title={said}&content={said}"
        "&coord_type=gcj02&output=html",
        "tencent": f"https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lng};title:{said}",
        "world": f"geo:{spot.lat:.6f},{spot.lng:.6f}",
    }
