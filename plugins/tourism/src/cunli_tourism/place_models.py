"""Places, their papers, what can be booked there, and what it costs when."""

from __future__ import annotations

from datetime import date
from typing import Any

from tortoise import fields

from cunli import SealedText, VillageModel

from .keys import of, of_person, of_village


class Place(VillageModel):
    """A homestay, a farm kitchen, a viewpoint. Coordinates are millionths of a degree, WGS-84."""

    photo_columns = ("photos",)
    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    host = of_person()
    host_id: int | None
    kind = fields.CharField(max_length=10)
    name = fields.CharField(max_length=24)
    called = fields.CharField(max_length=10)
    story = fields.CharField(max_length=1000, default="", db_default="")
    included = fields.CharField(max_length=200, default="", db_default="")
    rules = fields.CharField(max_length=200, default="", db_default="")
    facilities: Any = fields.JSONField(default=list)
    access = fields.CharField(max_length=200, default="", db_default="")
    speaks = fields.CharField(max_length=60, default="", db_default="")
    way = fields.CharField(max_length=300, default="", db_default="")
    address = fields.CharField(max_length=60, default="", db_default="")
    lat6 = fields.IntField(null=True)
    lng6 = fields.IntField(null=True)
    phone = fields.TextField(default="", db_default="")
    photos: Any = fields.JSONField(default=list)
    capacity = fields.IntField(default=0, db_default=0)  # people a day, published (旅游法 45); 0: not limited
    instant = fields.BooleanField(default=False, db_default=False)
    prepay = fields.IntField(default=0, db_default=0)  # percent of the sum that is paid with the booking
    policy = fields.CharField(max_length=8, default="middle", db_default="middle")
    state = fields.CharField(max_length=8, default="waiting", db_default="waiting")  # waiting, open, paused, refused
    reason = fields.CharField(max_length=200, default="", db_default="")
    checked_on = fields.DateField(null=True)
    valid_until: date | None = fields.DateField(null=True)  # the first of its papers to end
    from_fen = fields.IntField(default=0, db_default=0)
    rooms = fields.IntField(default=0, db_default=0)
    beds = fields.IntField(default=0, db_default=0)
    stars_sum = fields.IntField(default=0, db_default=0)
    stars_count = fields.IntField(default=0, db_default=0)
    booked = fields.IntField(default=0, db_default=0)  # how many bookings were ever written; changed under the lock
    created_at = fields.DatetimeField()

    class Meta:
        table = "tourism_place"
        indexes = (("village_id", "state", "id"), ("state", "kind", "id"), ("host_id",))


class Licence(VillageModel):
    """A paper that a place needs before it may take guests. `until` is its last day; none: it does not end."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    place = of("Place")
    place_id: int
    kind = fields.CharField(max_length=10)
    number = fields.CharField(max_length=40)
    until: date | None = fields.DateField(null=True)

    class Meta:
        table = "tourism_licence"
        unique_together = (("place", "kind"),)


class Offer(VillageModel):
    """What can be booked at a place: so many rooms of a kind by night, so many seats or tables by time of day, or a meal that
    goes with a stay. A unit is one room, seat or table and holds so many people. Prices are of a unit, for meals of a person."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    place = of("Place")
    place_id: int
    kind = fields.CharField(max_length=6)  # room, seat, meal
    name = fields.CharField(max_length=24)
    about = fields.CharField(max_length=100, default="", db_default="")
    count = fields.IntField()
    holds = fields.IntField()
    included = fields.IntField(
        default=0, db_default=0
    )  # people in the price of a unit; more pay `extra_fen` each; 0: all
    least = fields.IntField(default=1, db_default=1)  # nights
    fen = fields.IntField()
    weekend_fen = fields.IntField(default=0, db_default=0)  # 0: as on other days
    holiday_fen = fields.IntField(default=0, db_default=0)  # 0: as at the weekend
    extra_fen = fields.IntField(default=0, db_default=0)
    slots: Any = fields.JSONField(
        default=list
    )  # "09:00": when it begins; the number of a slot is its place in the list
    open = fields.BooleanField(default=True, db_default=True)

    class Meta:
        table = "tourism_offer"
        indexes = (("place_id", "id"),)


class Season(VillageModel):
    """Other prices in a time of the year. `yearly`: the days of the month count, every year; a season may pass over New Year."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    offer = of("Offer")
    offer_id: int
    name = fields.CharField(max_length=20)
    since: date = fields.DateField()
    until: date = fields.DateField()
    yearly = fields.BooleanField(default=False, db_default=False)
    fen = fields.IntField()
    weekend_fen = fields.IntField(default=0, db_default=0)
    holiday_fen = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "tourism_season"
        indexes = (("offer_id", "id"),)


PLACE_PHONE = SealedText("tourism_place", "phone", "phone")
