"""A list of members as a table: read line by line, with what is wrong in each. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cunli import gettext as _
from cunli import storable
from cunli_party.words import AWAY, EDUCATION, STATUSES

MOST_LINES: Final = 1000
MOST_CHARACTERS: Final = 200_000
COLUMNS: Final[Mapping[str, str]] = {
    "姓名": "name",
    "身份": "status",
    "流动": "away",
    "入党日期": "joined_on",
    "转正日期": "full_on",
    "电话": "phone",
    "学历": "education",
    "工作": "work",
}
HEAD: Final = tuple(COLUMNS)
_PHONE: Final = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: what it says, or what is wrong with it."""

    number: int
    name: str
    values: Mapping[str, Any]
    wrong: tuple[Any, ...] = ()


class Unreadable(Exception):
    """The table cannot be read at all: `args[0]` says why."""


def decoded(raw: bytes) -> str:
    """The text of a file, as WPS and Excel write it: UTF-8 with or without a mark, or GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("这个文件不是文本表格，请在 WPS 里“另存为 CSV”再传"))


def lines_of(text: str, known: Collection[str] = ()) -> list[Line]:
    """Every line below the heading. `known`: names that the branch has already. Raises `Unreadable`."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(_("表格太大，请分几次导入"))
    rows = _rows(text)
    head = [cell.strip().lstrip("\ufeff") for cell in rows[0]] if rows else []
    if "姓名" not in head:
        raise Unreadable(_("第一行要写列名，至少有“姓名”一列"))
    if unknown := [cell for cell in head if cell and cell not in COLUMNS]:
        raise Unreadable(
            _("不认识这些列：%(names)s。认识的有：%(known)s", names="、".join(unknown), known="、".join(HEAD))
        )
    if len(rows) - 1 > MOST_LINES:
        raise Unreadable(_("一次最多 %(n)s 行，请分几次导入", n=MOST_LINES))
    found: list[Line] = []
    names = set(known)
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            line = _line(number, dict(zip(head, row, strict=False)), names)
            names.add(line.name)
            found.append(line)
    return found


def _rows(text: str) -> list[list[str]]:
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    between = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    try:
        return list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=between))
    except csv.Error:
        raise Unreadable(_("表格读不懂，可能有没关上的引号")) from None


def _line(number: int, cells: Mapping[str, str], known: Collection[str]) -> Line:
    said = {COLUMNS[column]: storable(cell or "").strip() for column, cell in cells.items() if column in COLUMNS}
    name = said.get("name", "")
    wrong: list[Any] = []
    if not 1 <= len(name) <= 40:
        wrong.append(_("姓名没写，或者太长"))
    elif name in known:
        wrong.append(_("“%(name)s”已经有了", name=name))
    values: dict[str, Any] = {"name": name, "work": said.get("work", "")[:40]}
    for key, table, default in (("status", STATUSES, "full"), ("away", AWAY, ""), ("education", EDUCATION, "")):
        values[key] = _one_of(said.get(key, ""), table, default, wrong)
    for key in ("joined_on", "full_on"):
        values[key] = _day(said.get(key, ""), wrong)
    phone = re.sub(r"\s", "", said.get("phone", "").lstrip("'"))
    if phone and not _PHONE.fullmatch(phone):
        wrong.append(_("电话“%(said)s”不对", said=phone[:20]))
    values["phone"] = phone
    if values["joined_on"] and values["full_on"] and values["full_on"] < values["joined_on"]:
        wrong.append(_("转正日期早于入党日期"))
    return Line(number=number, name=name, values=values, wrong=tuple(wrong))


def _one_of(said: str, table: Mapping[str, Any], default: str, wrong: list[Any]) -> str:
    if not said:
        return default
    for key, label in table.items():
        if said in (key, str(label)) or (len(said) >= 2 and str(label).startswith(said)):
            return key
    wrong.append(
        _("“%(said)s”不认识，可以写：%(known)s", said=said[:20], known="、".join(str(one) for one in table.values()))
    )
    return default


def _day(said: str, wrong: list[Any]) -> date | None:
    """2019-07-01, 2019/7/1, 2019.7.1, 2019年7月1日, 20190701."""
    if not said:
        return None
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})|(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", said)
    try:
        if match:
            year, month, day = (int(one) for one in match.groups() if one is not None)
            found = date(year, month, day)
            if 1900 <= found.year <= 2100:
                return found
    except ValueError:
        pass
    wrong.append(_("日期“%(said)s”写成 2019-07-01 这样", said=said[:20]))
    return None


def errors(lines: Sequence[Line]) -> int:
    return sum(bool(one.wrong) for one in lines)
