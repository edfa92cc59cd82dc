"""Map tiles: where the pictures of a map come from, in which coordinates, and under whose name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from cunli.settings import Settings, SettingsError

Coordinates = Literal["wgs84", "gcj02"]
DEEPEST: Final = 22
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """A set of tiles. `template` is an https address with `{z}`, `{x}`, `{y}` and perhaps `{s}`, for which each of `subdomains`
    may stand. `attribution` is shown on every map, because licences ask for it. `coordinates`: what GPS gives (`wgs84`), or
    what maps of mainland China use (`gcj02`); a place in the one lies hundreds of metres off in the other.

    Raises `ValueError` for what is not such a set.
    """

    template: str
    attribution: str
    subdomains: tuple[str, ...] = ()
    min_zoom: int = 3
    max_zoom: int = 18
    coordinates: Coordinates = "wgs84"

    def __post_init__(self) -> None:
        if not self.attribution.strip():
            raise ValueError("the attribution is missing: licences of maps ask for it")
        if not all(part in self.template for part in ("{z}", "{x}", "{y}")):
            raise ValueError("the template has {z}, {x} and {y}")
        if ("{s}" in self.template) != bool(self.subdomains):
            raise ValueError("{s} in the template and subdomains go together")
        if not 0 <= self.min_zoom <= self.max_zoom <= DEEPEST:
            raise ValueError(f"zoom goes from 0 to {DEEPEST}, the smaller one first")
        if self.coordinates not in ("wgs84", "gcj02"):
            raise ValueError("coordinates are wgs84 or gcj02")
        for address in self.addresses():
            parts = urlsplit(address.replace("{z}", "1").replace("{x}", "1").replace("{y}", "1"))
            if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
                raise ValueError(f"{address} is not an https address of a plain host")
            if "{" in address.partition("://")[2].partition("/")[0]:
                raise ValueError("z, x and y stand in the path, not in the host")

    def addresses(self) -> tuple[str, ...]:
        """The template for each subdomain."""
        return tuple(self.template.replace("{s}", s) for s in self.subdomains) or (self.template,)

    def address(self, z: int, x: int, y: int) -> str:
        """The address of one tile."""
        addresses = self.addresses()
        chosen = addresses[(x + y) % len(addresses)]
        return chosen.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))

    def origins(self) -> tuple[str, ...]:
        """What the content policy has to let in: `https://` and host of each address, and nothing else."""
        return tuple(dict.fromkeys(f"https://{urlsplit(one).netloc}" for one in self.addresses()))


class MapTiles(Protocol):
    """Says where tiles come from. Packages offer one as a factory under the entry point group `cunli.map_tiles`.

    def tianditu(settings: Settings) -> MapTiles: ...
    """

    def tiles(self) -> Tiles | None:
        """The tiles, or None where there is no map. Asked once at start; does no I/O. The browser fetches them itself."""
        ...


class NoMap:
    """There is no map; pages give addresses in words."""

    def __init__(self, settings: Settings) -> None:
        pass

    def tiles(self) -> Tiles | None:
        return None


class Template:
    """The tiles that the settings describe."""

    def __init__(self, settings: Settings) -> None:
        try:
            self._tiles = Tiles(
                template=settings.map_template,
                attribution=settings.map_attribution,
                subdomains=settings.map_subdomains,
                max_zoom=settings.map_max_zoom,
                coordinates=settings.map_coordinates,
            )
        except ValueError as exc:
            raise SettingsError([f"map_template, map_attribution and what goes with them: {exc}"]) from None

    def tiles(self) -> Tiles | None:
        return self._tiles
