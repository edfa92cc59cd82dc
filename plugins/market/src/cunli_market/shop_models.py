"""Shops, what they sell, and the stock. `Lot.free` changes only together with a new `StockLine`, and is their sum."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from cunli import SealedText, VillageModel

from .keys import of, of_person, of_village


class Shop(VillageModel):
    """Somebody's shop. `kind` says why it may sell: what it grew itself needs no licence, but the page says so (电商法 10, 15)."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    owner = of_person()
    owner_id: int | None
    name = fields.CharField(max_length=20)
    about = fields.CharField(max_length=500, default="", db_default="")
    kind = fields.CharField(max_length=8)
    licence = fields.CharField(max_length=40, default="", db_default="")
    licence_until = fields.DateField(null=True)  # its last day; none is for ever
    phone = fields.TextField(default="", db_default="")
    bank = fields.TextField(default="", db_default="")
    state = fields.CharField(max_length=8, default="open", db_default="open")  # open, paused, barred
    reason = fields.CharField(max_length=200, default="", db_default="")
    judged_on = fields.DateField(null=True)  # when the office closed it
    ends_on = fields.DateField(null=True)  # its last day, as the shop says itself (电商法 16)
    checked_on = fields.DateField(null=True)  # who it is was looked at, and is looked at again a year later
    pickup = fields.CharField(max_length=60, default="", db_default="")
    own_fee = fields.IntField(default=-1, db_default=-1)  # what delivery by the seller costs; -1: not offered
    own_free_from = fields.IntField(default=0, db_default=0)
    courier_fee = fields.IntField(default=-1, db_default=-1)
    courier_free_from = fields.IntField(default=0, db_default=0)
    cash = fields.BooleanField(default=True, db_default=True)
    opened_at = fields.DatetimeField()
    # village and owner as one word, so that the database refuses a second shop; it needs no rule when villages are merged
    kept_by = fields.CharField(max_length=24, null=True, unique=True)

    class Meta:
        table = "market_shop"
        indexes = (("village_id", "state"), ("owner_id",))


class Good(VillageModel):
    """Something that is sold. What the bazaar filters and sorts by stands in the row itself."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    shop = of("Shop")
    shop_id: int
    title = fields.CharField(max_length=30)
    about = fields.CharField(max_length=1000, default="", db_default="")
    category = fields.CharField(max_length=10)
    season = fields.CharField(max_length=8, default="year", db_default="year")
    harvested_on = fields.DateField(null=True)
    origin = fields.CharField(max_length=30, default="", db_default="")
    record = fields.CharField(max_length=200, default="", db_default="")
    certificate = fields.CharField(max_length=40, default="", db_default="")
    fresh = fields.BooleanField(default=True, db_default=True)
    helped = fields.BooleanField(default=False, db_default=False)
    photos: Any = fields.JSONField(default=list)
    state = fields.CharField(max_length=8, default="on", db_default="on")  # on, off, banned
    reason = fields.CharField(max_length=200, default="", db_default="")
    judged_on = fields.DateField(null=True)  # when the office took it off
    from_fen = fields.IntField(default=0, db_default=0)
    sold = fields.IntField(default=0, db_default=0)
    created_at = fields.DatetimeField()

    class Meta:
        table = "market_good"
        indexes = (
            ("village_id", "state", "id"),
            ("state", "category", "id"),
            ("state", "from_fen", "id"),
            ("shop_id", "id"),
        )


class Lot(VillageModel):
    """What is there of something: a harvest, a hundred boxes. Several goods may be sold out of one (the co-op's oranges, in
    boxes of five and nine pounds). Before the harvest it is ordered ahead. `free` is what nobody has taken or put into a basket."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    shop = of("Shop")
    shop_id: int
    name = fields.CharField(max_length=30)
    free = fields.IntField(default=0, db_default=0)
    ready_on = fields.DateField(null=True)  # when it is harvested; before that day it is ordered ahead

    class Meta:
        table = "market_lot"
        indexes = (("shop_id",),)


class Variant(VillageModel):
    """One size of a good, with its price. One of it takes `per` out of the lot."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    good = of("Good")
    good_id: int
    lot = of("Lot")
    lot_id: int
    name = fields.CharField(max_length=20)
    unit = fields.CharField(max_length=4)
    fen = fields.IntField()
    per = fields.IntField(default=1, db_default=1)
    open = fields.BooleanField(default=True, db_default=True)

    class Meta:
        table = "market_variant"
        indexes = (("good_id",), ("lot_id",))


class StockLine(VillageModel):
    """One line of the stock ledger, never changed. `token` says what it is for, so that nothing is counted twice."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    lot = of("Lot")
    lot_id: int
    amount = fields.IntField()
    why = fields.CharField(max_length=8)  # in, loss, hold, back
    token = fields.CharField(max_length=48, unique=True)
    by = of_person()
    by_id: int | None
    reason = fields.CharField(max_length=80, default="", db_default="")
    at = fields.DatetimeField()

    class Meta:
        table = "market_stockline"
        indexes = (("lot_id",),)


class Hold(VillageModel):
    """What somebody has in the basket. It is theirs until `until`; then the stock takes it back. `fen` is the price they saw."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    buyer: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    buyer_id: int
    variant = of("Variant")
    variant_id: int
    shop = of("Shop")
    shop_id: int
    count = fields.IntField()
    taken = fields.IntField()  # out of the lot: count × per, as it was then
    fen = fields.IntField()
    state = fields.CharField(max_length=8, default="held", db_default="held")  # held, ordered, dropped, expired
    until = fields.DatetimeField()
    friend = of_person()  # who had shared it: one step, never more
    friend_id: int | None

    class Meta:
        table = "market_hold"
        indexes = (("buyer_id", "state"), ("state", "until"), ("variant_id",))


class Share(VillageModel):
    """Somebody told others of a good. Who comes by this key was told by this person: one step, and nobody above it."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    good = of("Good")
    good_id: int
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person_id: int
    post = fields.CharField(max_length=40, default="", db_default="")

    class Meta:
        table = "market_share"
        unique_together = (("good", "person"),)


SHOP_PHONE = SealedText("market_shop", "phone", "phone")
SHOP_BANK = SealedText("market_shop", "bank", "text")
