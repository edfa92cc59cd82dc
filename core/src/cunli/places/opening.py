"""Opening, closing and renaming: what the county does with its villages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.places import queries
from cunli.places.addresses import follow_names, keep_address, seat, taken_slugs
from cunli.places.errors import CannotDo
from cunli.places.models import RegionState, Village
from cunli.places.names import SLUG_LENGTH, is_code, slug_for
from cunli.places.regions import VILLAGE, RegionRow, find_region, note_change, write_name
from cunli.places.rules import VillageState, looks
from cunli.places.table import NAME_LENGTH
from cunli.trust.audit import By, audit
from cunli.web.i18n import _

MOST_AT_ONCE: Final = 5000


@dataclass(slots=True)
class OpeningReport:
    """What became of each region that was to be opened or closed."""

    opened: list[tuple[str, str, str]] = field(default_factory=list)  # code, name, slug
    reopened: list[tuple[str, str, str]] = field(default_factory=list)
    closed: list[tuple[str, str, str]] = field(default_factory=list)
    unchanged: int = 0


@db.unit
async def open_villages(regions: Sequence[RegionRow], *, actor: int | None = None, by: By = "command") -> OpeningReport:
    """Open a village on each of these regions. Open ones stay as they are; a closed one opens with all it had."""
    if len(regions) > MOST_AT_ONCE:
        raise CannotDo("too-many", f"一次最多开通 {MOST_AT_ONCE} 个村，这里有 {len(regions)} 个。用 --under 分批开通")
    report = OpeningReport()
    taken = await taken_slugs()
    for region in regions:
        _refuse_unfit(region)
        if region.village_id is None:
            report.opened.append(await _open(region, taken, actor, by))
        elif region.village_state == VillageState.CLOSED:
            report.reopened.append(await _set_state(region, VillageState.OPEN, actor, by))
        else:
            report.unchanged += 1
    db.after_commit(queries.forget)
    return report


def _refuse_unfit(region: RegionRow) -> None:
    if region.level != VILLAGE:
        raise CannotDo("not-a-village", f"{region.code} {region.name} 是 {region.level_name}，只有村（社区）能开通")
    if region.state == RegionState.MERGED:
        raise CannotDo("merged", f"{region.code} {region.name} 已经并到别的村，不能开通")
    if region.parent_id is None:
        raise CannotDo("no-township", f"{region.code} {region.name} 没有上级，先导入它的乡镇和县")


async def _open(region: RegionRow, taken: set[str], actor: int | None, by: By) -> tuple[str, str, str]:
    rows = await db.read(_SEAT, region.id)
    township, county = seat(rows[0])
    slug = slug_for(region.short, rows[0]["township"], region.code, taken)
    taken.update((slug, region.code))
    cloth, dye = looks(region.code)
    village = await Village.create(
        region_id=region.id,
        township_id=township,
        county_id=county,
        slug=slug,
        name=region.short,
        cloth=cloth,
        dye=dye,
        state=VillageState.OPEN,
        opened_at=now(),
    )
    await keep_address(village.id, slug, region.code)
    await audit(
        "core.village.open", actor=actor, by=by, village=village.id, region=region.id, object=("village", village.id)
    )
    return region.code, region.short, slug


_SEAT: Final = (
    "SELECT r.id AS region, t.id AS town, t.level AS town_level, t.short AS township, t.parent_id AS county"
    " FROM core_region r JOIN core_region t ON t.id = r.parent_id WHERE r.id = ?"
)


@db.unit
async def close_villages(
    regions: Sequence[RegionRow], *, actor: int | None = None, by: By = "command"
) -> OpeningReport:
    """Close villages: nobody reaches them any more, nothing in them is lost."""
    report = OpeningReport()
    for region in regions:
        if region.village_state == VillageState.OPEN:
            report.closed.append(await _set_state(region, VillageState.CLOSED, actor, by))
        else:
            report.unchanged += 1
    db.after_commit(queries.forget)
    return report


async def _set_state(region: RegionRow, state: VillageState, actor: int | None, by: By) -> tuple[str, str, str]:
    closed_at = now() if state == VillageState.CLOSED else None
    await Village.filter(id=region.village_id).update(state=state, closed_at=closed_at)
    action = "core.village.close" if closed_at else "core.village.open"
    await audit(
        action,
        actor=actor,
        by=by,
        village=region.village_id,
        region=region.id,
        object=("village", region.village_id or 0),
    )
    return region.code, region.short, region.slug or ""


@db.unit
async def rename_region(
    code: str, name: str, *, level: str = "", actor: int | None = None, by: By = "command"
) -> RegionRow:
    """Give a region another name. The village on it takes name and address along; old addresses go on working."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise CannotDo("bad-name", f"名称要写 1 到 {NAME_LENGTH} 个字")
    region = await find_region(code, level)
    if region.state == RegionState.MERGED:
        raise CannotDo("merged", f"{code} {region.name} 已经并到别的地方，不再改名")
    if name != region.name:
        await write_name(region.id, name)
        await note_change(region.id, "renamed", region.name, name)
        await follow_names([region.id])
        await audit(
            "core.regions.rename",
            actor=actor,
            by=by,
            village=region.village_id,
            region=region.id,
            object=("region", region.id),
        )
        db.after_commit(queries.forget)
    return await find_region(code, level)


@db.unit
async def set_address(region_id: int, slug: str, *, actor: int) -> None:
    """Give the village on a region another address; the old ones go on leading to it. Raises `CannotDo`."""
    slug = slug.strip().lower()
    if not _SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH or is_code(slug):
        raise CannotDo("bad-address", _("网址写小写拼音和数字，中间可以用短横，比如 heping 或 wangxi-heping"))
    rows = await db.read("SELECT id, slug FROM core_village WHERE region_id = ? AND state <> 'merged'", region_id)
    if not rows:
        raise CannotDo("not-opened", _("这个村还没开通"))
    village_id, before = rows[0]["id"], rows[0]["slug"]
    if slug == before:
        return
    taken = await db.read("SELECT village_id FROM core_village_address WHERE slug = ?", slug)
    if taken and taken[0]["village_id"] != village_id:
        raise CannotDo("address-taken", _("别的村用着或者用过“%(slug)s”，换一个", slug=slug))
    await keep_address(village_id, before, slug)
    await db.write("UPDATE core_village SET slug = ? WHERE id = ?", slug, village_id)
    await audit(
        "core.village.address",
        actor=actor,
        village=village_id,
        region=region_id,
        object=("village", village_id),
        before=before,
        after=slug,
    )
    db.after_commit(queries.forget)


_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
