"""The county table of the demo and the villages opened on it."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from cunli import db
from cunli.demo.content import VillageWords
from cunli.demo.ground import Ground, Place
from cunli.places.addresses import keep_address
from cunli.places.models import Level, Region, Village, VillageFigure, VillageGroup
from cunli.places.names import romanise, short_name
from cunli.places.rules import LEVELS, SMARTPHONE_USERS
from cunli.web.tokens import new_key

OPENED: Final = "09:00"


async def write_regions(ground: Ground) -> None:
    """The administrative tree, level by level."""
    ids: dict[str, int] = {}
    for level, rows in groupby(sorted(ground.county.regions, key=lambda row: LEVELS[row[2]]), key=lambda row: row[2]):
        await Region.bulk_create(
            _region(code, name, LEVELS[level], ids.get(parent)) for code, name, _level, parent in rows
        )
        for code, found, short in await Region.filter(level=LEVELS[level]).values_list("code", "id", "short"):
            ids[code] = found
            ground.regions[short] = ground.regions[code] = found
    ground.step("行政区划")


def _region(code: str, name: str, level: int, parent_id: int | None) -> Region:
    short = short_name(name)
    pinyin, initials = romanise(short)
    return Region(
        code=code, level=Level(level), name=name, short=short, pinyin=pinyin, initials=initials, parent_id=parent_id
    )


async def write_villages(ground: Ground, covers: dict[str, str]) -> None:
    """The opened villages with addresses, groups and figures. `covers` are keys of photos that are written later."""
    names = {code: (name, parent) for code, name, _level, parent in ground.county.regions}
    for words in ground.county.villages:
        name, township = names[words.code]
        village = await Village.create(
            region_id=ground.regions[words.code],
            township_id=ground.regions[township],
            county_id=ground.regions[ground.county.code],
            slug=words.slug,
            name=short_name(name),
            motto=words.motto,
            introduction=words.introduction,
            cover=covers.get(words.slug, ""),
            phone=words.phone,
            address=words.address,
            market_days=words.market_days,
            cloth=words.cloth,
            dye=words.dye,
            opened_at=ground.times.at(f"{words.opened}d {OPENED}"),
        )
        await keep_address(village.id, words.slug, words.code)
        ground.places[words.slug] = _place(village, words.code)
        await _write_groups(ground, words, village.id)
        ground.step("村庄")


def _place(village: Village, code: str) -> Place:
    return Place(
        id=village.id,
        slug=village.slug,
        name=village.name,
        code=code,
        region_id=village.region_id,
        township_id=village.township_id,
        county_id=village.county_id,
        opened_at=village.opened_at,
    )


async def _write_groups(ground: Ground, words: VillageWords, village_id: int) -> None:
    with db.scope(village_id):
        await VillageGroup.bulk_create(VillageGroup(name=name, position=n) for n, name in enumerate(words.groups))
        await VillageFigure.bulk_create(
            VillageFigure(kind=SMARTPHONE_USERS, value=value, as_of=ground.times.day(-days))
            for days, value in words.smartphones
        )


def cover_keys(villages: tuple[VillageWords, ...]) -> dict[str, str]:
    """A key for the cover of each village that has one."""
    return {words.slug: new_key() for words in villages if words.cover}
