"""The handbook of those who run a county's villages: versions that stay, and who has read which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.clock import now, today
from cunli.notify.actions import tell
from cunli.people.queries import OFFICE_TITLES
from cunli.trust.audit import audit

MINE: Final = "/me/handbook"
_COUNTY: Final = "CASE g.level WHEN 3 THEN g.id WHEN 4 THEN g.parent_id ELSE t.parent_id END"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandbookNow:
    """A version of a county's handbook."""

    id: int
    county_id: int
    version: int
    title: str
    body: str
    published_at: datetime

    @property
    def paragraphs(self) -> list[str]:
        return [line for line in self.body.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An official of a county, and the newest version they said they have read; 0 for none."""

    person_id: int
    name: str
    offices: str
    version: int
    at: datetime | None


async def newest(county_id: int) -> HandbookNow | None:
    """The version that counts."""
    found = await versions(county_id)
    return found[0] if found else None


async def versions(county_id: int) -> list[HandbookNow]:
    """Every version of a county, the newest first."""
    rows = await db.read("SELECT * FROM core_handbook WHERE county_id = ? ORDER BY version DESC", county_id)
    return [_handbook(row) for row in rows]


async def for_official(person_id: int) -> list[tuple[HandbookNow, datetime | None]]:
    """The handbooks somebody has to know, of each county they hold an office in, with when they said they read them."""
    rows = await db.read(
        f"SELECT h.*, (SELECT s.at FROM core_handbook_reading s WHERE s.handbook_id = h.id AND s.person_id = ?) AS read_at"  # noqa: S608 constants only
        " FROM core_handbook h WHERE h.county_id IN (SELECT "
        f"{_COUNTY} FROM core_role r JOIN core_region g ON g.id = r.region_id LEFT JOIN core_region t ON t.id = g.parent_id"
        " WHERE r.person_id = ? AND r.revoked_at IS NULL) AND h.version ="
        " (SELECT MAX(o.version) FROM core_handbook o WHERE o.county_id = h.county_id) ORDER BY h.county_id",
        person_id,
        person_id,
    )
    return [(_handbook(row), db.when(row["read_at"])) for row in rows]


async def readers(county_id: int) -> list[Reader]:
    """Everybody in office in a county, those who lack the newest version first."""
    rows = await db.read(
        f"SELECT r.person_id, p.display_name, r.kind, r.title, g.short, g.level, g.code FROM core_role r"  # noqa: S608 constants only
        " JOIN core_person p ON p.id = r.person_id AND p.state = 'active' JOIN core_region g ON g.id = r.region_id"
        f" LEFT JOIN core_region t ON t.id = g.parent_id WHERE r.revoked_at IS NULL AND {_COUNTY} = ? ORDER BY g.level, g.code, r.id",
        county_id,
    )
    read = await db.read(
        "SELECT s.person_id, h.version, s.at FROM core_handbook_reading s JOIN core_handbook h ON h.id = s.handbook_id"
        " WHERE h.county_id = ? ORDER BY h.version",
        county_id,
    )
    last = {row["person_id"]: (row["version"], db.when(row["at"])) for row in read}
    found: dict[int, Reader] = {}
    for row in rows:
        office = f"{row['short']}{row['title'] or OFFICE_TITLES[row['kind']]}"
        before = found.get(row["person_id"])
        version, at = last.get(row["person_id"], (0, None))
        found[row["person_id"]] = Reader(
            person_id=row["person_id"],
            name=row["display_name"],
            offices=f"{before.offices}、{office}" if before else office,
            version=version,
            at=at,
        )
    return sorted(found.values(), key=lambda one: one.version)


async def one_at_a_time(region_id: int) -> None:
    """Two officials who send at the same moment come one after the other, for as long as this unit lasts."""
    wait = " FOR NO KEY UPDATE" if db.engine() == "postgres" else ""
    await db.read(f"SELECT id FROM core_region WHERE id = ?{wait}", region_id)  # noqa: S608 one of two endings


@db.unit
async def publish(county_id: int, official_id: int, title: str, body: str) -> int:
    """The next version; everybody in office is told to read it. Its number."""
    await one_at_a_time(county_id)
    rows = await db.read("SELECT COALESCE(MAX(version), 0) AS n FROM core_handbook WHERE county_id = ?", county_id)
    version = int(rows[0]["n"]) + 1
    await db.write(
        "INSERT INTO core_handbook (county_id, version, title, body, published_by_id, published_at) VALUES (?, ?, ?, ?, ?, ?)",
        county_id,
        version,
        title,
        body,
        official_id,
        now(),
    )
    about = ("region", county_id)
    await audit("core.handbook.published", actor=official_id, region=county_id, object=about, version=version)
    await remind(county_id)
    return version


@db.unit
async def remind(county_id: int) -> int:
    """Tell everybody who lacks the newest version, once a day; how many lack it."""
    book = await newest(county_id)
    if book is None:
        return 0
    missing = [one for one in await readers(county_id) if one.version < book.version]
    once = f"handbook:{county_id}:{book.version}:{today():%Y%m%d}"
    for one in missing:
        await tell(one.person_id, "handbook.asked", url=MINE, once=once, version=book.version)
    return len(missing)


@db.unit
async def acknowledge(person_id: int, handbook_id: int) -> bool:
    """An official says they have read the version that counts; False for one that does not count for them. Twice is once."""
    if handbook_id not in {book.id for book, _at in await for_official(person_id)}:
        return False
    fresh = await db.write(
        "INSERT INTO core_handbook_reading (handbook_id, person_id, at) VALUES (?, ?, ?) ON CONFLICT (handbook_id, person_id) DO NOTHING",
        handbook_id,
        person_id,
        now(),
    )
    if fresh:
        await audit("core.handbook.read", actor=person_id, object=("handbook", handbook_id))
    return True


@db.unit
async def note_export(county_id: int, official_id: int, rows: int) -> None:
    """The list of readers was fetched."""
    about = ("region", county_id)
    await audit("core.handbook.export", actor=official_id, region=county_id, object=about, rows=rows)


def _handbook(row: Any) -> HandbookNow:
    return HandbookNow(
        id=row["id"],
        county_id=row["county_id"],
        version=row["version"],
        title=row["title"],
        body=row["body"],
        published_at=db.when(row["published_at"]),
    )
