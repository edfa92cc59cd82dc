"""A table of officials, line by line: what is wished for, and what is wrong with a line whatever the database says. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from cunli.people.rules import plain_name
from cunli.sheets import Row, by_column, lines_of
from cunli.trust.numbers import parse_phone
from cunli.web.i18n import LazyText, _
from cunli.web.text import clean

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "phone": ("手机号", "手机", "手机号码", "电话", "电话号码", "联系电话", "mobile"),
    "name": ("姓名", "名字"),
    "role": ("职务", "级别", "管理员级别", "角色", "office"),
    "region": ("区划代码", "地区代码", "代码", "code", "region code"),
    "title": ("印章上的字", "称呼", "头衔"),
}
NEEDED: Final = ("phone", "name", "role", "region")
HEAD: Final = ("手机号", "姓名", "职务", "区划代码", "印章上的字", "地方")
EXAMPLES: Final = (
    ("13800000000", "王小明", "村管理员", "510999001200", "村主任", ""),
    ("13800000001", "李小红", "镇管理员", "510999001000", "", ""),
)
KINDS: Final[Mapping[str, Sequence[str]]] = {
    "village_admin": ("村管理员", "村级管理员", "村级", "村", "社区管理员", "社区", "village"),
    "township_admin": (
        "镇管理员",
        "乡管理员",
        "乡镇管理员",
        "街道管理员",
        "镇级管理员",
        "乡镇",
        "镇",
        "街道",
        "township",
    ),
    "county_admin": ("县管理员", "区管理员", "市管理员", "县级管理员", "县级", "县", "county"),
}
_KIND_OF: Final = {word: kind for kind, words in KINDS.items() for word in (kind, *words)}
MOST_TITLE: Final = 6
MOST_NAME: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One line of the table: who is to hold which office where. Texts as they were typed, trimmed."""

    line: int
    phone: str
    name: str
    role: str
    region: str
    title: str = ""

    @property
    def kind(self) -> str:
        """The office that is meant; empty when the words mean none."""
        return _KIND_OF.get("".join(self.role.lower().split()), "")

    @property
    def shown_phone(self) -> str:
        """The number as pages may show it: masked, or what was typed when it is none."""
        number = parse_phone(self.phone)
        return str(number) if number else self.phone[:20]


def template(villages: Iterable[tuple[str, str]]) -> list[Sequence[str]]:
    """A table to fill in: a line for each of these villages (code, name), or examples when there are none.

    The apostrophe keeps Excel from turning twelve digits into 5.1E+11; `read` takes it away.
    """
    lines = [("", "", KINDS["village_admin"][0], f"'{code}", "", name) for code, name in villages]
    return [HEAD, *(lines or EXAMPLES)]


def read(text: str) -> list[Wanted]:
    """The lines of a table in which somebody stands. Raises `sheets.Unreadable` when it cannot be read as a whole."""
    rows = by_column(lines_of(text), COLUMNS, NEEDED)
    return [_wanted(row) for row in rows if row["phone"] or row["name"]]


def _wanted(row: Row) -> Wanted:
    return Wanted(
        line=row.number,
        phone=clean(row["phone"])[:60],
        name=plain_name(clean(row["name"]))[:60],
        role=clean(row["role"])[:40],
        region="".join(clean(row["region"]).split()).lstrip("'")[:40],
        title=plain_name(clean(row["title"]))[:40],
    )


def packed(lines: Iterable[Wanted]) -> str:
    """The lines as they are kept."""
    return json.dumps([asdict(one) for one in lines], ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> list[Wanted]:
    """The lines that were kept."""
    return [Wanted(**one) for one in json.loads(text)]


def wrong_in_itself(one: Wanted) -> LazyText | None:
    """What has to be mended in this line, whoever is in charge of what; None when nothing."""
    return _wrong_person(one) or _wrong_office(one)


def _wrong_person(one: Wanted) -> LazyText | None:
    if parse_phone(one.phone) is None:
        if "E+" in one.phone.upper():
            return _("手机号被 Excel 改成了科学计数法。把这一列设成“文本”，重新填好再存")
        return _("手机号不对，要 11 位数字")
    if not one.name or plain_name(one.name) != one.name:
        return _("没有姓名，或者姓名里没有一个字")
    if len(one.name) > MOST_NAME:
        return _("姓名最多 %(n)s 个字", n=MOST_NAME)
    return None


def _wrong_office(one: Wanted) -> LazyText | None:
    if not one.kind:
        return _("“%(role)s”不是一种职务。可以写：村管理员、镇管理员、县管理员", role=one.role or "—")
    if "E+" in one.region.upper():
        return _("区划代码被 Excel 改成了科学计数法。把这一列设成“文本”，重新填好再存")
    if len(one.region) != 12 or not (one.region.isascii() and one.region.isdigit()):
        return _("区划代码要 12 位数字，这里是“%(code)s”", code=one.region or "—")
    if len(one.title) > MOST_TITLE:
        return _("印章上最多 %(n)s 个字", n=MOST_TITLE)
    return None


def again(lines: Sequence[Wanted]) -> dict[int, int]:
    """Lines that say the same as an earlier one (person, office, place): each with the number of that earlier line."""
    first: dict[tuple[str, str, str], int] = {}
    found: dict[int, int] = {}
    for one in lines:
        number = parse_phone(one.phone)
        if number is None or not one.kind:
            continue
        earlier = first.setdefault((number.e164, one.kind, one.region), one.line)
        if earlier != one.line:
            found[one.line] = earlier
    return found
