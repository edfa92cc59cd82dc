"""The villagers' groups (村民小组) of a village, for plugins: to say where something is, and to sort by it."""

from __future__ import annotations

from cunli import db


async def village_groups() -> list[str]:
    """The names of the groups of the village in scope, in the village's order. Raises `NoScope` outside of a village.

    Keep the name, not its place in the list: groups are renamed and villages merged, and what was written stays as it was.
    """
    village = db.scoped_village()
    if village is None:
        raise db.NoScope("the groups of a village were asked for outside of one")
    rows = await db.read("SELECT name FROM core_village_group WHERE village_id = ? ORDER BY position, id", village)
    return [row["name"] for row in rows]
