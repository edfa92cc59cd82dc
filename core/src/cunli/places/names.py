"""Names of places: the everyday form, its romanisation, addresses. pypinyin is wrapped here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Final

PINYIN_LENGTH: Final = 240
INITIALS_LENGTH: Final = 40
SLUG_LENGTH: Final = 64

# What a committee is called, and the place that is left when the committee is taken away.
_COMMITTEES: Final = (
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("居民委员会", ""),
    ("居委会", ""),
)
_ALREADY_A_PLACE: Final = ("村", "社区", "嘎查")
_KINDS: Final = {
    "社区": "shequ",
    "街道": "jiedao",
    "嘎查": "gacha",
    "苏木": "sumu",
    "地区": "diqu",
    "村": "cun",
    "镇": "zhen",
    "乡": "xiang",
    "县": "xian",
    "市": "shi",
    "区": "qu",
}
_GENERIC: Final = re.compile(rf"(?<=.)(?:{'|'.join(_KINDS)})$")
_NOT_LATIN: Final = re.compile(r"[^a-z0-9]")
_CODE: Final = re.compile(r"\d{12}")


def short_name(name: str) -> str:
    """The name people use: 双凤社区 for 双凤社区居民委员会, 龙溪口村 for 龙溪口村村民委员会, 辛庄村 for 辛庄村民委员会."""
    for committee, kind in _COMMITTEES:
        place = name.removesuffix(committee)
        if place == name:
            continue
        if not place:
            return name
        return place if place.endswith(_ALREADY_A_PLACE) else place + kind
    return name


def romanise(short: str) -> tuple[str, str]:
    """Pinyin without tones and spaces, and its initials: `longxikoucun` and `lxkc` for 龙溪口村."""
    pinyin, initials = _syllables(short)
    return pinyin[:PINYIN_LENGTH], initials[:INITIALS_LENGTH]


def _syllables(text: str) -> tuple[str, str]:
    from pypinyin import lazy_pinyin  # half a second and 20 MB: only for those who write names

    syllables = lazy_pinyin(text, errors=_latin)
    return "".join(syllables), "".join(s if s[0].isdigit() else s[0] for s in syllables if s)


def _latin(text: str) -> str:
    return _NOT_LATIN.sub("", text.lower())


def bare_name(short: str) -> str:
    """The proper part of a name: 禾坪 for 禾坪村, 望溪 for 望溪镇."""
    return _GENERIC.sub("", short)


def bare_pinyin(short: str, pinyin: str) -> str:
    """The pinyin of the proper part: `wangxi` for 望溪镇, `wangxizhen`."""
    kind = _GENERIC.search(short)
    return pinyin.removesuffix(_KINDS[kind[0]]) if kind else pinyin


@cache
def slug_base(short: str) -> str:
    """What an address starts as: `heping` for 禾坪村. Empty when nothing of the name can be written in Latin letters."""
    return _syllables(bare_name(short))[0][:40]


def slug_for(short: str, township: str, code: str, taken: Collection[str]) -> str:
    """The first free address for a village: `heping`, `wangxi-heping`, `wangxi-heping-2` …"""
    base, above = slug_base(short), slug_base(township)
    if not base:
        base = f"v{code}"
    for candidate in (base, f"{above}-{base}"[:SLUG_LENGTH] if above else base):
        if candidate not in taken and not is_code(candidate):
            return candidate
    longest = (f"{above}-{base}" if above else base)[: SLUG_LENGTH - 7]
    number = 2
    while f"{longest}-{number}" in taken:
        number += 1
    return f"{longest}-{number}"


def is_code(address: str) -> bool:
    """Whether an address is a statistical code rather than a slug."""
    return _CODE.fullmatch(address) is not None
