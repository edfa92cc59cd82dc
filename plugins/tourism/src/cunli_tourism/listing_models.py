"""Where else a host offers the same rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise import fields

from cunli import SealedText, VillageModel

from .keys import of, of_village


class Listing(VillageModel):
    """A calendar that is kept elsewhere for the rooms of one offer. `secret` is the word in the address at which the days that
    are gone here can be read; `days` are those that were gone there in its last file, and `short` counts the ones among them for
    which not enough rooms could be taken."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    secret = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    place = of("Place")
    place_id: int
    offer = of("Offer")
    offer_id: int
    name = fields.CharField(max_length=20)
    units = fields.IntField()  # how many of the rooms are offered there; a day that is gone there takes so many
    made_at = fields.DatetimeField()
    read_at: datetime | None = fields.DatetimeField(null=True)
    days: Any = fields.JSONField(default=list)
    clashes: Any = fields.JSONField(default=list)  # days that are gone there and booked here
    short = fields.IntField(default=0, db_default=0)
    repeated = fields.IntField(default=0, db_default=0)  # entries of the last file of which only the first time counted
    broken = fields.IntField(default=0, db_default=0)  # entries of the last file that could not be read

    address = fields.TextField(
        default="", db_default=""
    )  # where it is read by itself, sealed: it is a secret of the host
    tried_at: datetime | None = fields.DatetimeField(null=True)
    trouble = fields.CharField(
        max_length=12, default="", db_default=""
    )  # away, no, large, closed: why it was not read last
    failing_since: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "tourism_listing"
        indexes = (("offer_id", "id"), ("place_id", "short"))


CALENDAR = SealedText("tourism_listing", "address", "text")
