"""The table of uploads. Bytes live in the storage under a random key, never under a name a person chose."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from cunli.db import VillageModel


class Upload(VillageModel):
    """One photo in two sizes, or one file of another `kind`. `owner` may use it once; what nothing uses is swept when its time is over.

    One of a `plugin` is shown by that plugin's pages only; it may have come from somebody without an account. A file has the
    `name` that its sender gave it, cleaned, and no width and height.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    owner: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    plugin = fields.CharField(max_length=31, default="", db_default="")
    kind = fields.CharField(max_length=8, default="", db_default="")  # empty: a photo
    name = fields.CharField(max_length=100, default="", db_default="")
    unused_until = fields.DatetimeField(null=True)  # null: in use
    width = fields.IntField()
    height = fields.IntField()
    stored_bytes = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_upload"
        indexes = (
            Index(fields=("village_id", "owner_id", "stored_bytes")),
            Index(fields=("unused_until",)),
            Index(fields=("plugin",)),
        )
