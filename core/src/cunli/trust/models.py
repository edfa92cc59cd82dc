"""Tables of trust: the audit trail, form receipts, rate counters and reports of content."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db import Stay, VillageModel


class AuditEntry(Model):
    """One act of an official or on personal data. `details` holds no personal data.

    Append-only by triggers: no row is changed, and none deleted but the oldest, by a cut (see `AuditCut`). `id` counts without gaps,
    in the order of commits; `hash` covers the entry and the hash of the one before it (see `cunli.trust.chain`).
    """

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
    hash = fields.CharField(max_length=64, default="", db_default="")

    class Meta:
        table = "core_audit_entry"
        indexes = (
            Index(fields=("village_id", "id")),
            Index(fields=("object_kind", "object_id")),
            Index(fields=("region_id", "id")),
            Index(fields=("actor_id", "id")),
            Index(fields=("at",)),
        )


class AuditCut(Model):
    """The oldest entries of the trail were deleted because their time was over: up to which, and the hash that the rest begins with.

    It is the only thing that lets rows of `AuditEntry` go, and it stands in the trail itself as `core.audit.cut`.
    """

    id = fields.IntField(primary_key=True)
    up_to = fields.BigIntField(unique=True)
    hash = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        table = "core_audit_cut"


class AuditReader(Model):
    """Somebody who reads the audit trail below a region and nothing else: not an office, and not given to people in office."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    region: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    granted_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    granted_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_audit_reader"
        indexes = (Index(fields=("person_id",)), Index(fields=("region_id",)))


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
