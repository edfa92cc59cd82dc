"""The table of notes."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from cunli import VillageModel


class Note(VillageModel):
    """A note on the board; one that came from a post says which, one that a person pinned says who."""

    id = fields.IntField(primary_key=True)
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    words = fields.CharField(max_length=80)
    post_id = fields.BigIntField(null=True)
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    pinned_at = fields.DatetimeField(null=True)  # notes of before version 1.1 do not know

    class Meta:
        table = "sample_note"
        indexes = (Index(fields=("village_id", "post_id")),)
