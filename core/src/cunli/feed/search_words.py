"""How words are cut for searching: one way for both databases, so that both find the same. Pure; no tables here.

Every two neighbouring characters are a piece (农家乐: 农家, 家乐, and 乐 at the end), letters and figures too, so that any part of
a word is found: what is found is exactly what contains the words as a substring, after NFKC and lower case, where
punctuation and spaces part words. A dictionary would be smaller and miss names that it does not know.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

MOST_RUNS: Final = 8
AROUND: Final = 24  # characters shown before the place where the words stand
_RUNS: Final = re.compile(r"[^\W_]+")
_MARK: Final = Markup("<mark>{}</mark>")
_POSITIONS: Final = 16_383  # the last that a tsvector can hold


def folded(text: str) -> str:
    """The text as it is compared: full-width and half-width, large and small letters make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


def runs(text: str) -> list[str]:
    """The stretches of letters, characters and figures, without what stands between them."""
    return _RUNS.findall(folded(text))


def truth(text: str, wanted: str) -> bool:
    """What the index must agree with: whether every stretch of `wanted` stands somewhere in a stretch of the text."""
    asked, there = runs(wanted), runs(text)
    return bool(asked) and all(any(one in run for run in there) for one in asked)


def pieces(run: str) -> list[str]:
    """The pieces of one stretch, in order: neighbouring pairs, and the last character alone.

    Since every stretch ends with a single one, no row of pairs can reach over the gap into the next stretch.
    """
    return [a + b for a, b in pairwise(run)] + [run[-1]]


# -- what is stored ----------------------------------------------------------------------------------------------------


def for_sqlite(text: str) -> str:
    """The text for an FTS5 column whose tokenizer only parts at spaces."""
    return " ".join(piece for run in runs(text) for piece in pieces(run))


def for_postgres(text: str, marks: Iterable[str]) -> str:
    """A tsvector literal: pairs with their places, every character without one, and the marks behind a `#`."""
    pairs: list[str] = []
    singles: dict[str, None] = {}
    place = 1
    for run in runs(text):
        for first, second in pairwise(run):
            pairs.append(f"'{first}{second}':{min(place, _POSITIONS)}")
            place += 1
        place += 1
        singles |= dict.fromkeys(run)
    return " ".join([*pairs, *(f"'{single}'" for single in singles), *(f"'#{mark}'" for mark in marks)])


# -- what is asked -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for, and under which marks: all groups of `marks` must fit, each group by any of its rows."""

    runs: tuple[str, ...]
    marks: tuple[tuple[tuple[str, ...], ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.runs)

    def among(self, group: Sequence[Sequence[str]]) -> Wanted:
        """The same, only where one of these rows of marks stands. An empty group asks for nothing."""
        more = tuple(tuple(row) for row in group)
        return Wanted(runs=self.runs, marks=(*self.marks, more)) if more else self

    def match(self) -> str:
        """The MATCH expression of FTS5. A single character is the beginning of a pair, or the last of its stretch."""
        words = [f'words : "{" ".join(pieces(run)[:-1])}"' if run[1:] else f'words : "{run}" *' for run in self.runs]
        scope = [_either([" AND ".join(f"scope : {m}" for m in row) for row in group], "OR") for group in self.marks]
        return " AND ".join([*scope, *words])

    def tsquery(self) -> str:
        """The same for PostgreSQL."""
        words = [
            "(" + " <-> ".join(f"'{piece}'" for piece in pieces(run)[:-1]) + ")" if run[1:] else f"'{run}'"
            for run in self.runs
        ]
        scope = [_either([" & ".join(f"'#{m}'" for m in row) for row in group], "|") for group in self.marks]
        return " & ".join([*scope, *words])


def wanted(text: str) -> Wanted:
    """What to look for; false when there is no letter, character or figure in the text."""
    return Wanted(runs=tuple(dict.fromkeys(runs(text)[:MOST_RUNS])))


def _either(rows: Sequence[str], word: str) -> str:
    return "(" + f" {word} ".join(f"({row})" for row in rows) + ")"


# -- what is shown -----------------------------------------------------------------------------------------------------


def marked(text: str, asked: Sequence[str], *, most: int) -> Markup:
    """One line of the text around the first place where the words stand, escaped, with the words in `<mark>`."""
    flat = " ".join(text.split())
    spans = _spans(flat, asked)
    start = max(0, spans[0][0] - AROUND) if spans and len(flat) > most else 0
    end = min(len(flat), start + most)
    shown: list[Markup | str] = ["…"] if start else []
    at = start
    for begin, stop in spans:
        if begin < at or stop > end:
            continue
        shown += [escape(flat[at:begin]), _MARK.format(flat[begin:stop])]
        at = stop
    shown += [escape(flat[at:end]), "…" if end < len(flat) else ""]
    return Markup("").join(shown)


def _spans(flat: str, asked: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand, without overlaps. Character by character, so that places stay those of the text itself."""
    owner: list[int] = []
    letters: list[str] = []
    for at, char in enumerate(flat):
        for letter in folded(char):
            letters.append(letter)
            owner.append(at)
    line = "".join(letters)
    found: list[tuple[int, int]] = []
    for run in asked:
        at = line.find(run)
        while at >= 0:
            found.append((owner[at], owner[at + len(run) - 1] + 1))
            at = line.find(run, at + len(run))
    apart: list[tuple[int, int]] = []
    for span in sorted(found, key=lambda one: (one[0], -one[1])):
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart
