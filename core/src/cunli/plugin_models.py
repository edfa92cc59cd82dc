"""Tables about plugins: where each is on, how it is set, its troubles, which were exported and removed, and a counter of changes."""

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


class PluginSetting(Model):
    """What one region set for one setting of a plugin. No row means that what is above counts.

    `value` is JSON, or sealed and bound to `row_key` where the setting is a secret.
    """

    on_merge = Fold(column="key")  # the same in both rows that clash: then the one stays that takes the other in

    id = fields.IntField(primary_key=True)
    region: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    plugin = fields.CharField(max_length=40)
    key = fields.CharField(max_length=60)
    value = fields.TextField()
    row_key = fields.CharField(max_length=22, unique=True)

    class Meta:
        table = "core_plugin_setting"
        unique_together = (("region", "plugin", "key"),)


class PluginRemoval(Model):
    """A plugin was removed: when, by what, and where the export of its rows went. Kept for good."""

    id = fields.IntField(primary_key=True)
    plugin = fields.CharField(max_length=40, db_index=True)
    version = fields.CharField(max_length=40)
    at = fields.DatetimeField()
    by = fields.CharField(max_length=16)  # web | command | system
    rows = fields.BigIntField()
    export = fields.TextField(default="")  # a path on the machine that did it; empty without tables

    class Meta:
        table = "core_plugin_removal"


class PluginExport(Model):
    """A plugin's rows as a ZIP that an admin asked for on the console. Only that person may fetch it, until it expires."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)  # in its address, and the name of what is stored
    plugin = fields.CharField(max_length=40, db_index=True)
    version = fields.CharField(max_length=40)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    state = fields.CharField(max_length=8, default="waiting")  # waiting | done | failed
    rows = fields.BigIntField(default=0)
    bytes = fields.BigIntField(default=0)
    sha256 = fields.CharField(max_length=64, default="")
    at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "core_plugin_export"


class PluginEpoch(Model):
    """One row, counted up with every change of a switch or a setting, so that each process knows that its copy is old."""

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
