"""Looking at a text, a table or the name of a file: where there is personal data, and the text without it. Pure and fast.

Numbers are found in any width, spaced or dashed, with invisible characters between them. Numbers spelled in words
(一三八……) are not: nobody types those by mistake, and amounts are written so.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cunli.deid.found import Found, Kind
from cunli.deid.numbers import Span, numbers_in
from cunli.deid.spots import spots_in

_HYPHENS: Final = "－‐‑‒–—―−⁃﹣"
_SPACES: Final = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\u180e"
_FULL: Final = {ord(wide): narrow for wide, narrow in zip("（）＋．：＝ＸｘＮＥ／", "()+.:=XxNE/", strict=True)}
_FOLD: Final[dict[int, str]] = {
    **{
        code: str(unicodedata.decimal(chr(code)))
        for code in range(128, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) == "Nd"
    },
    **dict.fromkeys(map(ord, _HYPHENS), "-"),
    **dict.fromkeys(map(ord, _SPACES), " "),
    **dict.fromkeys(map(ord, _INVISIBLE), "\u200b"),
    **_FULL,
}
_HOMES: Final = "组社队栋幢座楼元"  # what a place without digits needs: 三组十七号
ROUNDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class InCell:
    """Something found in a table; rows and columns count from 0."""

    row: int
    column: int
    found: Found


def personal_data_in(text: str) -> tuple[Found, ...]:
    """What personal data stands in a text, in its order: identity numbers, bank cards, telephones, precise places."""
    plain = text if text.isascii() else text.translate(_FOLD)
    if sum(map(str.isdigit, plain)) < 2 and not any(one in plain for one in _HOMES):
        return ()
    spans = numbers_in(plain)
    for spot in spots_in(plain):
        if all(spot.end <= other.start or spot.start >= other.end for other in spans):
            spans.append(spot)
    return tuple(_found(text, span) for span in sorted(spans, key=lambda span: span.start))


def _found(text: str, span: Span) -> Found:
    words = text[span.start : span.end]
    return Found(kind=span.kind, start=span.start, end=span.end, text=words, value=span.value)


def mask_personal_data(text: str, *, but: Iterable[str] = ()) -> str:
    """The text with everything masked that `personal_data_in` finds; values named in `but` stay."""
    kept = frozenset(but)
    for _round in range(ROUNDS):  # what is left of one number may make another with what stands beside it
        found = [one for one in personal_data_in(text) if one.value not in kept]
        if not found:
            break
        for one in reversed(found):
            text = text[: one.start] + one.masked + text[one.end :]
    return text


def personal_data_in_table(rows: Sequence[Sequence[str]]) -> list[InCell]:
    """What stands in the cells of a table. The first row is taken for its heading: 身份证号 above a number counts."""
    heading = [str(cell).strip() for cell in rows[0]] if rows else []
    found: list[InCell] = []
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            above = f"{heading[column]}：" if number and column < len(heading) and len(heading[column]) <= 20 else ""
            found += [InCell(row=number, column=column, found=one) for one in _below(above, str(cell))]
    return found


def _below(above: str, cell: str) -> Iterable[Found]:
    shift = len(above)
    for one in personal_data_in(above + cell):
        if one.start >= shift:
            yield Found(kind=one.kind, start=one.start - shift, end=one.end - shift, text=one.text, value=one.value)


def personal_data_in_file_name(name: str) -> tuple[Found, ...]:
    """What the name of a file gives away; `_` parts it."""
    return personal_data_in(name.replace("_", "\n"))


def kinds_of(found: Iterable[Found]) -> tuple[Kind, ...]:
    """Which kinds these are, each once, in their order."""
    return tuple(dict.fromkeys(one.kind for one in found))
