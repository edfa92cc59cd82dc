"""Bookings, the nights and seats that they take, and their money. A booking changes only together with a new `Step`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tortoise import fields

from cunli import LedgerLine, SealedText, VillageModel

from .keys import maybe, of, of_person, of_village


class Booking(VillageModel):
    """What one guest booked at one place. Prices, fees and the steps of cancellation are as they were seen, in whole fen.
    `key` is also that of the payment, `code` stands on the voucher. `until` is the day of leaving; for seats the day itself."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    code = fields.CharField(max_length=8, unique=True)
    village = of_village()
    village_id: int
    place = of("Place")
    place_id: int
    offer = of("Offer")
    offer_id: int
    guest = of_person()
    guest_id: int | None
    name = fields.TextField(default="", db_default="")
    phone = fields.TextField(default="", db_default="")
    say = fields.CharField(max_length=32, default="", db_default="")  # index of what a host without a smartphone says
    since: date = fields.DateField()
    until: date = fields.DateField()
    slot = fields.IntField(default=0, db_default=0)
    units = fields.IntField()
    people = fields.IntField()
    meals = fields.IntField(default=0, db_default=0)
    takes = fields.IntField(default=0, db_default=0)  # portions to take home
    nights = fields.IntField(default=0, db_default=0)  # room-nights: nights times rooms; none for seats
    lines: Any = fields.JSONField(default=list)
    back: Any = fields.JSONField(default=list)  # until when which percentage of what was paid goes back
    way = fields.CharField(max_length=8)  # online: with the booking; arrival: all of it there
    total_fen = fields.BigIntField()
    now_fen = fields.BigIntField()
    paid_fen = fields.BigIntField(default=0, db_default=0)
    taken_fen = fields.BigIntField(default=0, db_default=0)  # in cash, at arrival
    refunded_fen = fields.BigIntField(default=0, db_default=0)
    payment = fields.CharField(max_length=8, default="", db_default="")  # waiting, paid, closed, strange
    reference = fields.CharField(max_length=64, default="", db_default="")
    state = fields.CharField(max_length=10)
    steps_count = fields.IntField(default=0, db_default=0)
    note = fields.CharField(max_length=100, default="", db_default="")
    outing = maybe("Outing")
    outing_id: int | None  # the festival or the way on whose page the guest began
    made_at = fields.DatetimeField()
    due_at: datetime | None = fields.DatetimeField(null=True)  # when the clock moves it on

    class Meta:
        table = "tourism_booking"
        indexes = (
            ("village_id", "state", "since"),
            ("guest_id", "id"),
            ("place_id", "state", "since"),
            ("state", "due_at"),
            ("payment", "made_at"),
            ("outing_id", "since"),
        )


class Taken(VillageModel):
    """One room for one night, or one seat at one time. The database lets the same one be taken once: `tourism_taken_once`."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    place = of("Place")
    place_id: int
    offer = of("Offer")
    offer_id: int
    unit = fields.IntField()  # from 1
    day: date = fields.DateField()
    slot = fields.IntField(default=0, db_default=0)
    booking: Any = fields.ForeignKeyField(
        "tourism.Booking", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    booking_id: int | None  # none: the host keeps it free, or it is gone elsewhere
    listing: Any = fields.ForeignKeyField(
        "tourism.Listing", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    listing_id: int | None  # the calendar elsewhere in which it is gone

    class Meta:
        table = "tourism_taken"
        indexes = (("booking_id",), ("listing_id",), ("place_id", "day"), ("village_id", "day"))


class Step(VillageModel):
    """Something that happened to a booking, and who did it as what."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    booking = of("Booking")
    booking_id: int
    number = fields.IntField()
    at = fields.DatetimeField()
    actor = of_person()
    actor_id: int | None
    acting = fields.CharField(max_length=8)
    move = fields.CharField(max_length=10)
    before = fields.CharField(max_length=10)
    after = fields.CharField(max_length=10)
    words = fields.CharField(max_length=300, default="", db_default="")

    class Meta:
        table = "tourism_step"
        unique_together = (("booking", "number"),)


class MoneyLine(LedgerLine):
    """One side of an entry of the money ledger, never changed. The lines of one `journal` sum to zero."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    booking = of("Booking")
    booking_id: int
    place_id = fields.IntField()

    class Meta:
        table = "tourism_moneyline"
        unique_together = (("journal", "account"),)
        indexes = (("place_id", "account"), ("booking_id",))


class Refund(VillageModel):
    """Money that goes back: agreed (then the payment service is told, with `key`), done."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    booking = of("Booking")
    booking_id: int
    fen = fields.BigIntField()
    state = fields.CharField(max_length=8)  # agreed, done
    at = fields.DatetimeField()
    done_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "tourism_refund"
        indexes = (("state", "at"), ("booking_id",))


class Guest(VillageModel):
    """Who stayed, as the public security rules want it written (旅馆业治安管理办法 6). Gone when its day has come."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    booking = of("Booking")
    booking_id: int
    name = fields.TextField()
    kind = fields.CharField(max_length=8)  # card, passport, permit
    number = fields.TextField()
    foreign = fields.BooleanField(default=False, db_default=False)
    reported_at: datetime | None = fields.DatetimeField(null=True)
    at = fields.DatetimeField()
    until: date = fields.DateField()  # the day on which it is deleted

    class Meta:
        table = "tourism_guest"
        indexes = (("booking_id",), ("until",))


class Review(VillageModel):
    """What somebody who stayed says. Nobody deletes it; an office may hide words, and then the reason is shown."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    booking: Any = fields.OneToOneField("tourism.Booking", related_name=False, on_delete=fields.OnDelete.CASCADE)
    booking_id: int
    place = of("Place")
    place_id: int
    writer = of_person()
    writer_id: int | None
    stars = fields.IntField()
    words = fields.CharField(max_length=500, default="", db_default="")
    stayed = fields.CharField(max_length=40)
    hidden = fields.CharField(max_length=200, default="", db_default="")
    answer = fields.CharField(max_length=300, default="", db_default="")
    at = fields.DatetimeField()

    class Meta:
        table = "tourism_review"
        indexes = (("place_id", "id"),)


NOBODY = {"name": "", "phone": "", "note": ""}  # of a booking whose guest is forgotten
GUEST_NAME = SealedText("tourism_booking", "name", "name")
GUEST_PHONE = SealedText("tourism_booking", "phone", "phone")
SAYING = SealedText("tourism_booking", "say", "text")
REGISTERED_NAME = SealedText("tourism_guest", "name", "name")
REGISTERED_NUMBER = SealedText("tourism_guest", "number", "id_number")
