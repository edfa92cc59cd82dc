"""Broken tables: each is refused with the line, the column and the reason, and the database stays as it was."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cunli.places import table
from cunli.places.importing import import_regions, preview_import
from cunli.places.table import BadTable, read_table

HEADER = "code,name,level,parent\n"
COUNTY = "510999000000,澜川县,county,510900000000\n"
TOWN = "510999001000,望溪镇,township,510999000000\n"
VILLAGE = "510999001200,禾坪村村委会,village,510999001000\n"
GOOD = HEADER + COUNTY + TOWN + VILLAGE

Dump = Callable[[], Awaitable[dict[str, str]]]

# name → (content, line, column, stable code, a word of the reason)
BROKEN: dict[str, tuple[bytes, int, str, str, str]] = {
    "empty": (b"", 0, "", "empty-file", "空的"),
    "only blank lines": (b"\n\n  \n", 0, "", "empty-file", "空的"),
    "only a header": (HEADER.encode(), 0, "", "empty-file", "一行数据"),
    "a column is missing": (GOOD.replace(",parent", "").encode(), 1, "", "missing-column", "parent"),
    "no header": ((COUNTY + TOWN).encode(), 1, "", "missing-column", "code"),
    "a workbook renamed": (b"PK\x03\x04" + bytes(600), 0, "", "not-a-table", "Excel"),
    "an old workbook renamed": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), 0, "", "not-a-table", "Excel"),
    "UTF-16": (GOOD.encode("utf-16"), 0, "", "utf-16", "UTF-16"),
    "neither UTF-8 nor GB18030": ((HEADER + COUNTY).encode() + b"\xff\xff\xff,x,y,z\n", 3, "", "bad-encoding", "UTF-8"),
    "a byte lost in UTF-8": (GOOD.encode().replace("望".encode(), b"\xe6\x9c"), 3, "", "bad-encoding", "UTF-8"),
    "a level nobody knows": (
        (GOOD + "510999001201,上坝村,hamlet,510999001000\n").encode(),
        5,
        "level",
        "unknown-level",
        "hamlet",
    ),
    "a code too short": (
        (GOOD + "51099900120,上坝村,village,510999001000\n").encode(),
        5,
        "code",
        "not-12-digits",
        "12 位",
    ),
    "a code with full-width digits": (
        (GOOD + "５10999001201,上坝村,village,510999001000\n").encode(),
        5,
        "code",
        "not-12-digits",
        "12 位",
    ),
    "a code spoilt by Excel": (
        (GOOD + "5.10999E+11,上坝村,village,510999001000\n").encode(),
        5,
        "code",
        "not-12-digits",
        "科学计数法",
    ),
    "a parent that is no code": (
        (GOOD + "510999001201,上坝村,village,望溪镇\n").encode(),
        5,
        "parent",
        "not-12-digits",
        "12 位",
    ),
    "the same code twice": (
        (GOOD + "510999001200,上坝村,village,510999001000\n").encode(),
        5,
        "code",
        "repeated",
        "第 4 行",
    ),
    "a parent that is not there": (
        (GOOD + "510999002200,上坝村,village,510999002000\n").encode(),
        5,
        "parent",
        "unknown-parent",
        "510999002000",
    ),
    "no parent at all": ((GOOD + "510999002200,上坝村,village,\n").encode(), 5, "parent", "unknown-parent", "没有写"),
    "two that stand above each other": (
        (HEADER + COUNTY.replace("510900000000", "510999001000") + TOWN).encode(),
        2,
        "parent",
        "parent-not-above",
        "township",
    ),
    "a parent of the same level": (
        (GOOD + "510999001201,上坝村,village,510999001200\n").encode(),
        5,
        "parent",
        "parent-not-above",
        "village",
    ),
    "a row that is its own parent": (
        (GOOD + "510999001201,上坝村,village,510999001201\n").encode(),
        5,
        "parent",
        "parent-not-above",
        "village",
    ),
    "villages that hang nowhere": ((HEADER + VILLAGE).encode(), 2, "parent", "unknown-parent", "先导入"),
    "an empty name": ((GOOD + "510999001201, ,village,510999001000\n").encode(), 5, "name", "empty-name", "空的"),
    "a name without end": (
        (GOOD + f"510999001201,{'坝' * 81},village,510999001000\n").encode(),
        5,
        "name",
        "long-name",
        "81",
    ),
    "NUL bytes": (
        (GOOD + "510999001201,上\x00坝村,village,510999001000\n").encode(),
        5,
        "name",
        "control-character",
        "U+0000",
    ),
    "a name that runs backwards": (
        (GOOD + "510999001201,上\u202e坝村,village,510999001000\n").encode(),
        5,
        "name",
        "control-character",
        "U+202E",
    ),
    "a quote that never ends": (
        (GOOD + '510999001201,"上坝村,village,510999001000\n').encode(),
        5,
        "",
        "bad-quotes",
        "引号",
    ),
    "a quote in the middle": (
        (GOOD + '510999001201,"上"坝村,village,510999001000\n').encode(),
        5,
        "",
        "bad-quotes",
        "引号",
    ),
    "too few cells": ((GOOD + "510999001201,上坝村\n").encode(), 5, "", "too-few-cells", "2 格"),
    "cut off in the middle": (GOOD.encode()[:-20], 4, "", "too-few-cells", "格"),
    "a truncated xz": (lzma.compress(GOOD.encode())[:-12], 0, "", "damaged-archive", "压缩包"),
    "an xz with a wrong byte": (
        bytes(b ^ 1 if i == 40 else b for i, b in enumerate(lzma.compress(GOOD.encode()))),
        0,
        "",
        "damaged-archive",
        "压缩包",
    ),
    "a truncated gz": (gzip.compress(GOOD.encode())[:-12], 0, "", "damaged-archive", "压缩包"),
    "a gz that is none": (b"\x1f\x8b" + bytes(100), 0, "", "damaged-archive", "压缩包"),
}


async def test_each_broken_table_is_refused_by_line_column_and_reason(
    database: str, dump: Dump, tmp_path: Path
) -> None:
    path = tmp_path / "broken.csv"
    before = await dump()
    wrong = {}
    for case, (content, line, column, code, word) in BROKEN.items():
        path.write_bytes(content)
        with pytest.raises(BadTable) as refused:
            await import_regions(read_table(path))
        found = [(fault.line, fault.column, fault.code, word in fault.text) for fault in refused.value.faults]
        if (line, column, code, True) not in found or await dump() != before:
            wrong[case] = found
    assert wrong == {}


async def test_the_good_table_beside_the_broken_ones_is_accepted(database: str, dump: Dump, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_bytes(GOOD.encode())
    before = await dump()
    assert (await import_regions(read_table(path))).added.count == 3
    assert await dump() != before


async def test_a_bad_row_at_the_very_end_leaves_nothing_of_the_rest(database: str, dump: Dump, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    villages = "".join(f"5109990012{n:02d},第{n}村,village,510999001000\n" for n in range(99))
    path.write_bytes((HEADER + COUNTY + TOWN + villages + "510999001299,坏村,village,510999009000\n").encode())
    before = await dump()
    with pytest.raises(BadTable):
        await preview_import(read_table(path))
    with pytest.raises(BadTable):
        await import_regions(read_table(path))
    assert await dump() == before


def test_all_bad_rows_are_named_at_once_but_not_endlessly(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(GOOD + "".join(f"{n},坏村,village,510999001000\n" for n in range(500)), "utf-8")
    with pytest.raises(BadTable) as refused:
        read_table(path)
    assert [fault.line for fault in refused.value.faults] == list(range(5, 5 + table.MOST_FAULTS))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="打不开"):
        read_table(tmp_path / "nowhere.csv")


def test_more_rows_than_any_nation_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "good.csv"
    path.write_text(GOOD, "utf-8")
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    with pytest.raises(BadTable, match="最多导入 2 行"):
        read_table(path)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".csv", bytes), (".csv.gz", gzip.compress), (".csv.xz", lzma.compress), (".misnamed", lzma.compress)],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_packing_and_encoding_gives_the_same_rows(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    path = tmp_path / f"regions{suffix}"
    path.write_bytes(pack(GOOD.replace("\n", "\r\n").encode(encoding)))
    found = read_table(path)
    assert found.names == ["澜川县", "望溪镇", "禾坪村村委会"]
    assert [found.code(row) for row in range(3)] == ["510999000000", "510999001000", "510999001200"]
    assert list(found.lines) == [2, 3, 4]


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(
        'parent,备注, LEVEL ,code,name\n510900000000,"一, 二",county,510999000000,澜川县\n\n,,,,\n', "utf-8"
    )
    found = read_table(path)
    assert (found.names, list(found.parent_codes)) == (["澜川县"], [510900000000])
