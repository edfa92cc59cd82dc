"""The table of wishes."""

from __future__ import annotations

from typing import Any

from cunli import VillageModel
from tortoise import fields


class Wish(VillageModel):
    """One wish on the wall of one village, and whose it is."""

    id = fields.IntField(primary_key=True)
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    words = fields.CharField(max_length=80)

    class Meta:
        table = "newplugin_wish"
