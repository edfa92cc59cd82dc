"""The inbox table."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Notification(Model):
    """One message in a person's inbox. Its words are made from `kind` and `params` in the reader's language."""

    id = fields.BigIntField(primary_key=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    village: Any = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    kind = fields.CharField(max_length=40)
    plugin = fields.CharField(max_length=31, default="")  # whose entry it is about: not shown where that is off
    params: Any = fields.JSONField(default=dict)
    url = fields.CharField(max_length=200)
    once = fields.CharField(max_length=64, null=True)  # a fact is told to a person once, however often it happens again
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_notification"
        unique_together = (("person", "once"),)
        indexes = (Index(fields=("person_id", "id")),)
