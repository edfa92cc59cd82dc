"""Identity numbers, bank cards and telephone numbers among the digits of a text, however they are spaced. Pure.

Identity numbers carry a date and a check digit, so any spacing counts. Cards and telephones prove less, so only the ways
count in which people write them; and neither counts right after a word that says it is another number (订单号, 地块编码).
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import phonenumbers
from stdnum import luhn, numdb
from stdnum.cn import ric, uscc

from cunli.deid.found import Kind

_CHAIN: Final = re.compile(r"\d(?:[ \-\u200b]{0,3}\d)*")
_DIGITS: Final = re.compile(r"\d+")
_FINAL_X: Final = re.compile(r"[ \-\u200b]{0,3}[Xx](?![0-9A-Za-z])")
_PROVINCES: Final = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_FIRST_YEAR: Final = 1880
_OTHER_NUMBER: Final = re.compile(
    r"(?:订单|运单|快递|单号|流水|发票|合同|宗地|地块|承包|条码|条形码|序列号|IMEI|注册号|税号|识别号|信用代码|招标|项目编号|文号|档案)"
    r"[^\d\n]{0,6}$",
    re.IGNORECASE,
)
_LABELLED_ID: Final = re.compile(r"(?:身份证|公民身份号码|证件号)[^\d\n]{0,10}$")
_CARD: Final = re.compile(
    r"62\d{14,17}|6[08]\d{14,17}|9[0-9]\d{14}(?:\d{3})?|8[48]\d{14,17}|(?:436742|456351|434061|434062|524094)\d{13}"
    r"|4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|35\d{14}|3[47]\d{13}"
)
_MOBILE: Final = re.compile(r"(?:0086|86|0)?(1[3-9]\d{9})")
_MOBILE_SPLITS: Final = frozenset(
    {
        (11,),
        (3, 4, 4),
        (3, 8),
        (7, 4),
        (4, 7),
        (4, 4, 3),
        (4, 3, 4),
        (3, 3, 5),
        (5, 6),
        (6, 5),
        (3, 4, 2, 2),
        (3, 2, 2, 2, 2),
    }
    | {(12,), (13,), (15,), (1,) * 11}
)
_DOTTED: Final = re.compile(r"(?<!\d)1[3-9]\d\.\d{4}\.\d{4}(?![\d.])")
_LANDLINE: Final = re.compile(
    r"(?<!\d)(?:\+?86[ \-]?)?\(?(0(?:10|2\d|[3-9]\d\d))\)?[ \-]{0,3}([2-8]\d{2,3}[ \-]?\d{4})(?!\d)"
    r"((?:[、/，,；; ]{1,2}[2-8]\d{6,7}(?!\d))*)"
)
_LABELLED_LINE: Final = re.compile(
    r"(?:电话|座机|手机|拨打|致电|电联|热线|Tel|TEL|tel)[^\d\n(]{0,6}([2-8]\d{2,3}[ \-]?\d{4})(?![\d年.])"
)
_ABROAD: Final = re.compile(r"\+(?!86)\d[\d \-]{6,18}\d")
_AMOUNT: Final = re.compile(r"\.\d{1,2}\s{0,2}(?:元|万)")


class Span(NamedTuple):
    """Where a number stands, and its digits."""

    kind: Kind
    start: int
    end: int
    value: str


Group = tuple[int, int, str]


def numbers_in(plain: str) -> list[Span]:
    """Every personal number of a folded text, without overlaps, in its order."""
    taken: list[Span] = []
    chains = [
        [(at.start(), at.end(), at.group()) for at in _DIGITS.finditer(plain, chain.start(), chain.end())]
        for chain in _CHAIN.finditer(plain)
        if chain.end() - chain.start() >= 7
    ]
    for find in (_identities, _cards, _mobiles):
        for groups in chains:
            _take(taken, find(plain, groups))
    for lines in (_dotted, _landlines, _abroad):
        _take(taken, lines(plain))
    return sorted(taken, key=lambda span: span.start)


def _take(taken: list[Span], spans: Iterator[Span]) -> None:
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)


def _runs(groups: Sequence[Group], most: int) -> Iterator[tuple[int, int, str, tuple[int, ...]]]:
    """Neighbouring groups taken together: from where to where, their digits, and how these were split.

    A row of round amounts (1700 900 8000) is none.
    """
    for first, (start, _end, _text) in enumerate(groups):
        digits, split = "", tuple[int, ...]()
        for _start, end, text in groups[first:]:
            digits, split = digits + text, (*split, len(text))
            if len(digits) > most:
                break
            if len(split) < 3 or not _are_amounts(digits, split):
                yield start, end, digits, split


def _are_amounts(digits: str, split: tuple[int, ...]) -> bool:
    ends = itertools.accumulate(split)
    return all(digits[:end].endswith("00") for end in ends) and 1 not in split


def _is_other(plain: str, start: int) -> bool:
    """Whether the words right before say that it is a number of something else."""
    return bool(_OTHER_NUMBER.search(plain, max(0, start - 16), start))


# -- identity numbers --------------------------------------------------------------------------------------------------


def _identities(plain: str, groups: Sequence[Group]) -> Iterator[Span]:
    for start, end, text in groups:
        if len(text) > 18:
            yield from _inside(plain, start, end, text)
    for start, end, digits, split in _runs(groups, 18):
        if len(digits) == 18 and (is_identity(digits) or _is_mistyped(plain, start, digits)):
            yield Span(Kind.ID_NUMBER, start, end, digits)
        elif len(digits) == 17 and (final := _FINAL_X.match(plain, end)):
            if is_identity(f"{digits}X") or _is_mistyped(plain, start, digits):
                yield Span(Kind.ID_NUMBER, start, final.end(), f"{digits}X")
        elif split in ((15,), (6, 6, 3), (6, 9)) and _is_old_identity(digits) and not _is_other(plain, start):
            yield Span(Kind.ID_NUMBER, start, end, digits)


def _inside(plain: str, start: int, end: int, text: str) -> Iterator[Span]:
    """Numbers that were glued to what stands before or behind them."""
    for offset in range(len(text) - 17):
        if is_identity(text[offset : offset + 18]):
            yield Span(Kind.ID_NUMBER, start + offset, start + offset + 18, text[offset : offset + 18])
    if (final := _FINAL_X.match(plain, end)) and is_identity(f"{text[-17:]}X"):
        yield Span(Kind.ID_NUMBER, end - 17, final.end(), f"{text[-17:]}X")


def is_identity(number: str) -> bool:
    """Whether 18 characters are a resident identity number: province, date, and check digit (GB 11643-1999).

    Also those of residents from Hong Kong, Macao and Taiwan (81 to 83) and of permanent residents from abroad (9…).
    """
    if number[:2] not in _PROVINCES and number[0] != "9":
        return False
    if not _is_date(number[6:14]) or ric.calc_check_digit(number[:17]) != number[17]:
        return False
    return not (number[:2] in ("91", "92", "93") and uscc.is_valid(number))


def _is_date(eight: str) -> bool:
    year, month, day = int(eight[:4]), int(eight[4:6]), int(eight[6:])
    if not (_FIRST_YEAR <= year <= 2100 and 1 <= month <= 12):
        return False
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _is_mistyped(plain: str, start: int, digits: str) -> bool:
    """A number that is called an identity number and has a wrong digit is still somebody's."""
    return _is_date(digits[6:14]) and bool(_LABELLED_ID.search(plain, max(0, start - 20), start))


def _is_old_identity(number: str) -> bool:
    """15 digits, as given out until 1999: there is no check digit, so the county must have existed."""
    if number[:2] not in _PROVINCES or not _is_date(f"19{number[6:12]}"):
        return False
    known = numdb.get("cn/loc").info(number[:6])
    return any("county" in found for _digits, found in known)


# -- cards -------------------------------------------------------------------------------------------------------------


def _cards(plain: str, groups: Sequence[Group]) -> Iterator[Span]:
    longest_first = sorted(_runs(groups, 19), key=lambda run: -len(run[2]))
    for start, end, digits, split in longest_first:
        if not 15 <= len(digits) <= 19 or not _is_card_split(split) or not _CARD.fullmatch(digits):
            continue
        if not luhn.is_valid(digits) or (plain[start - 1 : start].isalpha() and plain[start - 1].isascii()):
            continue
        if not _is_other(plain, start):
            yield Span(Kind.CARD, start, end, digits)


def _is_card_split(split: tuple[int, ...]) -> bool:
    """One piece; fours with a rest; six and the rest; or digit by digit."""
    if len(split) == 1:
        return True
    fours = all(size == 4 for size in split[:-1]) and split[-1] <= 4 and len(split) >= 4
    return fours or (split[0] == 6 and len(split) == 2) or split == (6, 4, 4, 4) or set(split) == {1}


# -- telephones --------------------------------------------------------------------------------------------------------


def _mobiles(plain: str, groups: Sequence[Group]) -> Iterator[Span]:
    for start, end, digits, split in _runs(groups, 15):
        if split not in _MOBILE_SPLITS or not (mobile := _MOBILE.fullmatch(digits)):
            continue
        if _AMOUNT.match(plain, end) or _is_other(plain, start):
            continue
        yield Span(Kind.PHONE, start, end, mobile.group(1))


def _dotted(plain: str) -> Iterator[Span]:
    for at in _DOTTED.finditer(plain):
        yield Span(Kind.PHONE, at.start(), at.end(), at.group().replace(".", ""))


def _landlines(plain: str) -> Iterator[Span]:
    for at in _LANDLINE.finditer(plain):
        if _is_other(plain, at.start()):
            continue
        yield Span(Kind.PHONE, at.start(), at.end(2), at.group(1) + "".join(_DIGITS.findall(at.group(2))))
        for more in _DIGITS.finditer(plain, at.start(3), at.end(3)):
            yield Span(Kind.PHONE, more.start(), more.end(), more.group())
    for at in _LABELLED_LINE.finditer(plain):
        if _is_other(plain, at.start(1)):
            continue
        yield Span(Kind.PHONE, at.start(1), at.end(1), "".join(_DIGITS.findall(at.group(1))))


def _abroad(plain: str) -> Iterator[Span]:
    for at in _ABROAD.finditer(plain):
        try:
            number = phonenumbers.parse(at.group())
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            yield Span(Kind.PHONE, at.start(), at.end(), f"+{number.country_code}{number.national_number}")
