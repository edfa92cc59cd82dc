"""What a village writes about itself: introduction, groups, households, figures. One unit each, all of it audited."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from cunli import db
from cunli.clock import now
from cunli.media import actions as media
from cunli.places import queries
from cunli.places.counters import recount_households
from cunli.places.errors import CannotDo
from cunli.places.models import Household, Village, VillageFigure, VillageGroup
from cunli.places.register import HEAD_NAME
from cunli.trust.audit import audit
from cunli.web.i18n import _
from cunli.web.tokens import new_key


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageText:
    """What the village page and the introduction show."""

    motto: str
    introduction: str
    phone: str
    address: str
    market_days: str
    cloth: str
    dye: str


@db.unit
async def describe(village_id: int, text: VillageText, *, actor: int) -> None:
    """Write the village's own words, its contact, its market days and its cloth."""
    await Village.filter(id=village_id).update(**asdict(text))
    await _done("core.village.describe", village_id, actor)


@db.unit
async def set_cover(village_id: int, key: str, *, actor: int) -> None:
    """Show this photo above the village's feed; the one of before is deleted. Raises `media.PhotoGone`.

    Only a photo that `actor` sent here and that nothing uses yet: nobody's post can be made a cover.
    """
    await media.use([key], owner_id=actor, village_id=village_id)
    await _exchange_cover(village_id, key)
    await _done("core.village.cover", village_id, actor, change="changed")


@db.unit
async def remove_cover(village_id: int, *, actor: int) -> None:
    """Back to the cloth alone; the photo is deleted. Nothing happens where there is none."""
    if await _exchange_cover(village_id, ""):
        await _done("core.village.cover", village_id, actor, change="removed")


async def _exchange_cover(village_id: int, key: str) -> bool:
    """Put `key` in place of the cover of before and delete that photo. Whether there was one."""
    wait = "" if db.engine() == "sqlite" else " FOR UPDATE"  # two admins at once: no photo is left that nothing shows
    before = (await db.read(f"SELECT cover FROM core_village WHERE id = ?{wait}", village_id))[0]["cover"]  # noqa: S608 a constant
    await Village.filter(id=village_id).update(cover=key)
    if before:
        rows = await db.read("SELECT id FROM core_upload WHERE key = ? AND village_id = ?", before, village_id)
        await media.discard([row["id"] for row in rows])
    return bool(before)


@db.unit
async def add_group(village_id: int, name: str, *, actor: int) -> int:
    """A new group, after the others. Raises `CannotDo` when there is one of that name."""
    with db.scope(village_id):
        await _refuse_taken_group(name)
        last = await VillageGroup.all().order_by("-position").first()
        group = await VillageGroup.create(village_id=village_id, name=name, position=last.position + 1 if last else 0)
    await _done("core.village.group", village_id, actor, object=("group", group.id), change="added")
    return int(group.id)


@db.unit
async def rename_group(village_id: int, group_id: int, name: str, *, actor: int) -> None:
    """Another name for a group; its people and households stay in it."""
    with db.scope(village_id):
        group = await _group(group_id)
        if group.name != name:
            await _refuse_taken_group(name)
            group.name = name
            await group.save(update_fields=["name"])
    await _done("core.village.group", village_id, actor, object=("group", group_id), change="renamed")


@db.unit
async def remove_group(village_id: int, group_id: int, *, actor: int) -> None:
    """Take an empty group away. Raises `CannotDo` while people or households stand in it."""
    with db.scope(village_id):
        group = await _group(group_id)
        if await _in_group(group_id):
            raise CannotDo("group-not-empty", _("这个组里还有人或者有户，先把他们调到别的组"))
        await group.delete()
    await _done("core.village.group", village_id, actor, object=("group", group_id), change="removed")


async def _group(group_id: int) -> VillageGroup:
    group = await VillageGroup.get_or_none(id=group_id)
    if group is None:
        raise CannotDo("no-such-group", _("没有这个组，可能刚刚被删掉了"))
    return group


async def _refuse_taken_group(name: str) -> None:
    if await VillageGroup.exists(name=name):
        raise CannotDo("group-taken", _("已经有“%(name)s”了", name=name))


async def _in_group(group_id: int) -> bool:
    rows = await db.read(
        "SELECT 1 FROM core_membership WHERE group_id = ? UNION ALL SELECT 1 FROM core_household WHERE group_id = ? LIMIT 1",
        group_id,
        group_id,
    )
    return bool(rows)


@db.unit
async def record_figure(village_id: int, kind: str, value: int, as_of: date, *, actor: int) -> None:
    """A figure as it was on a day; the same day again corrects it, other days stay as they were."""
    with db.scope(village_id):
        await VillageFigure.update_or_create(village_id=village_id, kind=kind, as_of=as_of, defaults={"value": value})
    await _done("core.village.figure", village_id, actor, object=("figure", kind), value=value, as_of=as_of.isoformat())


@db.unit
async def register_household(village_id: int, number: str, group_id: int | None, head_name: str, *, actor: int) -> int:
    """A household of the register. Raises `CannotDo` when the number is taken; a closed household is opened again."""
    key = new_key()
    with db.scope(village_id):
        if group_id is not None:
            await _group(group_id)
        known = await Household.get_or_none(number=number)
        if known is not None and known.closed_at is None:
            raise CannotDo("household-taken", _("门牌号 %(number)s 已经登记过了", number=number))
        if known is not None:
            known.closed_at, known.group_id = None, group_id
            known.head_name = HEAD_NAME.seal(head_name, known.key)
            await known.save(update_fields=["closed_at", "group_id", "head_name"])
            household_id = known.id
        else:
            made = await Household.create(
                key=key,
                village_id=village_id,
                number=number,
                group_id=group_id,
                head_name=HEAD_NAME.seal(head_name, key),
            )
            household_id = made.id
    await recount_households(village_id)
    await _done("core.village.household", village_id, actor, object=("household", household_id), change="registered")
    return int(household_id)


@db.unit
async def change_household(
    village_id: int, key: str, *, number: str, group_id: int | None, head_name: str | None, actor: int
) -> None:
    """Another number, group or head (None: as before). The people of the household go to the group with it."""
    with db.scope(village_id):
        household = await _household(key)
        if group_id is not None:
            await _group(group_id)
        if household.number != number and await Household.exists(number=number):
            raise CannotDo("household-taken", _("门牌号 %(number)s 已经登记过了", number=number))
        household.number, household.group_id = number, group_id
        if head_name is not None:
            household.head_name = HEAD_NAME.seal(head_name, household.key)
        await household.save(update_fields=["number", "group_id", "head_name"])
    if group_id is not None:
        await db.write("UPDATE core_membership SET group_id = ? WHERE household_id = ?", group_id, household.id)
    await _done("core.village.household", village_id, actor, object=("household", household.id), change="changed")


@db.unit
async def close_household(village_id: int, key: str, *, actor: int) -> None:
    """A household that is no more; its row stays. Raises `CannotDo` while verified people belong to it."""
    with db.scope(village_id):
        household = await _household(key)
        if await db.read(
            "SELECT 1 FROM core_membership WHERE household_id = ? AND state = 'verified' LIMIT 1", household.id
        ):
            raise CannotDo("household-not-empty", _("这一户还有认证过的乡亲，先把他们调到别的户"))
        household.closed_at = now()
        await household.save(update_fields=["closed_at"])
    await recount_households(village_id)
    await _done("core.village.household", village_id, actor, object=("household", household.id), change="closed")


async def _household(key: str) -> Household:
    household = await Household.get_or_none(key=key, closed_at=None)
    if household is None:
        raise CannotDo("no-such-household", _("没有这一户，可能刚刚被注销了"))
    return household


async def _done(
    action: str,
    village_id: int,
    actor: int,
    *,
    object: tuple[str, str | int] | None = None,
    **details: Any,
) -> None:
    await audit(action, actor=actor, village=village_id, object=object or ("village", village_id), **details)
    db.after_commit(queries.forget, village_id)
