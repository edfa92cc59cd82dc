"""A table of the village's letters, and one of the county's."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from cunli import SealedText, VillageModel


class Letter(VillageModel):
    """A letter, perhaps from somebody without an account."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    author: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    author_id: int | None
    group: Any = fields.ForeignKeyField(
        "core.VillageGroup", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    words = fields.CharField(max_length=200)
    phone = fields.TextField(default="")
    phone_index = fields.CharField(max_length=32, default="")
    photo = fields.CharField(max_length=22, default="")
    asked_fen = fields.IntField(default=0)
    state = fields.CharField(max_length=8, default="open")
    answers = fields.IntField(default=0)

    follows = ("group",)
    photo_columns = ("photo",)

    class Meta:
        table = "letters_letter"


class Topic(Model):
    """What letters may be about, in the whole county."""

    scope = "county"
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20, unique=True)

    class Meta:
        table = "letters_topic"


PHONE = SealedText("letters_letter", "phone", "phone")
