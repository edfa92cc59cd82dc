"""Tables of what people asked for about their own data: archives, and accounts to be closed with what each part said."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class DataExport(Model):
    """An archive of what is held about a person. Its bytes lie sealed in the storage under `key`, for a day."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    state = fields.CharField(max_length=8, default="waiting")  # waiting | working | ready | failed
    done = fields.SmallIntField(default=0)
    total = fields.SmallIntField(default=0)
    missing = fields.CharField(max_length=400, default="")  # parts that failed, separated by spaces
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_data_export"
        indexes = (Index(fields=("person_id", "id")), Index(fields=("expires_at",)))


class Erasure(Model):
    """Somebody closes their account: it can be taken back until `due_at`, and is `done` when every part has erased."""

    id = fields.IntField(primary_key=True)
    person: Any = fields.OneToOneField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    state = fields.CharField(max_length=9, default="waiting")  # waiting | underway | done | withdrawn
    remove = fields.BooleanField(default=False)  # what they published goes too, instead of staying without a name
    asked_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_erasure"
        indexes = (Index(fields=("state", "due_at")),)


class ErasurePart(Model):
    """What one room or plugin said when it was asked to erase. `report` is JSON: what is gone, what is kept and why."""

    id = fields.IntField(primary_key=True)
    erasure: Any = fields.ForeignKeyField("core.Erasure", related_name=False, on_delete=fields.OnDelete.CASCADE)
    part = fields.CharField(max_length=40)
    done = fields.BooleanField(default=False)
    attempts = fields.IntField(default=0)
    error = fields.CharField(max_length=400, default="")
    report = fields.TextField(default="")
    at = fields.DatetimeField()

    class Meta:
        table = "core_erasure_part"
        unique_together = (("erasure", "part"),)
        indexes = (Index(fields=("part", "done")),)
