"""A plugin with a column of every kind, keys into the core and into itself, and a many-to-many table."""

from __future__ import annotations

from typing import Final

SOURCE: Final = """
from cunli import ErasureReport, Manifest, Plugin, hookimpl

class Things(Plugin):
    manifest = Manifest(
        label="物", summary="", models="cunli_things.models", migrations="cunli_things.migrations",
        personal_data="own tables",
    )

    @hookimpl
    async def export_data(self, ctx):
        return ()

    @hookimpl
    async def erase_data(self, ctx):
        return ErasureReport()

plugin = Things()
"""
MODELS: Final = """
from enum import Enum
from tortoise import fields
from tortoise.models import Model
from cunli import VillageModel

class Hue(str, Enum):
    RED = "red"

class Shelf(Model):
    scope = "county"
    code = fields.CharField(max_length=20, primary_key=True)
    class Meta:
        table = "things_shelf"

class Thing(VillageModel):
    id = fields.IntField(primary_key=True)
    village = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    owner = fields.ForeignKeyField("core.Person", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE)
    inside = fields.ForeignKeyField("things.Thing", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE)
    shelf = fields.ForeignKeyField("things.Shelf", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE)
    also_on = fields.ManyToManyField(
        "things.Shelf", related_name="holds", through="things_thing_shelf", forward_key="shelf_id", backward_key="thing_id"
    )
    order = fields.TextField(null=True)
    hue = fields.CharEnumField(Hue, null=True)
    number = fields.BigIntField(null=True)
    yes = fields.BooleanField(null=True)
    weight = fields.FloatField(null=True)
    price = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    at = fields.DatetimeField(null=True)
    day = fields.DateField(null=True)
    lasts = fields.TimeDeltaField(null=True)
    mark = fields.UUIDField(null=True)
    picture = fields.BinaryField(null=True)
    more = fields.JSONField(null=True)
    class Meta:
        table = "things_thing"
"""
MADE_BY: Final = {"migrations/__init__.py": "", "models.py": MODELS}
