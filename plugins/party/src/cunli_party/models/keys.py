"""Keys that many tables have."""

from __future__ import annotations

from typing import Any

from tortoise import fields


def of_village() -> Any:
    return fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)


def of_person(*, null: bool = True) -> Any:
    return _key("core.Person", null)


def of(model: str, *, null: bool = False) -> Any:
    return _key(f"party.{model}", null)


def _key(model: str, null: bool) -> Any:
    if null:
        return fields.ForeignKeyField(model, related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL)
    return fields.ForeignKeyField(model, related_name=False, on_delete=fields.OnDelete.CASCADE)


def key() -> Any:
    return fields.CharField(max_length=22, unique=True)
