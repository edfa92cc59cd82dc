"""Finding goods by letters of their titles. Every two letters side by side are kept as one number: no order of letters of any
database is asked, and one letter alone is a stretch of numbers.

What few goods have leads to them; what thousands have is met soon enough when goods are gone through in the order that is asked for.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from pypika_tortoise.terms import Function as SqlFunction
from tortoise.expressions import F, Function
from tortoise.functions import Length, Lower

from .models import Word

SHIFT: Final = 21  # a letter of Unicode has no more bits
FEW: Final = 500
PAIRS: Final = 6  # of what somebody looks for, that many lead to goods; the title itself decides


class _Replace(SqlFunction):
    def __init__(self, text: Any, old: str, new: str) -> None:
        super().__init__("REPLACE", text, old, new)


class Replaced(Function):
    """A text with some letters put in the place of others."""

    database_func = _Replace


class _Instr(SqlFunction):
    def __init__(self, text: Any, letters: str) -> None:
        super().__init__("INSTR", text, letters)


class Standing(Function):
    """Where letters stand in a text; nought where they do not. SQLite only."""

    database_func = _Instr


def codes(title: str) -> set[int]:
    """The pairs of letters in a title; the last letter stands with nothing after it. Capital letters count as small ones."""
    letters = [ord(one) for one in title.lower()]
    return {first << SHIFT | second for first, second in zip(letters, [*letters[1:], 0], strict=True)}


async def remember(good_id: int, title: str) -> None:
    """Write down the letters of a title, instead of those of the one before it."""
    await Word.filter(good_id=good_id).delete()
    await Word.bulk_create([Word(good_id=good_id, code=code) for code in sorted(codes(title))])


async def titled(rows: Any, words: str) -> Any:
    """Of a query of goods, those with these letters in the title, however many goods there are."""
    letters = words.lower().strip()
    if not letters:
        return rows
    first = [ord(one) for one in letters]
    pairs = [(a << SHIFT | b, a << SHIFT | b) for a, b in pairwise(first)]
    stretches = pairs or [(first[0] << SHIFT, (first[0] + 1 << SHIFT) - 1)]
    for low, high in stretches[:PAIRS]:
        have = Word.filter(code=low) if low == high else Word.filter(code__gte=low, code__lte=high)
        few = await have.limit(FEW + 1).values_list("good_id", flat=True)
        if len(few) <= FEW:
            rows = rows.filter(id__in=sorted(set(few)))
            break
    return _with(rows, letters)


def _with(rows: Any, letters: str) -> Any:
    """Goods in whose titles these letters stand: without them the title is shorter. SQLite is asked in fewer steps.

    It is said that way because PostgreSQL takes LIKE for something that hardly any row fits, and then reads and sorts all
    goods; of a comparison it knows nothing, and goes through them in the order that is asked for until enough of them fit.
    """
    if Word._meta.db.capabilities.dialect == "sqlite":
        return rows.annotate(at=Standing(Lower("title"), letters)).filter(at__gt=0)
    shorter = Length(Replaced(Lower("title"), letters, ""))
    return rows.annotate(shorter=shorter, whole=Length("title")).filter(shorter__lt=F("whole"))
