"""Importing tables of regions: what is added, renamed, moved, gone and doubtful; twice is once; only its own subtree."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cunli import db
from cunli.places import importing, queries
from cunli.places.importing import import_regions, preview_import
from cunli.places.opening import open_villages
from cunli.places.regions import find_region, regions_under
from cunli.places.report import ImportReport
from cunli.places.table import read_table

WriteTable = Callable[..., Path]
Dump = Callable[[], Awaitable[dict[str, str]]]

COUNTY = "510999000000,澜川县,county,510900000000"
WANGXI = "510999001000,望溪镇,township,510999000000"
YUNPAN = "510999002000,云盘乡,township,510999000000"
HEPING = "510999001200,禾坪村村委会,village,510999001000"
SHANGBA = "510999001201,上坝村村民委员会,village,510999001000"
LONGXI = "510999002201,龙溪口村,village,510999002000"
ROWS = (COUNTY, WANGXI, YUNPAN, HEPING, SHANGBA, LONGXI)
NEIGHBOUR = (
    "510998000000,外江县,county,510900000000",
    "510998001000,外江镇,township,510998000000",
    "510998001200,外乡村,village,510998001000",
)


async def names(condition: str = "state = 'active'") -> dict[str, str]:
    return {r["code"]: r["name"] for r in await db.read(f"SELECT code, name FROM core_region WHERE {condition}")}


async def kinds() -> list[tuple[str, str, str]]:
    rows = await db.read(
        "SELECT r.code, c.kind, c.after FROM core_region_change c JOIN core_region r ON r.id = c.region_id ORDER BY c.id"
    )
    return [(row["code"], row["kind"], row["after"]) for row in rows]


async def test_a_county_comes_in_with_its_tree_pinyin_and_everyday_names(
    database: str, write_table: WriteTable
) -> None:
    report = await import_regions(read_table(write_table(ROWS)))
    assert report.counts() == {"added": 6, "renamed": 0, "moved": 0, "vanished": 0, "returned": 0, "doubtful": 0}
    heping = (await db.read("SELECT * FROM core_region WHERE code = '510999001200'"))[0]
    assert (heping["short"], heping["pinyin"], heping["initials"], heping["level"]) == ("禾坪村", "hepingcun", "hpc", 5)
    chain = await queries.region_chain(heping["id"])
    codes = [(await db.read("SELECT code FROM core_region WHERE id = ?", i))[0]["code"] for i in chain]
    assert codes == ["510999001200", "510999001000", "510999000000"]
    audit = await db.read("SELECT action, by, details FROM core_audit_entry")
    assert [(row["action"], row["by"]) for row in audit] == [("core.regions.import", "command")]


async def test_the_same_table_again_changes_nothing_at_all(database: str, write_table: WriteTable, dump: Dump) -> None:
    await import_regions(read_table(write_table(ROWS)))
    before = await dump()
    report = await import_regions(read_table(write_table(reversed(ROWS))))
    assert report.changes == 0
    assert "什么也没有改" in "\n".join(report.lines())
    assert await dump() == before


async def test_a_preview_reports_the_same_and_writes_nothing(
    database: str, write_table: WriteTable, dump: Dump
) -> None:
    await import_regions(read_table(write_table(ROWS)))
    before = await dump()
    later = (COUNTY, WANGXI, HEPING.replace("禾坪村", "大禾坪村"), LONGXI.replace(",510999002000", ",510999001000"))
    preview = await preview_import(read_table(write_table(later)))
    assert await dump() == before
    done = await import_regions(read_table(write_table(later)))
    assert preview.as_json() == done.as_json()
    assert await dump() != before


async def test_renamed_moved_vanished_and_returned_are_reported_and_written_down(
    database: str, write_table: WriteTable
) -> None:
    await import_regions(read_table(write_table(ROWS)))
    later = (COUNTY, WANGXI, HEPING.replace("禾坪村", "大禾坪村"), LONGXI.replace(",510999002000", ",510999001000"))
    report = await import_regions(read_table(write_table(later)))
    assert {k: v for k, v in report.counts().items() if v} == {"renamed": 1, "moved": 1, "vanished": 2, "doubtful": 1}
    assert await names("state = 'vanished'") == {"510999002000": "云盘乡", "510999001201": "上坝村村民委员会"}
    assert report.doubtful.rows[0].code == "510999002201"  # the code still says 云盘乡
    assert sorted(await kinds()) == [
        ("510999001200", "renamed", "大禾坪村村委会"),
        ("510999001201", "vanished", ""),
        ("510999002000", "vanished", ""),
        ("510999002201", "moved", "望溪镇（510999001000）"),
    ]
    back = await import_regions(read_table(write_table(ROWS)))
    assert {k: v for k, v in back.counts().items() if v} == {"renamed": 1, "moved": 1, "returned": 2}
    assert len(await names()) == 6


async def test_another_county_is_not_touched(database: str, write_table: WriteTable) -> None:
    await import_regions(read_table(write_table((*ROWS, *NEIGHBOUR))))
    report = await import_regions(read_table(write_table((COUNTY, WANGXI, HEPING))))
    assert report.vanished.count == 3
    assert {code for code in await names() if code.startswith("510998")} == {row[:12] for row in NEIGHBOUR}


async def test_a_township_alone_hangs_below_the_county_that_is_already_there(
    database: str, write_table: WriteTable
) -> None:
    await import_regions(read_table(write_table(ROWS)))
    new = ("510999001000,望溪镇,township,510999000000", HEPING, "510999001202,新开村,village,510999001000")
    report = await import_regions(read_table(write_table(new)))
    assert {k: v for k, v in report.counts().items() if v} == {"added": 1, "vanished": 1}
    assert (await find_region("510999001000")).parent_id == (await find_region("510999000000")).id


async def test_a_county_finds_its_prefecture_later_and_never_loses_it(database: str, write_table: WriteTable) -> None:
    await import_regions(read_table(write_table(ROWS)))
    assert (await find_region("510999000000")).parent_id is None
    above = ("510000000000,川江省,province,", "510900000000,澜州市,prefecture,510000000000")
    await import_regions(read_table(write_table((*above, *ROWS))))
    parent = (await find_region("510999000000")).parent_id
    assert parent == (await find_region("510900000000")).id
    again = await import_regions(read_table(write_table((COUNTY.replace("510900000000", ""), *ROWS[1:]))))
    assert again.changes == 0
    assert (await find_region("510999000000")).parent_id == parent


async def test_one_code_on_two_levels_is_two_regions(database: str, write_table: WriteTable) -> None:
    rows = (
        "440000000000,粤省,province,",
        "441900000000,莞市,prefecture,440000000000",
        "441900000000,莞市,county,441900000000",
        "441900003000,东城街道,township,441900000000",
    )
    report = await import_regions(read_table(write_table(rows)))
    assert report.added.count == 4
    town = await find_region("441900003000")
    county = await find_region("441900000000", "county")
    assert town.parent_id == county.id
    assert county.parent_id == (await find_region("441900000000", "prefecture")).id


async def test_what_looks_odd_is_imported_and_pointed_out(database: str, write_table: WriteTable) -> None:
    odd = (
        *ROWS,
        "510999002300,上坝村村民委员会,village,510999001000",  # another township's code, and a name that is there already
        "510999400500,农场,village,510999000000",  # no township between
    )
    report = await import_regions(read_table(write_table(odd)))
    found = {(doubt.kind, doubt.code) for doubt in report.doubtful.rows if hasattr(doubt, "kind")}
    assert found == {("prefix", "510999002300"), ("same-name", "510999002300"), ("level-skipped", "510999400500")}
    assert report.added.count == 8


async def test_an_open_village_follows_its_region_and_old_addresses_lead_to_it(
    database: str, write_table: WriteTable
) -> None:
    await import_regions(read_table(write_table(ROWS)))
    await open_villages(await regions_under(None, 5))
    later = (
        COUNTY,
        WANGXI,
        YUNPAN,
        HEPING.replace("禾坪村", "金禾村"),
        SHANGBA,
        LONGXI.replace(",510999002000", ",510999001000"),
    )
    await import_regions(read_table(write_table(later)))
    renamed = await queries.find_by_address("jinhe")
    assert isinstance(renamed, queries.VillageNow)
    assert renamed.name == "金禾村"
    assert await queries.find_by_address("heping") == queries.Moved("jinhe")
    assert await queries.find_by_address("510999001200") == queries.Moved("jinhe")
    moved = await queries.find_by_address("longxikou")
    assert isinstance(moved, queries.VillageNow)
    assert moved.township_name == "望溪镇"


async def test_an_open_village_that_is_gone_goes_on_and_the_report_says_what_to_do(
    database: str, write_table: WriteTable
) -> None:
    await import_regions(read_table(write_table(ROWS)))
    await open_villages([await find_region("510999001200")])
    later = (COUNTY, WANGXI, YUNPAN, "510999001300,禾坪村村民委员会,village,510999001000", SHANGBA, LONGXI)
    report = await import_regions(read_table(write_table(later)))
    doubt: Any = report.doubtful.rows[0]
    assert (doubt.kind, doubt.code) == ("opened-but-gone", "510999001200")
    assert "cunli regions merge 510999001200 --into 510999001300" in doubt.text
    assert isinstance(await queries.find_by_address("heping"), queries.VillageNow)


async def test_a_failure_half_way_leaves_nothing(
    database: str, write_table: WriteTable, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_regions(read_table(write_table(NEIGHBOUR)))
    before = await dump()

    async def broken(_: object) -> int:
        raise OSError("the power is gone")

    monkeypatch.setattr(importing, "follow_names", broken)
    with pytest.raises(OSError, match="power"):
        await import_regions(read_table(write_table(ROWS)))
    assert await dump() == before
    monkeypatch.undo()
    assert (await import_regions(read_table(write_table(ROWS)))).added.count == 6


async def test_ids_given_here_do_not_collide_with_later_ones(database: str, write_table: WriteTable) -> None:
    from cunli.places.regions import add_region

    await import_regions(read_table(write_table(ROWS)))
    parent = (await find_region("510999001000")).id
    first = await db.run_unit(add_region, "510999001400", "新村", 5, parent)
    await import_regions(read_table(write_table(NEIGHBOUR)))
    second = await db.run_unit(add_region, "510999001401", "又新村", 5, parent)
    ids = [row["id"] for row in await db.read("SELECT id FROM core_region")]
    assert len(ids) == len(set(ids)) == 11
    assert first < second


def test_the_report_shows_ten_of_each_and_keeps_a_thousand() -> None:
    from cunli.places.report import Change

    report = ImportReport(rows=1200)
    for n in range(1200):
        report.vanished.add(Change(code=f"{n:012d}", level="village", name=f"第{n}村"))
    lines = list(report.lines())
    assert len([line for line in lines if line.startswith("  0")]) == 10
    assert any("还有 1190 个" in line for line in lines)
    assert report.as_json()["vanished"]["count"] == 1200
    assert len(report.as_json()["vanished"]["rows"]) == 1000
