"""What can be found in a text, and how it looks once it is masked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cunli.web.i18n import LazyText, _


class Kind(StrEnum):
    """What kind of personal data it is."""

    ID_NUMBER = "id_number"
    CARD = "card"
    PHONE = "phone"
    PLACE = "place"


KINDS: Final[dict[Kind, LazyText]] = {
    Kind.ID_NUMBER: _("身份证号"),
    Kind.CARD: _("银行卡号"),
    Kind.PHONE: _("电话号码"),
    Kind.PLACE: _("精确到门牌的地址或经纬度"),
}
NUMERAL: Final = "一二三四五六七八九十百零〇"
_NUMBERS: Final = re.compile(rf"[{NUMERAL}\dA-Za-z]+")
_FRACTION: Final = re.compile(r"(?<=[.．]\d)\d+")
_AREA: Final = re.compile(r"0(?:10|2\d|[3-9]\d\d)(?=\d{7}|\D)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One piece of personal data in a text: `text[start:end]`.

    `value` is what it comes to however it was typed: digits and a final X for numbers, the words as they stand for places.
    """

    kind: Kind
    start: int
    end: int
    text: str
    value: str

    @property
    def label(self) -> LazyText:
        """What it is, in words for the author."""
        return KINDS[self.kind]

    @property
    def masked(self) -> str:
        """How it looks when it is masked: 5101**********1234, 138****1234, 3组**号."""
        return _MASKS[self.kind](self.text)

    def __repr__(self) -> str:  # neither logs nor tracebacks show what was found
        return f"Found({self.kind}, {self.start}:{self.end}, {self.masked})"


def _ends(text: str, first: int, last: int) -> str:
    """Stars for every digit but the first and the last few; spaces and dashes stay."""
    at = [n for n, one in enumerate(text) if one.isdecimal() or one in "xXｘＸ"]
    hidden = frozenset(at[first : len(at) - last])
    return "".join("*" if n in hidden else one for n, one in enumerate(text))


def _stars(found: re.Match[str]) -> str:
    return "*" * len(found.group())  # never longer than it was: what fitted its column still does


def _phone(text: str) -> str:
    area = _AREA.search(text)
    local = sum(map(str.isdecimal, text)) <= 8
    return _ends(text, 2, 2) if local else _ends(text, len(area.group()) if area else 3, 4)


def _place(text: str) -> str:
    if "." in text or "．" in text:
        return _FRACTION.sub(_stars, text)
    first = _NUMBERS.search(text)
    kept = first.end() if first else 0
    return text[:kept] + _NUMBERS.sub(_stars, text[kept:])


_MASKS: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.ID_NUMBER: lambda text: _ends(text, 4, 4),
    Kind.CARD: lambda text: _ends(text, 4, 4),
    Kind.PHONE: _phone,
    Kind.PLACE: _place,
}
