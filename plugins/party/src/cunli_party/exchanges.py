"""What counts as an exchange, and the sums that boards read.

An exchange is one of: a diary shown to the branch or the village; a remark under a diary; a reply under a notice; being at a meeting in
person or remotely (reading its minutes is none); words on what a lesson taught. Each counts once, by the row it is about, however
often it is changed; opening pages, likes and reading count nothing. A sum is kept in the same unit as its row, and `recount` says
what it has to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import F

from .models import Exchange, Meeting, Tally
from .papers import ZONE, now


def month_of(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m}"


async def exchanged(kind: str, ref: int, *, branch_id: int, person_id: int | None) -> None:
    """Count an exchange, once. In the unit of what happened."""
    at = now()
    _row, new = await Exchange.get_or_create(
        kind=kind,
        ref=ref,
        defaults={"branch_id": branch_id, "person_id": person_id, "month": month_of(at), "at": at},
    )
    if new:
        await add(branch_id, month_of(at), "exchange")


async def exchanged_all(kind: str, refs: Sequence[tuple[int, int | None]], *, branch_id: int) -> None:
    """Count exchanges of new rows, each with its person. However many they are, a few statements."""
    at = now()
    rows = [
        Exchange(kind=kind, ref=ref, branch_id=branch_id, person_id=person, month=month_of(at), at=at)
        for ref, person in refs
    ]
    if rows:
        await Exchange.bulk_create(rows, batch_size=200)
        await add(branch_id, month_of(at), "exchange", len(rows))


async def taken_back(kind: str, ref: int) -> None:
    """What was said is gone, and so is its exchange. In the unit of the removal."""
    row = await Exchange.get_or_none(kind=kind, ref=ref)
    if row is not None and await Exchange.filter(id=row.id).delete():
        await add(row.branch_id, row.month, "exchange", -1)


async def add(branch_id: int, month: str, kind: str, count: int = 1) -> None:
    """Add to a sum. In the unit of the row that it counts."""
    await Tally.get_or_create(branch_id=branch_id, month=month, kind=kind)
    await Tally.filter(branch_id=branch_id, month=month, kind=kind).update(count=F("count") + count)


async def recount() -> Counter[tuple[int, str, str]]:
    """Every sum of what happened in the villages in scope, from the rows: for a test, and for whoever doubts a board."""
    found: Counter[tuple[int, str, str]] = Counter()
    for one in await Exchange.all():
        found[one.branch_id, one.month, "exchange"] += 1
    for meeting in await Meeting.filter(state="held", valid=True):
        found[meeting.branch_id, month_of(meeting.starts_at), f"meeting.{meeting.kind}"] += 1
    return found
