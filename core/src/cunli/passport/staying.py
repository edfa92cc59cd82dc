"""What an archive does not take along: counted from the tables, so that whoever moves a village knows it before the old one is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from tortoise.models import Model

from cunli import db
from cunli.care.data_map import declared

if TYPE_CHECKING:
    from cunli.web.site import Site

# In the archive as far as everybody in the village may see it: see `leaving`.
GOES: Final = frozenset(
    {
        "core_post",
        "core_comment",
        "core_reaction",
        "core_upload",
        "core_post_photo",
        "core_village_group",
        "core_village_address",
        "core_village_figure",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Rows of one table that stay behind. `owner` is a plugin's name, or `core`."""

    owner: str
    table: str
    label: str
    rows: int


async def stays_behind(site: Site, code: str) -> list[Stays]:
    """Every table with rows of the village on this region that no archive holds, the core's first."""
    rows = await db.read(
        "SELECT v.id FROM core_village v JOIN core_region r ON r.id = v.region_id WHERE r.code = ?", code
    )
    if not rows:
        return []
    said, found = declared(), []
    for owner, table in _tables(site):
        counted = await db.read(f"SELECT COUNT(*) AS n FROM {table} WHERE village_id = ?", rows[0]["id"])  # noqa: S608 names of our models
        if n := int(counted[0]["n"]):
            label = str(said[table]["label"]) if table in said else table
            found.append(Stays(owner=owner, table=table, label=label, rows=n))
    return found


def _tables(site: Site) -> Iterator[tuple[str, str]]:
    for owner, app in sorted(site.apps().items(), key=lambda one: one[0] != "core"):
        for module in app.models:
            for thing in vars(import_module(module)).values():
                if isinstance(thing, type) and issubclass(thing, Model) and thing.__module__ == module:
                    table = str(thing._meta.db_table)
                    if "village" in thing._meta.fk_fields and table not in GOES:
                        yield owner, table
