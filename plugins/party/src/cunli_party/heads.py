"""How many members a branch has, by status and by where they are: sums that go along with every change of a member, so that a board of many
villages reads a few sums of each branch and never the roll. `recount` says what they have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from .exchanges import add
from .models import Member

START: Final = "m."
ALWAYS: Final = ""  # a sum of now, not of a month


def kind_of(status: str, away: str) -> str:
    return f"{START}{status}.{away}"


def parts_of(kind: str) -> tuple[str, str]:
    """The status and where somebody is."""
    _start, status, away = kind.split(".")
    return status, away


def _counted_as(member: Member, changes: Mapping[str, Any]) -> tuple[int, str] | None:
    """The branch and sum somebody counts in; none for who waits, has left, or is counted at home."""
    now = {
        name: changes.get(name, getattr(member, name))
        for name in ("standing", "home_id", "branch_id", "status", "away")
    }
    if now["standing"] != "verified" or now["home_id"] is not None:
        return None
    return now["branch_id"], kind_of(now["status"], now["away"])


async def entered(member: Member) -> None:
    """In the unit of the new row."""
    if at := _counted_as(member, {}):
        await add(at[0], ALWAYS, at[1])


async def changed(member: Member, changes: Mapping[str, Any]) -> None:
    """In the unit of the change, with the member as they were."""
    before, after = _counted_as(member, {}), _counted_as(member, changes)
    if before == after:
        return
    if before:
        await add(before[0], ALWAYS, before[1], -1)
    if after:
        await add(after[0], ALWAYS, after[1])


async def recount() -> Counter[tuple[int, str, str]]:
    """Every sum of the villages in scope, from the roll."""
    found: Counter[tuple[int, str, str]] = Counter()
    for one in await Member.filter(standing="verified", home_id__isnull=True):
        found[one.branch_id, ALWAYS, kind_of(one.status, one.away)] += 1
    return found
