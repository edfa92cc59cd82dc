"""Tables of places: the administrative tree, the villages opened on it, their groups, households and figures."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db import Prefix, Stay, VillageModel


class Level(IntEnum):
    """Depth in the administrative tree, as the statistical codes have it."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3
    TOWNSHIP = 4
    VILLAGE = 5


class RegionState(StrEnum):
    """A region that left the table is kept: history and old addresses point at it."""

    ACTIVE = "active"
    VANISHED = "vanished"  # not in the latest table
    MERGED = "merged"  # went into `successor`


class Region(Model):
    """One row of the administrative tree. `code` is the 12-digit statistical code, unique within a level."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(max_length=12)
    level = fields.SmallIntField()
    name = fields.CharField(max_length=80)
    short = fields.CharField(max_length=80)  # without 村委会, 社区居委会 …
    pinyin = fields.CharField(max_length=240)
    initials = fields.CharField(max_length=40)
    parent_id: int | None
    parent: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    state = fields.CharField(max_length=8, default=RegionState.ACTIVE)
    successor_id: int | None
    successor: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )

    class Meta:
        table = "core_region"
        unique_together = (("code", "level"),)
        indexes = (
            Index(fields=("parent_id",)),
            Index(fields=("pinyin",)),
            Index(fields=("initials",)),
            Index(fields=("short",)),
        )


class RegionChange(Model):
    """What happened to a region: renamed, moved, merged, split, vanished, returned. Append-only."""

    id = fields.IntField(primary_key=True)
    region_id: int
    region: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    kind = fields.CharField(max_length=12)
    before = fields.CharField(max_length=160, default="")
    after = fields.CharField(max_length=160, default="")
    note = fields.CharField(max_length=200, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "core_region_change"


class Village(Model):
    """A village community that the county opened. One per village region."""

    id = fields.IntField(primary_key=True)
    region_id: int
    region: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    township_id: int
    township: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    county_id: int
    county: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    slug = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=80)
    motto = fields.CharField(max_length=80, default="")
    introduction = fields.TextField(default="")
    cover = fields.CharField(max_length=22, default="")  # key of an upload
    phone = fields.CharField(max_length=20, default="")  # of the village office, public
    address = fields.CharField(max_length=120, default="")
    market_days = fields.CharField(max_length=20, default="")  # "3,8": the last digits of lunar market days
    cloth = fields.CharField(max_length=8, default="plum")
    dye = fields.CharField(max_length=8, default="")
    state = fields.CharField(max_length=8, default="open")  # open | closed | merged
    successor_id: int | None
    successor: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    opened_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    household_count = fields.IntField(default=0)
    verified_count = fields.IntField(default=0)
    away_count = fields.IntField(default=0)
    post_count = fields.IntField(default=0)

    class Meta:
        table = "core_village"
        indexes = (Index(fields=("township_id",)), Index(fields=("county_id",)))


class VillageAddress(Model):
    """Every address a village was ever reachable under; the current one stands in `Village.slug`."""

    id = fields.IntField(primary_key=True)
    slug = fields.CharField(max_length=64, unique=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )

    class Meta:
        table = "core_village_address"


class VillageGroup(VillageModel):
    """A villagers' group (村民小组)."""

    on_merge = Prefix(column="name")

    id = fields.IntField(primary_key=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    name = fields.CharField(max_length=40)
    position = fields.SmallIntField(default=0)

    class Meta:
        table = "core_village_group"
        unique_together = (("village", "name"),)


class Household(VillageModel):
    """A household (户) of the village's register. The head's name is personal data and encrypted."""

    on_merge = Prefix(column="number")
    follows = ("group",)

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    group_id: int | None
    group: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.VillageGroup", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    number = fields.CharField(max_length=20)  # door or register number
    head_name = fields.TextField(default="")  # encrypted, bound to `key`
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_household"
        unique_together = (("village", "number"),)


class VillageFigure(VillageModel):
    """A dated figure of a village, such as the number of smartphone users (智能手机用户数)."""

    on_merge = Stay(because="a figure tells of the village as it was; the new one gets the sum of the latest")

    id = fields.IntField(primary_key=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    kind = fields.CharField(max_length=24)
    value = fields.IntField()
    as_of = fields.DateField()

    class Meta:
        table = "core_village_figure"
        unique_together = (("village", "kind", "as_of"),)


class VillageWeek(VillageModel):
    """How much was published in a village in one week, counted in the unit that published it; see `places.activity`.

    `week` is its Monday by the village's clock. What is deleted later stays counted: the week was what it was.
    """

    on_merge = Stay(because="the weeks of both are added up: see places.activity.add_up")

    id = fields.IntField(primary_key=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    week = fields.DateField()
    posts = fields.IntField(default=0)  # posts, and entries of plugins
    notices = fields.IntField(default=0)
    comments = fields.IntField(default=0)
    last_on = fields.DateField()  # the last day on which something was published

    class Meta:
        table = "core_village_week"
        unique_together = (("village", "week"),)
