"""What a village makes of its places: ways through it and times of blossom; and what guests complain about."""

from __future__ import annotations

from datetime import date, datetime

from tortoise import fields

from cunli import VillageModel

from .keys import maybe, of, of_person, of_village


class Outing(VillageModel):
    """A way through the village (no days: whenever one likes), or a festival from one day to another, with an event page."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    kind = fields.CharField(max_length=8)  # route, festival
    name = fields.CharField(max_length=24)
    about = fields.CharField(max_length=1000, default="", db_default="")
    since: date | None = fields.DateField(null=True)
    until: date | None = fields.DateField(null=True)
    shown = fields.BooleanField(default=True, db_default=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "tourism_outing"
        indexes = (("village_id", "shown", "until"),)


class Stop(VillageModel):
    """One stop of it: a place, and what to book there, if it is that. Without an offer: to look at, to pass by."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    outing = of("Outing")
    outing_id: int
    place = of("Place")
    place_id: int
    offer = maybe("Offer")
    offer_id: int | None
    number = fields.IntField()
    words = fields.CharField(max_length=60, default="", db_default="")

    class Meta:
        table = "tourism_stop"
        indexes = (("outing_id", "number"), ("place_id",))


class Complaint(VillageModel):
    """What a guest complains about after booking. The village answers it; where somebody takes letters, it is a letter as well."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    booking = of("Booking")
    booking_id: int
    place = of("Place")
    place_id: int
    person = of_person()
    person_id: int | None
    words = fields.CharField(max_length=500, default="", db_default="")
    state = fields.CharField(max_length=8, default="open", db_default="open")  # open, settled
    answer = fields.CharField(max_length=300, default="", db_default="")
    at = fields.DatetimeField()
    settled_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "tourism_complaint"
        indexes = (("booking_id",), ("village_id", "state", "at"), ("person_id",))
