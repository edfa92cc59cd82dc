"""Tables of trust: the audit trail, form receipts, rate counters and reports of content."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db import Stay, VillageModel


class AuditEntry(Model):
    """One act of an official or on personal data. Append-only; `details` holds no personal data."""

    on_merge = Stay(because="append-only")

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    action = fields.CharField(max_length=48)
    actor: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    by = fields.CharField(max_length=16, default="web")  # web | command | system
    village: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    region: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    object_kind = fields.CharField(max_length=24, default="")
    object_id = fields.CharField(max_length=40, default="")
    details: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "core_audit_entry"
        indexes = (Index(fields=("village_id", "id")), Index(fields=("object_kind", "object_id")))


class FormReceipt(Model):
    """A form that was carried out. The same form sent again is answered with `location`."""

    key = fields.CharField(max_length=44, primary_key=True)
    location = fields.CharField(max_length=200, default="")
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "core_form_receipt"


class RateCount(Model):
    """How often something was tried in a window. Keys are keyed hashes, never an address or a phone in clear."""

    key = fields.CharField(max_length=44, primary_key=True)
    count = fields.IntField(default=0)
    resets_at = fields.BigIntField(db_index=True)  # Unix seconds

    class Meta:
        table = "core_rate_count"


class Report(VillageModel):
    """Somebody reported a post or a comment to the village admin."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_kind = fields.CharField(max_length=8)  # post | comment
    object_id = fields.BigIntField()
    reporter: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    reason = fields.CharField(max_length=16)
    note = fields.CharField(max_length=200, default="")
    state = fields.CharField(max_length=8, default="open")  # open | hidden | kept
    decided_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    decided_at = fields.DatetimeField(null=True)
    answer = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_report"
        unique_together = (("object_kind", "object_id", "reporter"),)
        indexes = (Index(fields=("village_id", "state", "id")),)
