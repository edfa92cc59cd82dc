"""Tables of young people. No birthday is kept: only the month from which somebody is grown up."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Minor(Model):
    """Somebody who said they are under eighteen. The row goes when they are grown up.

    `adult_on` is the first day of a month; under fourteen is whoever is more than four years away from it. `code` is what a
    guardian types in to answer for them, until `code_until`.
    """

    id = fields.IntField(primary_key=True)
    person: Any = fields.OneToOneField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    village: Any = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    adult_on = fields.DateField(db_index=True)
    consented = fields.BooleanField(default=False)
    code = fields.CharField(max_length=8, unique=True, null=True)
    code_until = fields.DatetimeField(null=True)
    declared_at = fields.DatetimeField()

    class Meta:
        table = "core_minor"
        indexes = (Index(fields=("village_id", "id")),)


class Guardian(Model):
    """Who answers for a young person: somebody with an account, or somebody who signed a paper (`name`, sealed, bound to `key`)."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    guardian: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    name = fields.TextField(default="")
    recorded_by: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    since = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_guardian"
        indexes = (Index(fields=("person_id",)), Index(fields=("guardian_id",)))


class Look(Model):
    """An official asks to see a young person's data in clear; another one says yes or no. A yes is good for one look within a day."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    asked_by: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    reason = fields.CharField(max_length=200)
    asked_at = fields.DatetimeField()
    decided_by: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    decided_at = fields.DatetimeField(null=True)
    allowed = fields.BooleanField(default=False)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_minor_look"
        indexes = (Index(fields=("person_id", "asked_by_id")), Index(fields=("village_id", "decided_at")))
