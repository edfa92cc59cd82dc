"""What the core keeps about a plugin in its own tables, and goes with it. A new table of that kind is one more line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cunli import db


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A core table whose `column` holds the plugin's id, or with `prefix` begins with it and a dot."""

    table: str
    column: str
    prefix: bool = False

    def where(self, plugin: str) -> tuple[str, list[Any]]:
        if self.prefix:
            return f"substr({self.column}, 1, {len(plugin) + 1}) = ?", [f"{plugin}."]
        return f"{self.column} = ?", [plugin]


OWNED: Final = (
    Owned(table="core_plugin_switch", column="plugin"),
    Owned(table="core_plugin_setting", column="plugin"),
    Owned(table="core_plugin_trouble", column="plugin"),
    Owned(table="core_erasure_part", column="part"),
    Owned(table="core_job", column="task", prefix=True),
    Owned(table="core_job", column="dedupe", prefix=True),
    Owned(table="core_schedule", column="name", prefix=True),
    Owned(table="core_event", column="kind", prefix=True),
    Owned(table="core_post", column="kind", prefix=True),  # with what was said below its entries
    Owned(table="core_notification", column="plugin"),
    Owned(table="core_upload", column="plugin"),
)


async def counted(plugin: str) -> dict[str, int]:
    """How many rows of each core table would go."""
    found: dict[str, int] = {}
    for owned in OWNED:
        where, values = owned.where(plugin)
        rows = await db.read(f"SELECT COUNT(*) AS n FROM {owned.table} WHERE {where}", *values)  # noqa: S608 constants only
        if rows[0]["n"]:
            found[owned.table] = found.get(owned.table, 0) + rows[0]["n"]
    return found


async def purge(plugin: str) -> int:
    """Delete them, inside the unit; returns how many rows that were."""
    gone = 0
    for owned in OWNED:
        where, values = owned.where(plugin)
        gone += await db.write(f"DELETE FROM {owned.table} WHERE {where}", *values)  # noqa: S608 constants only
    return gone
