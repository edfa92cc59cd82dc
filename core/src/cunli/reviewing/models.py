"""The table of cases. What a case is about stands in the feed; here stands who waits since when, and how it was decided."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from cunli.db import VillageModel


class ReviewCase(VillageModel):
    """Something that an official of `level` or above decides about (3 county, 4 township, 5 village), or has decided.

    `open_key` is there while the case is open, so that the same thing has one open case of a kind. `was` is the state the
    content had before the decision, for taking it back. `words` are the author's, in an appeal.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    kind = fields.CharField(max_length=8)  # report | held | direct | appeal
    object_kind = fields.CharField(max_length=8)  # post | comment
    object_id = fields.BigIntField()
    author: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    level = fields.SmallIntField(default=5)
    rule = fields.CharField(max_length=16, default="")
    open_key = fields.CharField(max_length=40, unique=True, null=True)
    opened_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    state = fields.CharField(max_length=8, default="open")  # open | decided | gone
    outcome = fields.CharField(max_length=8, default="")
    was = fields.CharField(max_length=8, default="")
    reason = fields.CharField(max_length=200, default="")
    words = fields.CharField(max_length=500, default="")
    decided_by: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    decided_level = fields.SmallIntField(default=0)
    decided_at = fields.DatetimeField(null=True)
    appeal_of: Any = fields.OneToOneField(
        "core.ReviewCase", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )

    class Meta:
        table = "core_review_case"
        indexes = (
            Index(fields=("state", "due_at", "id")),
            Index(fields=("village_id", "state", "id")),
            Index(fields=("object_kind", "object_id", "id")),
        )
