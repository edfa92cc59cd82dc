"""Small tables that officials upload or paste: bytes in whatever a spreadsheet saves, cells with line numbers out, and back as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from cunli.feed.tables import as_csv
from cunli.web.i18n import LazyText, _

MOST_LINES: Final = 2000
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS: Final = "\t;,，；"


class Unreadable(ValueError):
    """The table cannot be read as a whole; `text` says what to do about it."""

    def __init__(self, text: LazyText) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table. `number` is the line of the file it begins on, counted from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row with its cells by column; a column that the table does not have is empty."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8 (with a mark at its beginning or not), UTF-16, or GB18030 as Excel saves CSV in China."""
    if content.startswith((_ZIP, _OLE)):
        raise Unreadable(_("这是 Excel 工作簿，读不了。请在 Excel 里“另存为”，类型选“CSV UTF-8”，再上传"))
    if content.startswith(_UTF16):
        return content.decode("utf-16", "replace")
    text = content.decode("utf-8-sig", "replace")
    if text.count("\ufffd") <= sum(char > "\x7f" and char != "\ufffd" for char in text):
        return text  # a few bad bytes in UTF-8 are damage, not another encoding
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise Unreadable(_("文件里有读不出来的字。请在 Excel 里“另存为”，类型选“CSV UTF-8”，再上传")) from None


def lines_of(text: str) -> list[Line]:
    """The rows of a table separated by commas, semicolons or tabs, as its first line is. Empty rows are left out."""
    plain = text.removeprefix("\ufeff").replace("\x00", "")
    first = next((line for line in plain.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count) if first else ","
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=separator, strict=True)
    return list(_lines(reader))


def _lines(reader: Iterator[list[str]]) -> Iterator[Line]:
    found, begins = 0, 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found += 1
                if found > MOST_LINES + 1:
                    raise Unreadable(_("一次最多 %(n)s 行，请分成几个文件", n=MOST_LINES))
                yield Line(number=begins, cells=tuple(cell.strip() for cell in cells))
            begins = reader.line_num + 1  # type: ignore[attr-defined]
    except csv.Error:
        raise Unreadable(_("第 %(n)s 行起引号不成对，读不下去了。请检查这一行的英文引号", n=begins)) from None


def by_column(lines: Sequence[Line], columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> list[Row]:
    """The rows below the heading. `columns` gives the words by which the heading may call each column, in any case and order."""
    if not lines:
        raise Unreadable(_("表是空的，一行也没有"))
    heads = [_plain(cell) for cell in lines[0].cells]
    places = {name: found for name, words in columns.items() if (found := _place(heads, name, words)) is not None}
    missing = [columns[name][0] for name in needed if name not in places]
    if missing:
        raise Unreadable(_("第一行要写列名，还缺：%(columns)s。可以先下载样表，照着填", columns="、".join(missing)))
    return [
        Row(number=line.number, cells={name: line.cells[i] for name, i in places.items() if i < len(line.cells)})
        for line in lines[1:]
    ]


def _place(heads: Sequence[str], name: str, words: Sequence[str]) -> int | None:
    wanted = {_plain(name), *map(_plain, words)}
    return next((i for i, head in enumerate(heads) if head in wanted), None)


def _plain(text: str) -> str:
    return "".join(text.lower().split()).strip("*：:（）()\ufeff").replace("_", "")


def download(name: str, rows: Sequence[Sequence[str]]) -> Response:
    """A table as a CSV file that Excel opens rightly; cells that look like formulas are made harmless."""
    headers = {"content-disposition": f"attachment; filename={name}", "cache-control": "no-store"}
    return Response(as_csv(rows).encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")
