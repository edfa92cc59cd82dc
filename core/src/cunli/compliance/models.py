"""The table of compliance profiles."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from cunli.compliance.profiles import KNOWN
from cunli.db import Fold


class Compliance(Model):
    """Which profile is in force in a county, why, since when and by whom. No row means the default."""

    on_merge = Fold(column="profile", order=KNOWN)  # of two, the stricter one

    id = fields.IntField(primary_key=True)
    region: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    profile = fields.CharField(max_length=40)
    reason = fields.CharField(max_length=200, default="")
    changed_at = fields.DatetimeField()
    changed_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )

    class Meta:
        table = "core_compliance"
        unique_together = (("region",),)
