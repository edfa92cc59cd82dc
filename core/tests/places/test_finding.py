"""Finding a village: by characters, pinyin, initials, township and village, down the tree; opened ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import pytest_asyncio

from cunli import db
from cunli.places import queries, search
from cunli.places.importing import import_regions
from cunli.places.opening import close_villages, open_villages, rename_region
from cunli.places.regions import find_region, regions_under
from cunli.places.table import read_table

WriteTable = Callable[..., Path]

HEPING = "510999001200"
UPPER_HEPING = "510999002202"


@pytest_asyncio.fixture(loop_scope="session")
async def county(database: str, write_table: WriteTable) -> str:
    """One county; all villages of the first township are open, none of the second but one."""
    extra = (
        "510999002202,上禾坪村村委会,village,510999002000",
        "510999002203,百分之百%村,village,510999002000",
        "510999002204,A_B区社区居委会,village,510999002000",
    )
    from_conftest: Iterable[str] = (
        "510999000000,澜川县,county,510900000000",
        "510999001000,望溪镇,township,510999000000",
        "510999002000,云盘乡,township,510999000000",
        "510999001200,禾坪村村委会,village,510999001000",
        "510999001201,上坝村村民委员会,village,510999001000",
        "510999001001,双凤社区居民委员会,village,510999001000",
        "510999002200,禾坪村村委会,village,510999002000",
        "510999002201,龙溪口村,village,510999002000",
        *extra,
    )
    await import_regions(read_table(write_table(from_conftest)))
    await open_villages(await regions_under((await find_region("510999001000")).id, 5))
    await open_villages([await find_region("510999002200")])
    return database


async def found(words: str) -> list[str]:
    return [f"{v.township_name}{v.name}{'' if v.opened else '?'}" for v in await queries.search_villages(words)]


AS_TYPED = {
    "禾坪": ["望溪镇禾坪村", "云盘乡禾坪村", "云盘乡上禾坪村?"],
    "heping": ["望溪镇禾坪村", "云盘乡禾坪村"],
    "HePing Cun": ["望溪镇禾坪村", "云盘乡禾坪村"],
    "hépíng": ["望溪镇禾坪村", "云盘乡禾坪村"],
    "ｈｐｃ": ["望溪镇禾坪村", "云盘乡禾坪村"],
    "禾坪村村委会": ["望溪镇禾坪村", "云盘乡禾坪村", "云盘乡上禾坪村?"],
    "云盘禾坪": ["云盘乡禾坪村"],
    "云盘乡禾坪村": ["云盘乡禾坪村"],
    "yunpanheping": ["云盘乡禾坪村"],
    "ypx hp": ["云盘乡禾坪村"],
    "澜川县云盘乡龙溪口村": ["云盘乡龙溪口村?"],
    "lxk": ["云盘乡龙溪口村?"],
    "双凤": ["望溪镇双凤社区"],
    "龙": ["云盘乡龙溪口村?"],
    "100%": [],
    "%": ["云盘乡百分之百%村?"],
    "百分之百%": ["云盘乡百分之百%村?"],
    "_": ["云盘乡A_B区社区?"],
    "a_b": ["云盘乡A_B区社区?"],
    "\\": [],
    "": [],
    "  ": [],
    "没有的村": [],
    "'; DROP TABLE core_region; --": [],
    "\x00" * 50: [],
    "村" * 500: [],
}


async def test_a_village_is_found_as_people_type_it(county: str) -> None:
    assert {words: await found(words) for words in AS_TYPED} == AS_TYPED


async def test_the_townships_name_alone_lists_its_villages(county: str) -> None:
    assert sorted(await found("望溪镇")) == ["望溪镇上坝村", "望溪镇双凤社区", "望溪镇禾坪村"]
    assert len(await found("yunpan")) == 5


async def test_opened_villages_come_first_and_unopened_ones_have_no_address(county: str) -> None:
    rows = await queries.search_villages("云盘")
    assert [row.opened for row in rows] == [True, False, False, False, False]
    assert {row.url for row in rows if not row.opened} == {""}
    assert rows[0].url == "/v/yunpan-heping"


async def test_a_limit_is_kept(county: str) -> None:
    assert len(await queries.search_villages("村", limit=2)) == 2


async def test_another_county_is_found_by_how_a_name_begins(county: str, write_table: WriteTable) -> None:
    other = (
        "510998000000,外江县,county,510900000000",
        "510998001000,外江镇,township,510998000000",
        "510998001200,禾坪村,village,510998001000",
        "510998001201,大禾坪村,village,510998001000",
    )
    await import_regions(read_table(write_table(other)))
    assert (await found("禾坪"))[-1] == "外江镇禾坪村?"
    assert "外江镇大禾坪村?" not in await found("禾坪")
    assert "外江镇大禾坪村?" in await found("dahe")


async def test_names_are_found_alike_where_text_is_ordered_by_language(
    county: str, write_table: WriteTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await search._ordered_by_bytes()

    async def no() -> bool:
        return False

    await close_villages(await regions_under(None, 5))
    await db.run_unit(db.write, "UPDATE core_region SET parent_id = NULL WHERE level = 4")  # no county at hand
    bytewise = {words: await found(words) for words in AS_TYPED}
    monkeypatch.setattr(search, "_ordered_by_bytes", no)
    assert {words: await found(words) for words in AS_TYPED} == bytewise
    assert bytewise["%"] == []
    assert bytewise["百分之百%"] == ["云盘乡百分之百%村?"]


async def test_before_anything_is_open_the_county_is_searched_all_the_same(
    database: str, write_table: WriteTable
) -> None:
    await import_regions(read_table(write_table()))
    assert await found("凤社") == ["望溪镇双凤社区?"]
    assert await queries.start() == (await find_region("510999000000")).id


async def test_the_way_down_is_county_township_village(county: str) -> None:
    start = await queries.start()
    top = await queries.place(start)
    assert top is not None
    assert top.region is not None
    assert [(child.name, child.opened) for child in top.children] == [("望溪镇", 3), ("云盘乡", 1)]
    town = await queries.place(top.children[1].id)
    assert town is not None
    assert [crumb.name for crumb in town.crumbs] == ["澜川县", "云盘乡"]
    assert [child.url.split("=")[0] for child in town.children][:2] == ["/v/yunpan-heping", "/find?region"]
    assert await queries.place(10**9) is None
    everything = await queries.place(None)
    assert everything is not None
    assert [(child.name, child.opened) for child in everything.children] == [("澜川县", 4)]


async def test_the_way_down_begins_higher_where_several_counties_are_at_work(
    county: str, write_table: WriteTable
) -> None:
    nation = (
        "510000000000,川江省,province,",
        "510900000000,澜州市,prefecture,510000000000",
        "510999000000,澜川县,county,510900000000",
        "510998000000,外江县,county,510900000000",
        "510998001000,外江镇,township,510998000000",
        "510998001200,外乡村,village,510998001000",
    )
    await import_regions(read_table(write_table(nation[1:2] + nation[3:])))
    await open_villages([await find_region("510998001200")])
    assert await queries.start() is None
    top = await queries.place(None)
    assert top is not None
    assert {(child.name, child.opened) for child in top.children} == {("澜川县", 4), ("澜州市", 1)}


async def test_addresses_in_every_spelling_lead_to_the_village_or_nowhere(county: str) -> None:
    village = await queries.find_by_address("heping")
    assert isinstance(village, queries.VillageNow)
    assert (village.url, village.township_name, village.county_name) == ("/v/heping", "望溪镇", "澜川县")
    assert village.chain == await queries.region_chain(village.region_id)
    assert await queries.find_by_address(HEPING) == queries.Moved("heping")
    for nothing in ("", "Heping", "heping/", "..", "%", "a" * 65, "510999002201", "禾坪", "nowhere", "-", "a--b"):
        assert await queries.find_by_address(nothing) is None


async def test_a_rename_moves_the_address_and_back_again(county: str) -> None:
    await rename_region(HEPING, "金禾村村委会")
    renamed = await queries.find_by_address("jinhe")
    assert isinstance(renamed, queries.VillageNow)
    assert renamed.name == "金禾村"
    assert await queries.find_by_address("heping") == queries.Moved("jinhe")
    await rename_region(HEPING, "禾坪村村委会")
    assert await queries.find_by_address("jinhe") == queries.Moved("heping")
    await rename_region(HEPING, "禾坪社区居委会")  # the address still fits
    assert isinstance(await queries.find_by_address("heping"), queries.VillageNow)


async def test_nobody_else_ever_gets_an_old_address(county: str) -> None:
    await rename_region(HEPING, "金禾村村委会")
    await rename_region("510999001201", "禾坪村村委会")
    village = await queries.find_by_address("wangxi-heping")
    assert isinstance(village, queries.VillageNow)
    assert village.name == "禾坪村"
    assert await queries.find_by_address("heping") == queries.Moved("jinhe")


async def test_a_closed_village_is_not_found_until_it_opens_again(county: str) -> None:
    await close_villages([await find_region(HEPING)])
    assert await queries.find_by_address("heping") is None
    assert (await found("望溪禾坪")) == ["望溪镇禾坪村?"]
    report = await open_villages([await find_region(HEPING)])
    assert [slug for _, _, slug in report.reopened] == ["heping"]
    assert isinstance(await queries.find_by_address("heping"), queries.VillageNow)


async def test_an_answer_is_remembered_for_seconds_and_dropped_on_change(
    county: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await queries.find_by_address("heping")
    assert await queries.find_by_address("heping") is before
    assert isinstance(before, queries.VillageNow)
    await db.run_unit(db.write, "UPDATE core_village SET motto = 'x' WHERE id = ?", before.id)
    assert await queries.find_by_address("heping") is before
    await queries.forget(before.id)
    after = await queries.find_by_address("heping")
    assert isinstance(after, queries.VillageNow)
    assert after.motto == "x"


def test_what_is_typed_is_folded_before_it_is_compared() -> None:
    assert search.typed("  Ｈé Píng  ") == "heping"
    assert search.typed("xi'an") == "xian"
    assert len(search.typed("村" * 500)) == search.MOST_LETTERS
