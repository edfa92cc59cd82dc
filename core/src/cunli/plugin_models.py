"""Tables about plugins: where each is switched on, what troubles it has, and a counter that tells every process of a change."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db import Fold


class Mode(StrEnum):
    """What a region says about a plugin: counties and townships require, allow or forbid; villages switch on or off."""

    REQUIRE = "require"
    ALLOW = "allow"
    FORBID = "forbid"
    ON = "on"
    OFF = "off"


class PluginSwitch(Model):
    """What one region says about one plugin. No row means `allow` above a village, and `off` for a village."""

    on_merge = Fold(column="mode", order=(Mode.FORBID, Mode.REQUIRE, Mode.ON, Mode.ALLOW, Mode.OFF))

    id = fields.IntField(primary_key=True)
    region: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    plugin = fields.CharField(max_length=40)
    mode = fields.CharField(max_length=8)

    class Meta:
        table = "core_plugin_switch"
        unique_together = (("region", "plugin"),)
        indexes = (Index(fields=("plugin",)),)


class PluginEpoch(Model):
    """One row, counted up with every change of a switch, so that each process knows that its copy is old."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    number = fields.BigIntField(default=0)

    class Meta:
        table = "core_plugin_epoch"


class PluginTrouble(Model):
    """What last went wrong in one hook of one plugin, in any process. `until`: it is not asked before that."""

    id = fields.IntField(primary_key=True)
    plugin = fields.CharField(max_length=40)
    hook = fields.CharField(max_length=80)
    problem = fields.CharField(max_length=20)
    facts = fields.TextField()  # JSON, for telling it in the reader's language
    count = fields.IntField(default=1)
    first_at = fields.DatetimeField()
    last_at = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "core_plugin_trouble"
        unique_together = (("plugin", "hook"),)
