"""What the database holds, whatever is installed: which migrations of which apps, and which tables point at which."""

from __future__ import annotations

from typing import Any

from tortoise import Tortoise

from cunli.db import reads

_KEYS = {
    "sqlite": 'SELECT m.name AS source, f."table" AS target FROM sqlite_master m, pragma_foreign_key_list(m.name) f'
    " WHERE m.type = 'table'",
    "postgres": "SELECT s.relname AS source, t.relname AS target FROM pg_constraint c"
    " JOIN pg_class s ON s.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid WHERE c.contype = 'f'",
}


async def applied(label: str) -> list[str]:
    """The migrations of one app that are applied, in their order. The database must be started and migrated."""
    rows = await reads.read("SELECT name FROM tortoise_migrations WHERE app = ? ORDER BY name", label)
    return [row["name"] for row in rows]


async def unloaded() -> list[str]:
    """Apps that have tables in the database and whose models this process does not have."""
    apps: Any = Tortoise.apps or {}
    known = {label for label, _ in apps.items()}
    rows = await reads.read("SELECT DISTINCT app FROM tortoise_migrations ORDER BY app")
    return [row["app"] for row in rows if row["app"] not in known]


async def keys_between_tables() -> set[tuple[str, str]]:
    """Every foreign key there is, as the pair of tables it goes from and to."""
    rows = await reads.read(_KEYS[reads.engine()])
    return {(row["source"], row["target"]) for row in rows}
