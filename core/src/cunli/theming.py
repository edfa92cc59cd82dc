"""Which theme is worn where: chosen for a county, a township or a village, and inherited down the tree.

Kept among the settings of regions, so that no page asks the database for it (see `enabling`).
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from cunli import db, enabling
from cunli.places.rules import LEVEL_NAMES, LEVELS
from cunli.plugin_setting import Stored
from cunli.trust.audit import By, audit
from cunli.web.tokens import new_key

OWNER: Final = "core"
KEY: Final = "core.theme"


class NotForRegions(ValueError):
    """A theme was chosen that is not offered, or for a region above counties."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The theme that counts, and the region that chose it; without a region it is the deployment's."""

    theme: str = ""
    region_id: int | None = None


async def theme_along(chain: tuple[int, ...], offered: Container[str]) -> Chosen:
    """What counts in a region, of which the chain goes up to the root: the nearest choice that can be worn.

    A change made by this process counts at once; one made by another counts within a second.
    """
    return nearest(chain, (await enabling.look()).stored, offered)


def nearest(chain: tuple[int, ...], stored: Mapping[int, Mapping[str, Stored]], offered: Container[str]) -> Chosen:
    """The rule itself. Pure."""
    for region_id in chain:
        own = stored.get(region_id, {}).get(KEY)
        if own is not None and (theme := read(own)) in offered:
            return Chosen(theme, region_id)
    return Chosen()


def read(stored: Stored) -> str:
    """The theme that a region chose; empty for what is no choice."""
    try:
        theme = json.loads(stored.text)
    except ValueError:
        return ""
    return theme if isinstance(theme, str) else ""


@db.unit
async def choose(
    theme: str, region_id: int, *, offered: Container[str], actor: int | None = None, by: By = "web"
) -> None:
    """Choose a theme for a region and everything below it. Raises `NotForRegions`; the same again does nothing."""
    rows = await db.read("SELECT level FROM core_region WHERE id = ? AND state = 'active'", region_id)
    if theme not in offered or not rows or rows[0]["level"] < LEVELS["county"]:
        raise NotForRegions(theme)
    turned = await db.write(
        "INSERT INTO core_plugin_setting (region_id, plugin, key, value, row_key) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (region_id, plugin, key) DO UPDATE SET value = excluded.value"
        " WHERE core_plugin_setting.value <> excluded.value",
        region_id,
        OWNER,
        KEY,
        json.dumps(theme),
        new_key(),
    )
    if turned:
        await audit("core.theme.choose", actor=actor, region=region_id, object=("theme", theme), by=by)
        await enabling.changed()


@db.unit
async def inherit(region_id: int, *, actor: int | None = None, by: By = "web") -> bool:
    """Take a region's choice back, so that what is above counts again. Whether there was anything to take back."""
    gone = await db.write(
        "DELETE FROM core_plugin_setting WHERE region_id = ? AND plugin = ? AND key = ?", region_id, OWNER, KEY
    )
    if gone:
        await audit("core.theme.inherit", actor=actor, region=region_id, object=("theme", ""), by=by)
        await enabling.changed()
    return bool(gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBy:
    """A region that chose a theme for itself."""

    region_id: int
    region: str
    code: str
    level: str
    theme: str


async def choices() -> list[ChosenBy]:
    """Every choice of a region that still exists, the highest first."""
    rows = await db.read(
        "SELECT s.region_id, s.value, s.row_key, r.name, r.code, r.level FROM core_plugin_setting s"
        " JOIN core_region r ON r.id = s.region_id WHERE s.plugin = ? AND s.key = ? AND r.state = 'active'"
        " ORDER BY r.level, r.code",
        OWNER,
        KEY,
    )
    return [
        ChosenBy(
            region_id=row["region_id"],
            region=row["name"],
            code=row["code"],
            level=LEVEL_NAMES[row["level"]],
            theme=read(Stored(level=row["level"], text=row["value"], row_key=row["row_key"])),
        )
        for row in rows
    ]
