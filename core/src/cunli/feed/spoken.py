"""A notice as it is read out over the village loudspeaker: numbers, dates and times in spoken words, everything said twice. Pure.

The words are Mandarin; whoever reads them out says them in the way of the place.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DIGITS: Final = "零一二三四五六七八九"
PER_MINUTE: Final = 180  # characters; outdoors people read slowly, because it echoes
_YEAR: Final = str.maketrans("0123456789", "〇一二三四五六七八九")
_CALLED: Final = str.maketrans("0123456789", "零幺二三四五六七八九")
_BIG: Final = ((10**8, "亿"), (10**4, "万"))
_SMALL: Final = ((1000, "千"), (100, "百"), (10, "十"))
_TWO: Final = "个户人次天年台辆袋件斤亩吨元张份头只棵条块里位点名家两岁"
WORDS: Final = {  # what is short on paper and long in the mouth
    "村委会": "村民委员会",
    "居委会": "居民委员会",
    "医保": "医疗保险",
    "社保": "社会保险",
    "低保": "最低生活保障",
    "新农合": "新型农村合作医疗",
    "人社局": "人力资源和社会保障局",
    "卫健局": "卫生健康局",
    "㎡": "平方米",
    "m²": "平方米",
    "m2": "平方米",
    "℃": "摄氏度",
    "APP": "手机应用",
    "App": "手机应用",
    "kWh": "度电",
    "kg": "公斤",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "ml": "毫升",
    "&": "和",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is read out, and how long that takes."""

    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)

    @property
    def minutes(self) -> float:
        """Rounded up to half minutes."""
        return max(0.5, math.ceil(sum(map(len, self.paragraphs)) / PER_MINUTE * 2) / 2)


def script(village: str, title: str, body: str, day: str) -> Script:
    """A notice of a village as it is read out, twice. `day` is the date it was published, as 2026-11-29."""
    said = [spoken(title).rstrip("。！!") + "。", *(spoken(line) for line in body.split("\n") if line.strip())]
    signed = f"{spoken(village)}，{spoken(day)}。"
    return Script(
        paragraphs=(
            f"各位乡亲请注意，现在播送{spoken(village)}的通知。",
            *said,
            signed,
            "下面再播送一遍。",
            *said,
            signed,
            "通知播送完了，谢谢大家。",
        )
    )


def spoken(text: str) -> str:
    """The words of a text as they are spoken: no figures, no signs that nobody says."""
    text = unicodedata.normalize("NFKC", text.replace("㎡", "平方米").replace("℃", "摄氏度")).strip()
    for pattern, say in _RULES:
        text = pattern.sub(say, text)
    text = text.translate(_SIGNS)
    return _PAUSES.sub(lambda found: found.group()[0], text).strip("，、 ")


def number(value: int) -> str:
    """A whole number in words: 12 is 十二, 1050 一千零五十, 20300 两万零三百."""
    if value < 0:
        return f"负{number(-value)}"
    for size, name in _BIG:
        if value >= size:
            head, rest = divmod(value, size)
            gap = "零" if 0 < rest < size // 10 else ""
            front = "两" if head == 2 else number(head)
            return f"{front}{name}{gap}{number(rest) if rest else ''}"
    return _below_ten_thousand(value)


def _below_ten_thousand(value: int) -> str:
    if value < 10:
        return DIGITS[value]
    if value < 20:
        return "十" + (DIGITS[value - 10] if value > 10 else "")
    for size, name in _SMALL:
        if value >= size:
            head, rest = divmod(value, size)
            gap = "零" if 0 < rest < size // 10 else ""
            front = "两" if head == 2 and size >= 100 else DIGITS[head]
            tail = f"一{_below_ten_thousand(rest)}" if 10 <= rest < 20 else _below_ten_thousand(rest) if rest else ""
            return f"{front}{name}{gap}{tail}"
    return ""


def _figure(text: str) -> str:
    """A figure as an amount: 1,200.50 is 一千两百点五."""
    whole, _dot, part = text.replace(",", "").partition(".")
    if len(whole) > 12 or (len(whole) > 1 and whole.startswith("0")):
        return text.replace(",", "").replace(".", "点").translate(_CALLED)
    part = part.rstrip("0")
    return number(int(whole or "0")) + (f"点{''.join(DIGITS[int(one)] for one in part)}" if part else "")


def _date(found: re.Match[str]) -> str:
    year = f"{found['y'].translate(_YEAR)}年" if found["y"] else ""
    return f"{year}{number(int(found['m']))}月{number(int(found['d']))}号"


def _time(found: re.Match[str]) -> str:
    hour, minute, part = int(found["h"]), int(found["min"]), found["part"] or ""
    if not part and hour > 12:
        part, hour = ("下午" if hour < 18 else "晚上"), hour - 12
    elif part in ("下午", "晚上", "中午", "傍晚") and hour > 12:
        hour -= 12
    front = "两" if hour == 2 else number(hour)
    tail = "" if minute == 0 else "半" if minute == 30 else f"{'零' if minute < 10 else ''}{number(minute)}分"
    return f"{part}{front}点{tail}"


def _call(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    sizes = (3, 4, 4) if len(digits) == 11 and digits[0] == "1" else (len(digits),)
    said, at = list[str](), 0
    for size in sizes:
        said.append(digits[at : at + size].translate(_CALLED))
        at += size
    return "，".join(said)


def _counted(found: re.Match[str]) -> str:
    if found[1] == "2" and found[2] and found[2] in _TWO:
        return f"两{found[2]}"
    return _figure(found[1]) + (found[2] or "")


_RULES: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"https?://\S+|www\.\S+"), "网址请看手机上的通知"),
    (re.compile(r"(?<=\d)[ \t]+(?=[一-鿿])|(?<=[一-鿿])[ \t]+(?=\d)"), ""),
    (re.compile("|".join(map(re.escape, sorted(WORDS, key=len, reverse=True)))), lambda found: WORDS[found.group()]),
    (
        re.compile(r"[〔\[(](?P<y>\d{4})[〕\])]\s*第?(\d{1,4})号"),
        lambda f: f"{f['y'].translate(_YEAR)}年第{_figure(f[2])}号",
    ),
    (re.compile(r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]"), _date),
    (re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"), _date),
    (re.compile(r"(?<!\d)(\d{4})(?=年)"), lambda f: f[1].translate(_YEAR)),
    (
        re.compile(r"(?<!\d)(\d{4})(?=[-~—–至到]\d{4}年|[-~—–至到][〇一二三四五六七八九]{4}年)"),
        lambda f: f[1].translate(_YEAR),
    ),
    (
        re.compile(
            r"(?P<part>上午|下午|早上|晚上|中午|凌晨|傍晚)?\s*(?<!\d)(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?::[0-5]\d)?(?!\d)"
        ),
        _time,
    ),
    (
        re.compile(
            r"(?<!\d)(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\(?0\d{2,3}\)?[ -]?[2-8]\d{6,7}|[48]00[ -]?\d{3}[ -]?\d{4})(?!\d)"
        ),
        _call,
    ),
    (re.compile(r"(?<=电话)([:： ]{0,2})(\d{3,8})(?!\d)"), lambda f: f[2].translate(_CALLED)),
    (re.compile(r"(?<!\d)(1[12]\d|12\d{3}|955\d\d)(?=热线|电话|报警|急救)"), lambda f: f[1].translate(_CALLED)),
    (re.compile(r"[¥￥]\s*(\d[\d,]*(?:\.\d+)?|\.\d+)"), lambda f: f"{_figure(f[1])}元"),
    (re.compile(r"(\d+(?:\.\d*)?|(?<![.\d])\.\d+)\s*%"), lambda f: f"百分之{_figure(f[1])}"),
    (
        re.compile(
            r"(?<=[\d一二三四五六七八九十点半分号月年元百])\s*[-~—–]+\s*(?=[\d一二三四五六七八九十上下早晚两〇])"
        ),
        "到",
    ),
    (re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([一-鿿])?"), _counted),
    (re.compile(r"(?<=[一二三四五六七八九十百千万零两])m(?![a-zA-Z])"), "米"),
    (re.compile(r"[*#_=|<>{}\[\]【】《》“”\"'‘’·•●■◆★☆※→]+"), ""),
    (re.compile(r"[()（）/]+"), "，"),
    (re.compile(r"[:：]"), "，"),
    (re.compile(r"(?<=[一-鿿，。])\s+(?=[一-鿿])"), "，"),
)
_SIGNS: Final = str.maketrans(",;!?", "，；！？")
_PAUSES: Final = re.compile(r"([，、；。！？,;!?])[，、\s]+")
