"""Which compliance profile the demo's county answers by. The default shows what a county of today may run."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.compliance import profile_now
from cunli.compliance.profiles import DEFAULT
from cunli.mistakes import OperatorMistake

REASON: Final = "演示：看看集市和农家乐"


async def answer_by(name: str | None) -> None:
    """Put a profile in force in the demo's county, before plugins fill it. None: the default."""
    for row in await db.read("SELECT DISTINCT county_id FROM core_village WHERE state = 'open'"):
        await profile_now.set_profile(name or DEFAULT, row["county_id"], was=DEFAULT, reason=REASON, by="command")


async def refuse_another(name: str | None) -> None:
    """Raises `OperatorMistake` where the demo was loaded under another profile than the one that is asked for."""
    for there in await profile_now.in_force():
        if name not in (None, there.id):
            raise OperatorMistake(
                f"the demo here answers by {there.id}, and its plugins filled it by that: use another folder, or take away var/,"
                f" to load it by {name}"
            )
