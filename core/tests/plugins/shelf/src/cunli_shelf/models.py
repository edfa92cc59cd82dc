"""A table of papers, each with its file."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from cunli import VillageModel


class Paper(VillageModel):
    """A paper on the shelf, perhaps for its owner alone."""

    id = fields.IntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    owner: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    owner_id: int | None
    group: Any = fields.ForeignKeyField(
        "core.VillageGroup", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    file = fields.CharField(max_length=22)
    secret = fields.BooleanField(default=False)

    follows = ("group",)
    photo_columns = ("file",)

    class Meta:
        table = "shelf_paper"
