"""Tables of care: what people agreed to, and what is held back from erasure."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Consent(Model):
    """Somebody was asked about a purpose in the words of one version, and agreed or withdrew. Rows are added, never changed."""

    id = fields.IntField(primary_key=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    purpose = fields.CharField(max_length=16)
    version = fields.SmallIntField()
    text_hash = fields.CharField(max_length=64)
    given = fields.BooleanField()
    at = fields.DatetimeField()

    class Meta:
        table = "core_consent"
        indexes = (Index(fields=("person_id", "purpose", "id")),)


class Hold(Model):
    """What is held about somebody may not be erased before a day, because a law says so; until then it is only stored (PIPL 47)."""

    id = fields.IntField(primary_key=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    law = fields.CharField(max_length=80)
    reason = fields.CharField(max_length=200)
    until = fields.DateField()
    placed_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_hold"
        indexes = (Index(fields=("person_id", "ended_at")),)
