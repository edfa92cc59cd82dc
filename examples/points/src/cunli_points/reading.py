"""What is shown of the ledger, of the village in scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from . import register
from .models import Entry, Purse


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger as people read it."""

    id: int
    who: str
    kind: str
    amount: int
    what: str
    reason: str
    at: datetime
    undone: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """Whose points, and how many."""

    who: str
    balance: int
    household: bool


async def _lines(rows: QuerySet[Entry], *, undone: bool = True) -> list[Line]:
    found = await rows.select_related("purse")
    names = await register.names([row.purse for row in found])
    back = {e.against_id for e in await Entry.filter(against_id__in=[row.id for row in found])} if undone else set()
    return [
        Line(row.id, names[row.purse.id], row.kind, row.amount, row.what, row.reason, row.at, row.id in back)
        for row in found
    ]


async def awards(most: int, words: str = "") -> list[Line]:
    """The latest awards that stand, perhaps only those for these words. Two questions, whatever their number."""
    taken_back = Entry.filter(kind="back").values("against_id")
    given = Entry.filter(kind="give").exclude(id__in=Subquery(taken_back)).order_by("-id").limit(most)
    return await _lines(given.filter(what__icontains=words) if words else given, undone=False)


async def history(purse: Purse, most: int = 100) -> list[Line]:
    return await _lines(Entry.filter(purse_id=purse.id).order_by("-id").limit(most))


async def ledger(most: int = 100) -> list[Line]:
    return await _lines(Entry.all().order_by("-id").limit(most))


async def balances() -> list[Balance]:
    """Everybody's points, by name."""
    purses = await Purse.all()
    names = await register.names(purses)
    rows = [Balance(names[one.id], one.balance, one.household_id is not None) for one in purses]
    return sorted((row for row in rows if row.who), key=lambda row: row.who)


async def ranking() -> list[Balance]:
    """Households, the most points first. Only for where a ranking is allowed."""
    return sorted((row for row in await balances() if row.household), key=lambda row: -row.balance)
