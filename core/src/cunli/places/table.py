"""Reading a table of regions from a file, in compact columns, with every fault named by line and column. Knows no database."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import re
import zlib
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from cunli.places.rules import LEVELS

COLUMNS: Final = ("code", "name", "level", "parent")
NAME_LENGTH: Final = 80
MOST_ROWS: Final = 2_000_000
MOST_FAULTS: Final = 20
PROBE: Final = 1 << 16

_XZ, _GZIP, _ZIP, _OLE = b"\xfd7zXZ\x00", b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
# Controls, bidi overrides, zero width. Private-use characters stay: real tables write rare place names with them.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a table. `code` is stable, `text` is for the person who has to repair it."""

    line: int
    column: str
    code: str
    text: str

    def __str__(self) -> str:
        if not self.line:
            return self.text
        where = f"第 {self.line} 行"
        return f"{where} {self.column} 列: {self.text}" if self.column else f"{where}: {self.text}"


class BadTable(Exception):
    """A table that was not imported, with the reasons."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(slots=True)
class RegionTable:
    """The rows of a file as columns; a row is its number. A key is the code and the level in one number."""

    keys: array[int] = field(default_factory=lambda: array("q"))
    parent_codes: array[int] = field(default_factory=lambda: array("q"))  # 0: none
    lines: array[int] = field(default_factory=lambda: array("l"))
    names: list[str] = field(default_factory=list)
    row_of: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def level(self, row: int) -> int:
        return self.keys[row] % 10

    def code(self, row: int) -> str:
        return code_text(self.keys[row])


def key_of(code: str | int, level: int) -> int:
    """Code and level as one number: the same code may stand on several levels."""
    return int(code) * 10 + level


def code_text(key: int) -> str:
    """The twelve digits of a key."""
    return f"{key // 10:012d}"


def read_table(path: Path, progress: Callable[[int], object] = lambda _rows: None) -> RegionTable:
    """Read a `.csv`, `.csv.gz` or `.csv.xz` in UTF-8 or GB18030. Raises `BadTable` with all faults that were found."""
    faults = _Faults()
    try:
        with path.open("rb") as raw, _unpacked(raw, faults) as content, _text(content, faults) as text:
            return _rows(text, faults, progress)
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile):
        raise faults.fatal("damaged-archive", "压缩包不完整或坏了。请重新下载或重新压缩一次") from None
    except UnicodeDecodeError as exc:
        line = faults.line + exc.object[: exc.start].count(b"\n") if isinstance(exc.object, bytes) else faults.line
        raise faults.fatal(
            "bad-encoding", "有读不出来的字节，文件既不是完好的 UTF-8 也不是 GB18030。请另存为“CSV UTF-8”", max(line, 1)
        ) from None
    except OSError as exc:
        raise faults.fatal("unreadable", f"文件打不开: {exc.strerror or exc}") from None


def read_codes(path: Path) -> list[str]:
    """Codes from a file with one on each line; the rest of a line is for people. Raises `BadTable`."""
    faults = _Faults()
    try:
        with path.open("rb") as raw, _text(raw, faults) as text:
            lines = [line.strip() for line in text]
    except (OSError, UnicodeDecodeError):
        raise faults.fatal("unreadable", f"文件 {path.name} 打不开，或者不是文本") from None
    codes = []
    for faults.line, line in enumerate(lines, 1):
        code = re.split(r"[\s,，]", line, maxsplit=1)[0]
        if _is_code(code):
            codes.append(code)
        elif line and not line.startswith("#"):
            faults.add("", "not-12-digits", _not_a_code(code))
    faults.check()
    return codes


class _Faults:
    """Collects what is wrong, up to a limit, and knows the line being read."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.line = 1

    def add(self, column: str, code: str, text: str, line: int | None = None) -> None:
        self.found.append(Fault(line=self.line if line is None else line, column=column, code=code, text=text))
        if len(self.found) >= MOST_FAULTS:
            raise BadTable(self.found)

    def fatal(self, code: str, text: str, line: int = 0) -> BadTable:
        return BadTable([*self.found, Fault(line=line, column="", code=code, text=text)])

    def check(self) -> None:
        if self.found:
            raise BadTable(self.found)


def _unpacked(raw: io.BufferedReader, faults: _Faults) -> io.BufferedReader:
    start = raw.read(8)
    raw.seek(0)
    if start.startswith(_XZ):
        return io.BufferedReader(cast(io.RawIOBase, lzma.open(raw)), PROBE)
    if start.startswith(_GZIP):
        return io.BufferedReader(cast(io.RawIOBase, gzip.open(raw)), PROBE)
    if start.startswith((_ZIP, _OLE)):
        raise faults.fatal("not-a-table", "这是 Excel 工作簿，改后缀没有用。请在 Excel 里“另存为”→“CSV UTF-8”")
    if start.startswith(_UTF16):
        raise faults.fatal("utf-16", "文件是 UTF-16 编码。请另存为“CSV UTF-8”")
    return raw


def _text(content: io.BufferedReader, faults: _Faults) -> io.TextIOWrapper:
    return io.TextIOWrapper(content, encoding=_encoding(content.peek(PROBE)[:PROBE], faults), newline="")


def _encoding(probe: bytes, faults: _Faults) -> str:
    """UTF-8 if the beginning is; GB18030 if it is far from it. A few bad bytes in UTF-8 are damage, not another encoding."""
    if not probe.strip():
        raise faults.fatal("empty-file", "文件是空的")
    text = probe.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    bad = text.rstrip("\ufffd").count("\ufffd")
    good = sum(char > "\x7f" and char != "\ufffd" for char in text)
    return "gb18030" if bad > good else "utf-8-sig"


def _rows(text: Iterable[str], faults: _Faults, progress: Callable[[int], object]) -> RegionTable:
    reader = csv.reader(text, strict=True)
    table = RegionTable()
    try:
        places = _header(next(reader, []), faults)
        faults.line = reader.line_num + 1
        names: dict[str, str] = {}
        width = max(places) + 1
        for cells in reader:
            if cells:
                _row(table, cells, places, width, names, faults)
            faults.line = reader.line_num + 1
            if not len(table) % 10_000:
                progress(len(table))
    except csv.Error as exc:
        raise faults.fatal("bad-quotes", _quotes(exc), faults.line) from None
    if not len(table):
        faults.check()
        raise faults.fatal("empty-file", "表里只有表头，没有一行数据")
    faults.check()
    progress(len(table))
    return table


def _quotes(exc: csv.Error) -> str:
    return f"从这一行起引号不成对或者一格太长，读不下去了（{exc}）。请用 Excel 或记事本检查英文引号"


def _header(cells: list[str], faults: _Faults) -> tuple[int, ...]:
    titles = [cell.strip().lower() for cell in cells]
    missing = [name for name in COLUMNS if name not in titles]
    if missing:
        text = f"缺少列 {'、'.join(missing)}。第一行要写列名: code,name,level,parent"
        raise faults.fatal("missing-column", text, 1)
    return tuple(titles.index(name) for name in COLUMNS)


def _row(
    table: RegionTable, cells: list[str], places: tuple[int, ...], width: int, names: dict[str, str], faults: _Faults
) -> None:
    if len(cells) < width:
        if any(cells):
            faults.add("", "too-few-cells", f"只有 {len(cells)} 格，应该有 {width} 格")
        return
    code, name, level, parent = (cells[place].strip() for place in places)
    if not (code or name or level or parent) or not _acceptable(code, name, level, parent, faults):
        return
    key = key_of(code, LEVELS[level])
    first = table.row_of.setdefault(key, len(table))
    if first != len(table):
        faults.add("code", "repeated", f"{code}（{level}）和第 {table.lines[first]} 行重复")
        return
    if len(table) >= MOST_ROWS:
        raise faults.fatal("too-many-rows", f"一次最多导入 {MOST_ROWS} 行", faults.line)
    table.keys.append(key)
    table.parent_codes.append(int(parent or 0))
    table.lines.append(faults.line)
    table.names.append(names.setdefault(name, name))


def _acceptable(code: str, name: str, level: str, parent: str, faults: _Faults) -> bool:
    before = len(faults.found)
    for column, value in zip(COLUMNS, (code, name, level, parent), strict=True):
        if not value.isprintable() and (unwanted := _UNSEEN.search(value)):
            faults.add(column, "control-character", f"有看不见的字符 U+{ord(unwanted[0]):04X}")
            return False
    if not _is_code(code):
        faults.add("code", "not-12-digits", _not_a_code(code))
    if not name:
        faults.add("name", "empty-name", "名称是空的")
    elif len(name) > NAME_LENGTH:
        faults.add("name", "long-name", f"名称有 {len(name)} 个字，最多 {NAME_LENGTH} 个")
    if level not in LEVELS:
        text = f"“{level[:20]}”不是级别。可以写 {'、'.join(LEVELS)}"
        faults.add("level", "unknown-level", text)
    if parent and not _is_code(parent):
        faults.add("parent", "not-12-digits", _not_a_code(parent))
    return len(faults.found) == before


def _is_code(code: str) -> bool:
    return len(code) == 12 and code.isascii() and code.isdigit()


def _not_a_code(code: str) -> str:
    if "E+" in code.upper():
        return f"“{code[:20]}”被 Excel 改成了科学计数法。把这一列设成“文本”，重新填好再存"
    return f"“{code[:20]}”不是 12 位数字的代码"


def faults_as_json(faults: list[Fault]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{"line": f.line, "column": f.column, "code": f.code, "reason": f.text} for f in faults]
