"""Tables of the team: versions of the handbook, who has read which, tutors, their tours, and what they wrote down for villagers."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db import VillageModel


class Handbook(Model):
    """One version of a county's handbook for those who run its villages. A version that was published is never changed."""

    id = fields.IntField(primary_key=True)
    county: Any = fields.ForeignKeyField("core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    version = fields.SmallIntField()
    title = fields.CharField(max_length=60)
    body = fields.TextField()
    published_by: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    published_at = fields.DatetimeField()

    class Meta:
        table = "core_handbook"
        unique_together = (("county", "version"),)


class HandbookReading(Model):
    """An official said that they have read a version."""

    id = fields.IntField(primary_key=True)
    handbook: Any = fields.ForeignKeyField("core.Handbook", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    at = fields.DatetimeField()

    class Meta:
        table = "core_handbook_reading"
        unique_together = (("handbook", "person"),)


class Tutor(Model):
    """Somebody who helps in a region (为村助教). Not an office: a tutor may do nothing there that a villager may not."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    region: Any = fields.ForeignKeyField("core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    appointed_by: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    since = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_tutor"
        indexes = (Index(fields=("person_id",)), Index(fields=("region_id",)))


class Tour(Model):
    """A day on which a tutor comes: planned, and afterwards with how many came and what they asked."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    tutor: Any = fields.ForeignKeyField("core.Tutor", related_name=False, on_delete=fields.OnDelete.CASCADE)
    day = fields.DateField()
    place = fields.CharField(max_length=60)
    attended = fields.IntField(null=True)
    notes = fields.CharField(max_length=1000, default="")

    class Meta:
        table = "core_tour"
        indexes = (Index(fields=("tutor_id", "day")),)


class WrittenFor(VillageModel):
    """Words that a tutor wrote down for a villager, who takes them as a draft of their own, or not."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    tutor: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    body = fields.TextField()
    state = fields.CharField(max_length=8, default="waiting")  # waiting | taken | refused
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "core_written_for"
        indexes = (Index(fields=("person_id", "state")),)
