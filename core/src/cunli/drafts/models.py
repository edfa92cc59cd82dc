"""The table of begun forms. Posts have their own, with photos: `cunli.feed.models.Draft`."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from cunli.db import Fold, VillageModel


class FormDraft(VillageModel):
    """One begun form of a person in a village. The fields are sealed: an application holds names."""

    on_merge = Fold(column="updated_at")

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)  # another one with every keeping: the fields are bound to it
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    form = fields.CharField(max_length=32)  # notice or join
    fields_sealed = fields.TextField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "core_form_draft"
        unique_together = (("village", "person", "form"),)
