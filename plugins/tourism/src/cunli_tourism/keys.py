"""The keys that tables of the plugin share."""

from __future__ import annotations

from typing import Any

from tortoise import fields


def of_village() -> Any:
    return fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)


def of_person() -> Any:
    return fields.ForeignKeyField("core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL)


def of(model: str) -> Any:
    return fields.ForeignKeyField(f"tourism.{model}", related_name=False, on_delete=fields.OnDelete.CASCADE)


def maybe(model: str) -> Any:
    return fields.ForeignKeyField(f"tourism.{model}", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL)
