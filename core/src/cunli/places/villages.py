"""The villages as every request needs them: found by address, remembered for a few seconds."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import Any, Final

from cunli import db
from cunli.media.queries import photo_url
from cunli.media.rules import Size
from cunli.places.names import is_code
from cunli.places.rules import VillageState

REMEMBERED: Final = 5.0
MOST_REMEMBERED: Final = 4096
_ADDRESS: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

VILLAGE_COLUMNS: Final = (
    "v.id, v.region_id, v.township_id, v.county_id, v.slug, v.name, v.motto, v.introduction, v.cover, v.phone,"
    " v.address, v.market_days, v.cloth, v.dye, v.state, v.household_count, v.verified_count, v.away_count,"
    " v.post_count, v.successor_id, t.short AS township_name, c.short AS county_name"
)
VILLAGE_TABLES: Final = (
    " FROM core_village v JOIN core_region t ON t.id = v.township_id JOIN core_region c ON c.id = v.county_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageNow:
    """A village as pages see it. `chain` is its region and every region above it, nearest first."""

    id: int
    region_id: int
    township_id: int
    county_id: int
    slug: str
    name: str
    motto: str
    introduction: str
    cover: str
    cloth: str
    dye: str
    county_name: str
    township_name: str
    phone: str
    address: str
    market_days: str
    state: str
    household_count: int
    verified_count: int
    away_count: int
    post_count: int
    chain: tuple[int, ...]
    url: str = field(init=False, compare=False)
    seal: str = field(init=False, compare=False, repr=False)  # stands for everything above in a page's ETag

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", f"/v/{self.slug}")
        object.__setattr__(self, "seal", hashlib.sha256(repr(self).encode()).hexdigest()[:16])

    def __hash__(self) -> int:
        return (
            self.id
        )  # equal villages have equal ids; hashing every field would cost each page more than the field it reads

    @property
    def cover_url(self) -> str:
        """The cover photo in full width; empty without one."""
        return photo_url(self.cover, Size.LARGE) if self.cover else ""

    @property
    def cover_thumb_url(self) -> str:
        """The cover photo for a phone; empty without one."""
        return photo_url(self.cover, Size.THUMB) if self.cover else ""


@dataclass(frozen=True, slots=True)
class Moved:
    """This address is an old one: the village is found under `slug` now."""

    slug: str


class _Memory:
    """Answers of the last few seconds. Another process sees a change when they have run out."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[float, Any]] = {}

    def get(self, key: object) -> tuple[Any] | None:
        kept = self._kept.get(key)
        return (kept[1],) if kept is not None and kept[0] > time.monotonic() else None

    def put(self, key: object, value: Any) -> None:
        if len(self._kept) >= MOST_REMEMBERED:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + REMEMBERED, value)

    def clear(self) -> None:
        self._kept.clear()


_memory: Final = _Memory()


def forget_all() -> None:
    """Ask the database again from now on."""
    _memory.clear()


async def forget(village_id: int = 0) -> None:
    """Drop what is remembered: `db.after_commit(places.forget, village_id)` after every unit that changes a village."""
    del village_id  # addresses, chains and successors hang together: all go
    _memory.clear()


async def find_by_address(address: str) -> VillageNow | Moved | None:
    """The open village at an address: its slug, an earlier slug, or a statistical code. Closed villages are not found."""
    if not 0 < len(address) <= 64 or not _ADDRESS.fullmatch(address):
        return None
    if (known := _memory.get(address)) is not None:
        found: VillageNow | Moved | None = known[0]
        return found
    found = await _find(address)
    if not db.in_unit():
        _memory.put(address, found)
    return found


async def _find(address: str) -> VillageNow | Moved | None:
    village = await _village("v.slug = ?", address)
    if village is None:
        village = await _earlier(address)
    if village is None or village.state != VillageState.OPEN:
        return None
    return village if village.slug == address else Moved(village.slug)


async def _earlier(address: str) -> VillageNow | None:
    rows = await db.read("SELECT village_id FROM core_village_address WHERE slug = ?", address)
    if rows:
        return await _village("v.id = ?", rows[0]["village_id"])
    return await _by_code(address) if is_code(address) else None


async def _by_code(code: str) -> VillageNow | None:
    rows = await db.read(
        "WITH RECURSIVE later (id, successor_id) AS ("
        " SELECT id, successor_id FROM core_region WHERE code = ? AND level = 5"
        " UNION SELECT r.id, r.successor_id FROM core_region r JOIN later ON r.id = later.successor_id)"
        " SELECT id FROM later WHERE successor_id IS NULL",
        code,
    )
    return await _village("v.region_id = ?", rows[0]["id"]) if rows else None


async def _village(condition: str, value: int | str) -> VillageNow | None:
    """The village, or the one it was merged into."""
    rows = await db.read(f"SELECT {VILLAGE_COLUMNS}{VILLAGE_TABLES} WHERE {condition}", value)
    if not rows:
        return None
    row = rows[0]
    if row["state"] == VillageState.MERGED and row["successor_id"]:
        return await _village("v.id = ?", row["successor_id"])
    return await village_from(row)


async def village_from(row: Any) -> VillageNow:
    """The village in a row of `VILLAGE_COLUMNS`."""
    values = {name: row[name] for name in _FIELDS}
    return VillageNow(**values, chain=await region_chain(row["region_id"]))


_FIELDS: Final = tuple(name for name in VillageNow.__dataclass_fields__ if name not in {"chain", "url", "seal"})


async def village_by_id(village_id: int) -> VillageNow | None:
    """The village with this id, whatever its state; of a merged one, the village it went into."""
    if (known := _memory.get(village_id)) is not None:
        found: VillageNow | None = known[0]
        return found
    found = await _village("v.id = ?", village_id)
    if not db.in_unit():
        _memory.put(village_id, found)
    return found


async def region_chain(region_id: int) -> tuple[int, ...]:
    """The region and every region above it, nearest first."""
    key = ("chain", region_id)
    if (known := _memory.get(key)) is not None and not db.in_unit():
        chain: tuple[int, ...] = known[0]
        return chain
    rows = await db.read(
        "WITH RECURSIVE up (id, parent_id, depth) AS ("
        " SELECT id, parent_id, 0 FROM core_region WHERE id = ?"
        " UNION ALL SELECT r.id, r.parent_id, up.depth + 1 FROM core_region r JOIN up ON r.id = up.parent_id"
        " WHERE up.depth < 9)"
        " SELECT id FROM up ORDER BY depth",
        region_id,
    )
    chain = tuple(row["id"] for row in rows)
    if not db.in_unit():
        _memory.put(key, chain)
    return chain
