"""Which passwords everybody tries first. No list is copied: the rules by which such lists arise are written down here.

Leaked lists consist, for nine entries in ten, of a few hundred words and dates dressed in a few ways: repeated, with
digits behind or in front, with letters swapped for digits, walked along the keyboard. Undressing a password and
looking at what is left covers far more than a list of some thousand entries; docs/decisions/0003-people.md has the
measurement.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

_SWAPS: Final = str.maketrans(
    {
        "@": "a",
        "4": "a",
        "8": "b",
        "3": "e",
        "6": "g",
        "1": "i",
        "!": "i",
        "0": "o",
        "$": "s",
        "5": "s",
        "7": "t",
        "+": "t",
        "2": "z",
    }
)
_ROWS: Final = (
    "`1234567890-=",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "147258369",
    "159357",
    "789456123",
    "741852963",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "112233445566778899",
    "a1b2c3d4e5f6g7h8",
    "5201314",
    "1314520",
)
_WALKS: Final = tuple(text for row in _ROWS for text in (row, row[::-1]))
_LONGEST_WALK: Final = max(map(len, _WALKS))
_YEAR: Final = r"(?:19|20)\d\d"
_MONTH_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DATES: Final = re.compile(rf"{_YEAR}{_MONTH_DAY}|{_MONTH_DAY}{_YEAR}|\d\d{_MONTH_DAY}|{_YEAR}{_YEAR}")
_TAIL: Final = re.compile(r"[\W\d_]+\Z")
_HEAD: Final = re.compile(r"\A[\W\d_]+")
_LONGEST_PLAIN_NUMBER: Final = 11
_FEW: Final = 4
_DECORATION: Final = 6
_CUT_OFF: Final = 8  # old systems kept eight characters


def is_common(password: str) -> bool:
    """Whether this is among the first few million things anybody would try."""
    text = password.lower()
    bare = re.sub(r"[\s_.\-]+", "", text)
    return _is_dull(bare) or _is_walk(bare) or _is_number(bare) or _is_dressed_word(bare)


def resembles(password: str, *about: str) -> bool:
    """Whether the password is little more than something known about its owner: the phone number or the name on the page."""
    text = password.lower()
    return any(len(known) >= _FEW and known.lower() in text and len(text) - len(known) < _FEW for known in about)


def _is_dull(text: str) -> bool:
    """At most three different characters, or a short piece said again and again."""
    return len(set(text)) <= 3 or any(_repeats(text, size) for size in range(1, len(text) // 2 + 1))


def _repeats(text: str, size: int) -> bool:
    piece = text[:size]
    return (piece * (len(text) // size + 1))[: len(text)] == text and (size <= 6 or is_common(piece))


def _is_walk(text: str) -> bool:
    """Runs of three or more along a row of the keyboard, the alphabet or a counting rhyme, and little else."""
    at = beside = 0
    while at < len(text):
        step = _run_at(text[at:])
        beside += 0 if step else 1
        at += step or 1
    return beside < _FEW and beside * 2 < len(text)


def _run_at(text: str) -> int:
    return next(
        (size for size in range(min(len(text), _LONGEST_WALK), 2, -1) if any(text[:size] in walk for walk in _WALKS)), 0
    )


def _is_number(text: str) -> bool:
    """Digits only and short enough to be a date, a phone number or a bank code; or a date with a name or a few characters about it."""
    if text.isdigit():
        return len(text) <= _LONGEST_PLAIN_NUMBER
    beside = _DATES.sub("", text, count=1)
    return beside != text and (len(beside) < _FEW or beside in words())


def _is_dressed_word(text: str) -> bool:
    """A well-known word, or two of them, with decoration before, behind or inside."""
    candidates = {text, _TAIL.sub("", text), _HEAD.sub("", text), _HEAD.sub("", _TAIL.sub("", text))}
    candidates |= {each.translate(_SWAPS) for each in candidates}
    candidates |= {each.translate(_SWAPS).replace("i", "l") for each in candidates}
    return any(_is_words(each) and len(text) - len(each) <= _DECORATION for each in candidates)


def _is_words(text: str) -> bool:
    """Whether the text is one known word, cut off, in the plural, or joined with another."""
    known = words()
    if text in known or text.rstrip("s") in known or (len(text) == _CUT_OFF and text in _cut_off()):
        return True
    return any(text[:cut] in known and text[cut:] in known for cut in range(2, len(text) - 1))


@cache
def words() -> frozenset[str]:
    """The words of `common_words.txt`: our own collection, one line per topic."""
    text = (files("cunli.people") / "common_words.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def _cut_off() -> frozenset[str]:
    return frozenset(word[:_CUT_OFF] for word in words())
