"""Splitting: some groups of a village become a village of their own, with their households and people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tortoise.models import Model

from cunli import db, enabling
from cunli.media import actions as media
from cunli.places import activity, queries
from cunli.places.carrying import every_model, refuse_what_would_stay_behind
from cunli.places.counters import recount
from cunli.places.errors import CannotDo
from cunli.places.names import is_code
from cunli.places.opening import open_villages
from cunli.places.regions import VILLAGE, RegionRow, add_region, find_region, labels, note_change
from cunli.places.rules import VillageState
from cunli.places.table import NAME_LENGTH
from cunli.trust.audit import By, audit

KEY: Final = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{22}(?![\w-])")  # of a photo, alone or among others


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVillage:
    """One village to be made out of some groups of another. `name` may be empty when the table already has the code."""

    code: str
    name: str
    groups: tuple[str, ...]


@dataclass(slots=True)
class SplitReport:
    """The village that was split, the new ones, and the rows that went with them, by table."""

    source: RegionRow
    made: list[RegionRow] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


@db.unit
async def split_village(
    code: str, parts: Sequence[NewVillage], *, actor: int | None = None, by: By = "command"
) -> SplitReport:
    """Make villages out of groups of a village. People go with their household, or else with their group.

    Posts stay in the village they were written in, and so do offices. Raises `CannotDo`; then nothing is changed.
    """
    await refuse_what_would_stay_behind()
    source = await find_region(code, "village")
    if source.village_id is None or source.village_state != VillageState.OPEN:
        raise CannotDo("not-open", f"{source.name} 还没开通，没有小组可分。先导入新的区划表就行")
    chosen = await _chosen_groups(source, parts)
    report = SplitReport(source=source)
    for part in parts:
        made = await _make(source, part, actor, by)
        await _take_along(source.village_id, made.village_id or 0, chosen[part.code], report)
        await note_change(made.id, "split_off", source.name, made.name, f"来自 {source.code}")
        report.made.append(made)
    await _tidy(source.village_id, [made.village_id or 0 for made in report.made])
    await note_change(source.id, "split", source.name, labels(report.made))
    await audit(
        "core.regions.split",
        actor=actor,
        by=by,
        village=source.village_id,
        region=source.id,
        object=("region", source.id),
        rows=sum(report.rows.values()),
    )
    await enabling.changed()
    db.after_commit(queries.forget)
    return report


async def _chosen_groups(source: RegionRow, parts: Sequence[NewVillage]) -> dict[str, list[int]]:
    known = {group.name: group.id for group in await queries.groups_of(source.village_id or 0)}
    wanted = [name for part in parts for name in part.groups]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        text = f"{source.short} 没有 {'、'.join(unknown)}。现有: {'、'.join(known) or '一个也没有'}"
        raise CannotDo("unknown-group", text)
    if len(set(wanted)) < len(wanted) or not wanted or not all(part.groups for part in parts):
        raise CannotDo("bad-groups", "每个新村至少写一个小组，一个小组只能去一个新村")
    return {part.code: [known[name] for name in part.groups] for part in parts}


async def _make(source: RegionRow, part: NewVillage, actor: int | None, by: By) -> RegionRow:
    if not is_code(part.code):
        raise CannotDo("not-a-code", f"“{part.code[:20]}”不是 12 位数字的代码")
    if not await db.read("SELECT 1 FROM core_region WHERE code = ? AND level = ?", part.code, VILLAGE):
        if not 0 < len(part.name) <= NAME_LENGTH or not part.name.isprintable():
            raise CannotDo("bad-name", f"新村 {part.code} 要写名称，1 到 {NAME_LENGTH} 个字")
        await add_region(part.code, part.name, VILLAGE, source.parent_id)
    made = await find_region(part.code, "village")
    if made.village_id is not None:
        raise CannotDo("already-open", f"{made.name} 已经是开通的村，不能当作分出来的新村")
    await open_villages([made], actor=actor, by=by)
    return await find_region(part.code, "village")


async def _take_along(old: int, new: int, groups: Sequence[int], report: SplitReport) -> None:
    marks = db.marks(groups)
    sql = f"UPDATE core_village_group SET village_id = ? WHERE village_id = ? AND id IN ({marks})"  # noqa: S608 names from the models
    _add(report, "core_village_group", await db.write(sql, new, old, *groups))
    statements = [(model._meta.db_table, _following(model)) for model in _followers()]
    moved = True
    while moved:
        moved = False
        for table, statement in statements:
            count = await db.write(statement, new, old, new)
            _add(report, table, count)
            moved = moved or count > 0
    for model in _village_models():
        if count := await _photos_follow(model, old, new):
            _add(report, "core_upload", count)


async def _photos_follow(model: type[db.VillageModel], old: int, new: int) -> int:
    """Photos of a plugin go where the rows went that hold their keys: its pages look for them in the village of the page."""
    count = 0
    for name in model.photo_columns:
        column = model._meta.fields_db_projection[name]
        sql = f"SELECT {column} AS kept FROM {model._meta.db_table} WHERE village_id = ? AND {column} IS NOT NULL"  # noqa: S608 names from the models
        keys = [key for row in await db.read(sql, new) for key in KEY.findall(str(row["kept"]))]
        count += await media.move(keys, plugin=str(model._meta.app), old=old, new=new)
    return count


def _add(report: SplitReport, table: str, count: int) -> None:
    if count:
        report.rows[table] = report.rows.get(table, 0) + count


def _village_models() -> Iterator[type[db.VillageModel]]:
    return (model for model in every_model() if issubclass(model, db.VillageModel))


def _followers() -> Iterator[type[db.VillageModel]]:
    return (model for model in _village_models() if model.follows)


def _following(model: type[db.VillageModel]) -> str:
    """Move the rows whose leader has moved: the first of `follows` that a row has."""
    table = model._meta.db_table
    cases = " ".join(_case(table, model._meta.fields_map[name]) for name in model.follows)
    return f"UPDATE {table} SET village_id = ? WHERE village_id = ? AND CASE {cases} END = ?"  # noqa: S608 names from the models


def _case(table: str, relation: Any) -> str:
    leader: type[Model] = relation.related_model
    column = f"{table}.{relation.source_field}"
    found = f"SELECT leader.village_id FROM {leader._meta.db_table} leader WHERE leader.{leader._meta.db_pk_column} = {column}"  # noqa: S608 names from the models
    return f"WHEN {column} IS NOT NULL THEN ({found})"


async def _tidy(old: int, new: Sequence[int]) -> None:
    """The household decides in which group somebody is; a new village is home to those who went there."""
    for village in (old, *new):
        await db.write(
            "UPDATE core_membership SET group_id = (SELECT h.group_id FROM core_household h WHERE h.id = household_id)"
            " WHERE village_id = ? AND group_id IN (SELECT g.id FROM core_village_group g WHERE g.village_id <> ?)",
            village,
            village,
        )
    for village in new:
        await db.write(
            "UPDATE core_person SET home_village_id = ? WHERE home_village_id = ? AND id IN"
            " (SELECT m.person_id FROM core_membership m WHERE m.village_id = ?)",
            village,
            old,
            village,
        )
    for village in (old, *new):
        await recount(village)
        await activity.recount(village)  # what its people wrote came along
