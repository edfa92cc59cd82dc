"""Finding the home village by what people type: characters, pinyin, initials, with or without the township."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.places.names import bare_name, bare_pinyin, short_name

MOST_LETTERS: Final = 40
_FEW_COUNTIES: Final = 20

_COLUMNS: Final = (
    "SELECT r.id AS region_id, r.code, r.short AS name, t.short AS township_name, c.short AS county_name, v.slug,"
    " v.verified_count, v.cloth, v.dye"
)
_AROUND: Final = (
    " LEFT JOIN core_region c ON c.id = t.parent_id LEFT JOIN core_village v ON v.region_id = r.id AND v.state = 'open'"
)
_NEAR: Final = (
    f"{_COLUMNS} FROM core_region t JOIN core_region r ON r.parent_id = t.id{_AROUND}"
    " WHERE r.level = 5 AND r.state = 'active'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageFound:
    """A village of the tree, opened or not. Without a `slug` it is not opened yet."""

    region_id: int
    code: str
    name: str
    township_name: str
    county_name: str
    slug: str
    verified_count: int
    cloth: str
    dye: str

    @property
    def opened(self) -> bool:
        return bool(self.slug)

    @property
    def url(self) -> str:
        return f"/v/{self.slug}" if self.slug else ""


def found_in(row: Any) -> VillageFound:
    """The village in a row of the search."""
    return VillageFound(
        region_id=row["region_id"],
        code=row["code"],
        name=row["name"],
        township_name=row["township_name"],
        county_name=row["county_name"] or "",
        slug=row["slug"] or "",
        verified_count=row["verified_count"] or 0,
        cloth=row["cloth"] or "",
        dye=row["dye"] or "",
    )


def typed(text: str) -> str:
    """What somebody typed, ready to compare: full-width and capital letters, spaces and tone marks make no difference."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in folded if char.isalnum() or char >= "\u4e00" or char in "%_\\")
    return short_name(unicodedata.normalize("NFC", kept))[:MOST_LETTERS]


async def search_villages(text: str, limit: int = 20) -> list[VillageFound]:
    """Villages that fit what somebody typed, opened ones first. Where the county works, parts of names are enough."""
    wanted = typed(text)
    if not wanted:
        return []
    counties = await home_counties()
    found = await _near(wanted, counties, limit) if counties else []
    if len(found) < limit:
        known = {village.region_id for village in found}
        found += [v for v in await _anywhere(wanted, limit) if v.region_id not in known]
    return found[:limit]


async def home_counties() -> list[int]:
    """The counties this deployment works for: those with opened villages, or the top of a table that is one county."""
    rows = await db.read("SELECT DISTINCT county_id AS id FROM core_village WHERE state = 'open' ORDER BY county_id")
    if not rows:
        rows = await db.read(
            "SELECT id FROM core_region WHERE parent_id IS NULL AND level = 3 AND state = 'active' ORDER BY id LIMIT ?",
            _FEW_COUNTIES,
        )
    return [row["id"] for row in rows]


async def _near(wanted: str, counties: list[int], limit: int) -> list[VillageFound]:
    """Everything that contains the words, in the counties at hand; the township's name may stand before the village's."""
    conditions: list[str] = []
    values: list[int | str] = []
    for township, rest in [(0, wanted), *await _after_the_township(wanted, counties)]:
        condition, fits = _fits(rest, anywhere=not township)
        conditions.append(f"(t.id = ? AND {condition})" if township else condition)
        values += [township, *fits] if township else fits
    sql = (
        f"{_NEAR} AND t.parent_id IN ({db.marks(counties)}) AND ({' OR '.join(conditions)})"
        " ORDER BY v.slug IS NULL, CASE WHEN r.short IN (?, ?) OR r.pinyin = ? THEN 0"
        " WHEN r.short LIKE ? ESCAPE '\\' THEN 1 ELSE 2 END, r.code LIMIT ?"
    )
    exact = (wanted, f"{wanted}村", wanted, f"{_literally(wanted)}%", limit)
    return [found_in(row) for row in await db.read(sql, *counties, *values, *exact)]


async def _after_the_township(wanted: str, counties: list[int]) -> list[tuple[int, str]]:
    """(township, what follows its name) for each township whose name the words begin with; the county's may come first."""
    rows = await db.read(
        "SELECT t.id, t.short, t.pinyin, t.initials, c.short AS county, c.pinyin AS county_pinyin"  # noqa: S608 placeholders and constants only
        " FROM core_region t JOIN core_region c ON c.id = t.parent_id"
        f" WHERE t.parent_id IN ({db.marks(counties)}) AND t.state = 'active'",
        *counties,
    )
    found: list[tuple[int, str]] = []
    for row in rows:
        rest = _without(wanted, (row["county"], bare_name(row["county"]), row["county_pinyin"]))
        short, pinyin = row["short"], row["pinyin"]
        left = _without(rest, (short, bare_name(short), pinyin, bare_pinyin(short, pinyin), row["initials"]))
        if left != wanted:
            found.append((row["id"], left))
    return found


def _without(text: str, beginnings: tuple[str, ...]) -> str:
    for beginning in sorted(beginnings, key=len, reverse=True):
        if beginning and text.startswith(beginning):
            return text[len(beginning) :]
    return text


def _fits(text: str, *, anywhere: bool) -> tuple[str, list[str]]:
    """The condition for one name, and its values; an empty text fits every village of the township."""
    literal = _literally(text)
    start = "%" if anywhere else ""
    condition, values = "LOWER(r.short) LIKE ? ESCAPE '\\'", [f"{start}{literal}%"]
    if text.isascii():
        condition += " OR r.pinyin LIKE ? ESCAPE '\\' OR r.initials LIKE ? ESCAPE '\\'"
        values += [f"{literal}%", f"{literal}%"]
    return f"({condition})", values


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def _anywhere(wanted: str, limit: int) -> list[VillageFound]:
    """Names of the whole table that begin with the words; an index answers, so a nation is no slower than a county."""
    columns = ("short", "pinyin", "initials") if wanted.isascii() else ("short",)
    found: dict[int, VillageFound] = {}
    for column in columns:
        condition, values = await _begins(column, wanted)
        first = (
            "(SELECT id, code, short, pinyin, initials, parent_id FROM core_region"  # noqa: S608 placeholders and constants only
            f" WHERE level = 5 AND state = 'active' AND {condition} ORDER BY {column}, code LIMIT ?)"
        )
        sql = f"{_COLUMNS} FROM {first} r JOIN core_region t ON t.id = r.parent_id{_AROUND} ORDER BY r.{column}, r.code"
        found |= {v.region_id: v for v in map(found_in, await db.read(sql, *values, limit))}
    return sorted(found.values(), key=lambda v: (not v.opened, v.name != wanted, v.code))


async def _begins(column: str, text: str) -> tuple[str, tuple[str, ...]]:
    """The condition for a beginning. Where text is ordered by its bytes a range says it, and an index answers at once."""
    if await _ordered_by_bytes():
        return f"{column} >= ? AND {column} < ?", (text, f"{text}\U0010ffff")
    return f"{column} >= ? AND {column} LIKE ? ESCAPE '\\'", (text, f"{_literally(text)}%")


async def _ordered_by_bytes() -> bool:
    """SQLite always is; a PostgreSQL database is when it was made with `LOCALE 'C.UTF-8'`, and not in a language's order."""
    return db.engine() == "sqlite" or bool((await db.read("SELECT 'B' < 'a' AS bytes"))[0]["bytes"])
