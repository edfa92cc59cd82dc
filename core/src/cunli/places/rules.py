"""Pure rules of places: levels of the tree, looks of a village, the verification rate, market days."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Final

LEVELS: Final = {"province": 1, "prefecture": 2, "county": 3, "township": 4, "village": 5}
LEVEL_NAMES: Final = {number: name for name, number in LEVELS.items()}
# How many digits of a child's code repeat those of a parent of this level.
PREFIX: Final = {1: 2, 2: 4, 3: 6, 4: 9}

CLOTHS: Final = ("plum", "rice", "fish", "tea", "ridge")
DYES: Final = ("", "teal", "night", "tea")  # cinnabar is kept for the party school

SMARTPHONE_USERS: Final = "smartphone_users"
MOST_USERS: Final = 1_000_000  # of one village: more is a slip of the pen


class VillageState(StrEnum):
    """Whether people can use a village. A merged one lives on in its successor."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


def looks(code: str) -> tuple[str, str]:
    """Cloth and dye of a village that has not chosen: always the same for the same code."""
    number = int.from_bytes(sha256(code.encode("ascii")).digest()[:4])
    return CLOTHS[number % len(CLOTHS)], DYES[number // len(CLOTHS) % len(DYES)]


def verified_rate(verified: int, smartphone_users: int) -> Decimal | None:
    """认证率 in per cent: verified people ÷ smartphone users, to one decimal, halves rounded up.

    None without a denominator. A rate above 100 is shown as it is: it says that the figure has grown old.
    """
    if smartphone_users <= 0:
        return None
    return (Decimal(verified) * 100 / Decimal(smartphone_users)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def market_digits(text: str) -> tuple[int, ...]:
    """The last digits of market days in `text` ("3,8" or "逢三、八"), sorted. Raises ValueError for anything else."""
    wanted = text.removeprefix("逢")
    for separator in "，、,;； ":
        wanted = wanted.replace(separator, " ")
    digits = {_DIGITS[part] for part in wanted.split() if part in _DIGITS}
    if any(part not in _DIGITS for part in wanted.split()):
        raise ValueError(text)
    return tuple(sorted(digits, key=lambda digit: digit or 10))


_DIGITS: Final = (
    {str(n): n for n in range(10)} | {"十": 0, "10": 0} | {c: n for n, c in enumerate("一二三四五六七八九", 1)}
)
