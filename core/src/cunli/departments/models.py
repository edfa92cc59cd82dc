"""Tables of departments: a department, who writes for it, what it published. They belong to a county, not to a village."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Department(Model):
    """An office of the county with a section of its own. A closed one keeps what it published and publishes nothing."""

    id = fields.IntField(primary_key=True)
    county_id: int
    county: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    slug = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=20)
    about = fields.CharField(max_length=200, default="")
    icon = fields.CharField(max_length=32)
    hue = fields.CharField(max_length=8)
    state = fields.CharField(max_length=8, default="open")  # open | closed
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_department"
        indexes = (Index(fields=("county_id", "state")),)


class DepartmentEditor(Model):
    """Somebody who writes for a department. No office: it opens no page of a village. Ended rows stay as history."""

    id = fields.IntField(primary_key=True)
    department_id: int
    department: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Department", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    person_id: int
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    granted_by_id: int | None
    granted_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    granted_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_department_editor"
        indexes = (Index(fields=("person_id",)), Index(fields=("department_id",)))


class DepartmentPost(Model):
    """What a department published for the whole county: a notice, which everybody is told of, or an article."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    department_id: int
    department: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Department", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    author_id: int | None
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    kind = fields.CharField(max_length=8)  # notice | article
    title = fields.CharField(max_length=60)
    body = fields.TextField()
    state = fields.CharField(max_length=10, default="visible")  # visible | withdrawn
    version = fields.IntField(default=1)
    published_at = fields.DatetimeField()
    edited_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_department_post"
        indexes = (Index(fields=("department_id", "state", "id")),)
