"""Whether the demo is in a database already. Imports next to nothing: the second start asks only this."""

from __future__ import annotations

from typing import Final

from cunli import db

LOADED: Final = "core.demo.loaded"  # the act in the audit trail: written with the demo's rows, never deleted


async def is_there() -> bool:
    """Whether the demo was loaded into the started database."""
    return bool(await db.read("SELECT 1 FROM core_audit_entry WHERE action = ? LIMIT 1", LOADED))
