"""Tables of the providers in the box."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class OfflinePayment(Model):
    """Money that a person takes in cash or finds on the bank account. `key` is that of whoever asked for it."""

    key = fields.CharField(max_length=32, primary_key=True)
    fen = fields.BigIntField()
    refunded_fen = fields.BigIntField(default=0)
    state = fields.CharField(max_length=8, default="waiting")  # waiting | paid | closed
    how = fields.CharField(max_length=8, default="")  # cash | transfer
    paid_at = fields.DatetimeField(null=True)
    confirmed_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )

    class Meta:
        table = "core_offline_payment"


class OfflineRefund(Model):
    """Money that a person gave back."""

    key = fields.CharField(max_length=32, primary_key=True)
    payment: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.OfflinePayment", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    fen = fields.BigIntField()
    at = fields.DatetimeField()

    class Meta:
        table = "core_offline_refund"


class ProviderRecord(Model):
    """When a provider last worked and last failed, and what it said then."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=16)
    name = fields.CharField(max_length=64)
    worked_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    error = fields.CharField(max_length=120, default="")

    class Meta:
        table = "core_provider_record"
        unique_together = (("kind", "name"),)
