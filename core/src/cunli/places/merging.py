"""Merging: one region goes into another of its level, with everything that hangs on it. Nothing is lost, nothing is copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from cunli import db, enabling, jobs
from cunli.clock import now, today
from cunli.places import activity, queries
from cunli.places.addresses import follow_names, follow_the_tree, keep_address
from cunli.places.carrying import Carried, carry, refuse_what_would_stay_behind
from cunli.places.counters import recount
from cunli.places.errors import CannotDo
from cunli.places.models import Region, RegionState, Village
from cunli.places.regions import VILLAGE, RegionRow, find_region, note_change
from cunli.places.rules import VillageState
from cunli.trust.audit import By, audit

SWEEP: Final = "places.sweep_merged"
# Somebody may have been writing in the old village while it was merged: processes remember villages for five seconds.
SWEEP_AFTER: Final = 15.0
SWEPT_FOR: Final = timedelta(days=2)


@dataclass(slots=True)
class MergeReport:
    """What a merge moved: rows by table, rows that became one, rows that got a longer name; and what is left to do."""

    into: RegionRow
    merged: list[RegionRow] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    folded: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, int] = field(default_factory=dict)
    left_to_do: list[str] = field(default_factory=list)

    def add(self, carried: Carried) -> None:
        for table, count in carried.rows.items():
            self.rows[table] = self.rows.get(table, 0) + count
        for table, count in carried.renamed.items():
            self.renamed[table] = self.renamed.get(table, 0) + count
        for folded in carried.folded:
            self.folded[folded.table] = self.folded.get(folded.table, 0) + 1


@db.unit
async def merge_regions(
    codes: Sequence[str], into: str, *, level: str = "", actor: int | None = None, by: By = "command"
) -> MergeReport:
    """Merge regions into another one of the same level. Raises `CannotDo`; then nothing is changed."""
    await refuse_what_would_stay_behind()
    target = await find_region(into, level)
    report = MergeReport(into=target)
    for code in dict.fromkeys(codes):
        source = await find_region(code, level or target.level_name)
        target = await find_region(into, level)
        _refuse_unfit(source, target)
        await (_merge_village if source.level == VILLAGE else _merge_upper)(source, target, report)
        await note_change(source.id, "merged", source.name, target.name, f"并入 {target.code}")
        await note_change(target.id, "received", source.name, target.name, f"来自 {source.code}")
        await audit(
            "core.regions.merge",
            actor=actor,
            by=by,
            village=target.village_id or source.village_id,
            region=target.id,
            object=("region", source.id),
            rows=sum(report.rows.values()),
        )
        report.merged.append(source)
    report.into = await find_region(into, level)
    await enabling.changed()
    await jobs.enqueue(SWEEP, {}, delay=SWEEP_AFTER)
    db.after_commit(queries.forget)
    return report


def _refuse_unfit(source: RegionRow, target: RegionRow) -> None:
    if source.id == target.id:
        raise CannotDo("same-region", f"{source.code} 不能并到自己")
    if source.level != target.level:
        raise CannotDo("other-level", f"{source.name} 和 {target.name} 不是同一级，不能合并")
    if source.state == RegionState.MERGED:
        raise CannotDo("merged", f"{source.code} {source.name} 已经并过了")
    if target.state != RegionState.ACTIVE:
        raise CannotDo("not-active", f"{target.code} {target.name} 已经不在了，不能并进去")
    if source.village_id is not None and target.village_state == VillageState.CLOSED:
        raise CannotDo("closed", f"{target.name} 已经关闭，先开通它: cunli village open {target.code}")


async def _merge_upper(source: RegionRow, target: RegionRow, report: MergeReport) -> None:
    """Townships and above: what is below moves over, offices and posts of the region too."""
    report.add(await _carry_region(source, target))
    for row in await db.read("SELECT id, name FROM core_region WHERE parent_id = ?", source.id):
        await note_change(row["id"], "moved", source.name, target.name)
    await db.write("UPDATE core_region SET parent_id = ? WHERE parent_id = ?", target.id, source.id)
    await _retire(source, target)
    await follow_the_tree()


async def _merge_village(source: RegionRow, target: RegionRow, report: MergeReport) -> None:
    report.add(await _carry_region(source, target))
    await _retire(source, target)
    if source.village_id is None:
        return
    if target.village_id is None:  # the village goes on, on the other region
        await Village.filter(id=source.village_id).update(region_id=target.id)
        await keep_address(source.village_id, source.code, target.code)
        await follow_the_tree()
        await follow_names([target.id])
        return
    await _lock(source.village_id, target.village_id)
    await _carry_village(source, target, report)
    await Village.filter(id=source.village_id).update(
        state=VillageState.MERGED,
        successor_id=target.village_id,
        closed_at=now(),
        household_count=0,
        verified_count=0,
        away_count=0,
        post_count=0,
    )
    await db.write(
        "UPDATE core_village_address SET village_id = ? WHERE village_id = ?", target.village_id, source.village_id
    )
    await keep_address(target.village_id, source.slug or "", source.code)


async def _lock(*village_ids: int) -> None:
    """Nobody joins or writes in these villages until the merge is done."""
    if db.engine() != "sqlite":
        marks = db.marks(village_ids)
        await db.read(f"SELECT id FROM core_village WHERE id IN ({marks}) ORDER BY id FOR UPDATE", *village_ids)  # noqa: S608 names from the models


async def _carry_region(source: RegionRow, target: RegionRow) -> Carried:
    """Offices, posts and switches of the old region. Somebody who held the same office on both holds it once."""
    await db.write(
        "UPDATE core_role SET revoked_at = ? WHERE region_id = ? AND revoked_at IS NULL AND EXISTS (SELECT 1"
        " FROM core_role same WHERE same.person_id = core_role.person_id AND same.kind = core_role.kind"
        " AND same.region_id = ? AND same.revoked_at IS NULL)",
        now(),
        source.id,
        target.id,
    )
    return await carry(Region, source.id, target.id, source.short)


async def _retire(source: RegionRow, target: RegionRow) -> None:
    await Region.filter(id=source.id).update(state=RegionState.MERGED, successor_id=target.id)


async def _carry_village(source: RegionRow, target: RegionRow, report: MergeReport) -> None:
    old, new = source.village_id or 0, target.village_id or 0
    households = await db.read("SELECT SUM(household_count) AS n FROM core_village WHERE id IN (?, ?)", old, new)
    await db.write(
        "UPDATE core_village_group SET position = position + 1 + (SELECT COALESCE(MAX(last.position), 0)"
        " FROM core_village_group last WHERE last.village_id = ?) WHERE village_id = ?",
        new,
        old,
    )
    await db.write("UPDATE core_post SET version = version + 1 WHERE village_id = ?", old)  # its card shows other names
    carried = await carry(Village, old, new, source.village_name or source.short)
    report.add(carried)
    await _note_folded(carried, new, f"并村：{source.short}和{target.short}的两份合成一份")
    report.left_to_do += await _add_up_figures(source, target)
    await Village.filter(id=new).update(household_count=households[0]["n"])
    await activity.add_up(old, new)
    await recount(new)


async def _note_folded(carried: Carried, village_id: int, note: str) -> None:
    rows = [
        (village_id, folded.stayed, folded.gone_as, folded.stayed_as, note, now())
        for folded in carried.folded
        if folded.table == "core_membership"
    ]
    sql = "INSERT INTO core_membership_step (village_id, membership_id, before, after, note, at) VALUES (?, ?, ?, ?, ?, ?)"
    if rows:
        await db.write_many(sql, rows)


async def _add_up_figures(source: RegionRow, target: RegionRow) -> list[str]:
    """From today the village has the sum of both latest figures; a figure that only one of them has cannot be added up."""
    latest = (
        "SELECT f.kind, f.value FROM core_village_figure f WHERE f.village_id = ? AND f.as_of ="
        " (SELECT MAX(l.as_of) FROM core_village_figure l WHERE l.village_id = f.village_id AND l.kind = f.kind)"
    )
    old = {row["kind"]: row["value"] for row in await db.read(latest, source.village_id)}
    new = {row["kind"]: row["value"] for row in await db.read(latest, target.village_id)}
    for kind in sorted(old.keys() & new.keys()):
        await db.write(
            "INSERT INTO core_village_figure (village_id, kind, value, as_of) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (village_id, kind, as_of) DO UPDATE SET value = excluded.value",
            target.village_id,
            kind,
            old[kind] + new[kind],
            today(),
        )
    if old.keys() ^ new.keys():
        return [f"{target.short}: 只有一个村填过手机用户数，请到村庄资料里重新填"]
    return []


@db.unit
async def sweep_merged() -> int:
    """Carry over what was still written in a village while it was being merged. Returns how many rows that were."""
    rows = await db.read(
        "SELECT o.id, o.name, o.region_id, n.id AS new_id, n.region_id AS new_region FROM core_village o"
        " JOIN core_village n ON n.id = o.successor_id WHERE o.state = 'merged' AND o.closed_at > ?"
        " ORDER BY o.closed_at, o.id",
        now() - SWEPT_FOR,
    )
    swept = 0
    for row in rows:
        carried = await carry(Village, row["id"], row["new_id"], row["name"])
        regional = await carry(Region, row["region_id"], row["new_region"], row["name"])
        moved = sum(carried.rows.values()) + sum(regional.rows.values())
        if moved or carried.folded:
            await _note_folded(carried, row["new_id"], "并村时合成一份")
            await activity.add_up(row["id"], row["new_id"])
            await recount(row["new_id"])
            db.after_commit(queries.forget)
        swept += moved
    return swept
