"""Where somebody lives, to the door, and coordinates: precise places in a text. Pure.

A group (3组), a building (5栋) and a number in a road (人民路12号, where offices and shops are) name no household and do not
count. A door in a group (3组17号) and a room in a building (5栋2单元301) do. So do coordinates finer than about a hundred
metres: four decimals, three where they are called coordinates, or seconds of arc.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cunli.deid.found import NUMERAL, Kind
from cunli.deid.numbers import Span

_N: Final = f"(?:[0-9]{{1,4}}|[{NUMERAL}]{{1,5}})"
_NO_DOOR: Final = (
    r"(?! {0,2}(?:上午|下午|中午|早|晚|凌晨|前(?!面)|之前|以前|后(?!面)|以后|起|开始|至|到(?!户)|[-~～—]|开会|停|召开|集中|进行|统一"
    r"|文|令|公告|通知|楼|选手|桌|车|井|地块|机|线|展|摊|泵|池|电杆|杆|变压器|台区|点位|方案|渠|桥|路|图斑))"
)
_UNITS: Final = (
    r"(?![\d.,]| {0,2}(?:平|米|亩|元|人|户|斤|㎡|千|万|头|只|株|棵|根|公|吨|度|m|个|张|份|箱|套|间|次|年|天|点))"
)
_DOOR: Final = re.compile(
    rf"第?{_N}\s*(?:村民小?组|小组|组|社|队)\s*(?:附\s*)?{_N}(?:\s*[-之附]\s*{_N})?\s*号{_NO_DOOR}"
)
_ROOM: Final = re.compile(
    rf"(?:{_N}|[A-Za-z]\d?)\s*(?:栋|幢|号楼|座)\s*"
    rf"(?:{_N}\s*单元\s*(?:{_N}\s*[层楼]\s*)?(?:[0-9]{{1,4}}(?:室|号|房|户)|[0-9]{{3,4}}{_UNITS}|{_N}(?:室|号|户))"
    rf"|(?:{_N}\s*[层楼]\s*)?{_N}\s*(?:室|号房|房号|号(?!楼)|房(?!屋))"
    rf"|(?<!座)[0-9]{{3,4}}{_UNITS})"
)
_UNIT: Final = re.compile(rf"{_N}\s*单元\s*(?:{_N}\s*[层楼]\s*)?(?:[0-9]{{3,4}}{_UNITS}|{_N}\s*(?:室|号|户))")
_DASHED: Final = re.compile(
    r"(?:小区|花园|苑|公寓|家园|新村|新居|安置点|华庭|广场)\s*([0-9]{1,3}\s*-\s*[0-9]{1,2}\s*-\s*[0-9]{3,4})(?!\d)"
)
_DECIMAL: Final = r"\d{1,3}\.\d{4,12}"
_PAIR: Final = re.compile(rf"(?<![\d.])({_DECIMAL})\s*°?\s*[NSEWnsew北东]?[^\d\n]{{1,8}}?({_DECIMAL})(?!\d)\s*°?")
_LABELLED: Final = re.compile(
    r"(?:北纬|东经|经度|纬度|lat(?:itude)?|lng|lon(?:gitude)?|[NE])\s*[:：=]?\s*(\d{1,3}\.\d{3,12})(?!\d)",
    re.IGNORECASE,
)
_SECONDS: Final = re.compile(r"\d{1,3}\s*[°度º]\s*\d{1,2}\s*[′'’‘分]\s*\d{1,2}(?:\.\d+)?\s*(?:[″\"”“秒]|''|’’|′′)")


def spots_in(plain: str) -> Iterator[Span]:
    """Every precise place of a folded text; they may overlap."""
    for pattern in (_ROOM, _DOOR, _UNIT, _SECONDS):
        for at in pattern.finditer(plain):
            yield Span(Kind.PLACE, at.start(), at.end(), at.group())
    for at in _DASHED.finditer(plain):
        yield Span(Kind.PLACE, at.start(1), at.end(1), at.group(1))
    for at in _PAIR.finditer(plain):
        if _in_china(float(at.group(1)), float(at.group(2))):
            yield Span(Kind.PLACE, at.start(1), at.end(2), at.group())
    for at in _LABELLED.finditer(plain):
        yield Span(Kind.PLACE, at.start(1), at.end(1), at.group(1))


def _in_china(one: float, other: float) -> bool:
    south, east = sorted((one, other))
    return 3 <= south <= 54 and 73 <= east <= 136
