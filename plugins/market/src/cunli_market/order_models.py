"""Orders and their money. An order changes only together with a new `Step`; lines of the money ledger are added and never changed."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from cunli import LedgerLine, SealedText, VillageModel

from .keys import of, of_person, of_village


class Bill(Model):
    """What a buyer pays in one go: the orders of one basket, in however many villages. `key` is that of the payment."""

    scope = "county"
    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    buyer = of_person()
    buyer_id: int | None
    way = fields.CharField(max_length=8)  # cash, transfer, online
    fen = fields.BigIntField()
    state = fields.CharField(max_length=8, default="waiting", db_default="waiting")  # waiting, paid, closed, strange
    paid_fen = fields.BigIntField(default=0, db_default=0)
    reference = fields.CharField(max_length=64, default="", db_default="")
    back_url = fields.CharField(max_length=120, default="", db_default="")
    made_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    paid_at = fields.DatetimeField(null=True)

    class Meta:
        table = "market_bill"
        indexes = (("state", "way", "expires_at"),)


class Mismatch(Model):
    """Where our books and those of the payment service differed when they were compared: see `reconciling`."""

    scope = "county"
    id = fields.IntField(primary_key=True)
    bill: Any = fields.ForeignKeyField("market.Bill", related_name=False, on_delete=fields.OnDelete.CASCADE)
    bill_id: int
    kind = fields.CharField(max_length=8)  # late, gone, amount, refund
    here_fen = fields.BigIntField()
    there_fen = fields.BigIntField()
    found_at = fields.DatetimeField()

    class Meta:
        table = "market_mismatch"
        unique_together = (("bill", "kind"),)


class Order(VillageModel):
    """What one buyer ordered in one shop. Prices, fees and sums are as they were when it was placed, in whole fen."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    shop = of("Shop")
    shop_id: int
    buyer = of_person()
    buyer_id: int | None
    bill: Any = fields.ForeignKeyField("market.Bill", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    bill_id: int
    way = fields.CharField(max_length=8)
    delivery = fields.CharField(max_length=8)  # pickup, own, courier
    receiver = fields.TextField(default="", db_default="")
    phone = fields.TextField(default="", db_default="")
    address = fields.TextField(default="", db_default="")
    note = fields.CharField(max_length=100, default="", db_default="")
    goods_fen = fields.BigIntField()
    fee_fen = fields.IntField()
    total_fen = fields.BigIntField()
    refunded_fen = fields.BigIntField(default=0, db_default=0)
    state = fields.CharField(max_length=10)
    back_to = fields.CharField(max_length=10, default="", db_default="")
    carrier = fields.CharField(max_length=8, default="", db_default="")
    tracking = fields.CharField(max_length=40, default="", db_default="")
    steps_count = fields.IntField(default=0, db_default=0)
    placed_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)  # when the clock moves it on: unpaid, not confirmed, not objected
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "market_order"
        indexes = (
            ("village_id", "state", "id"),
            ("buyer_id", "id"),
            ("shop_id", "state", "id"),
            ("bill_id",),
            ("state", "due_at"),
            ("shop_id", "settled_at"),
            ("village_id", "settled_at"),
        )


class Line(VillageModel):
    """One thing in an order."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    order = of("Order")
    order_id: int
    good = of("Good")
    good_id: int
    variant = of("Variant")
    variant_id: int
    lot_id = fields.IntField()
    title = fields.CharField(max_length=52)
    unit = fields.CharField(max_length=4)
    count = fields.IntField()
    taken = fields.IntField()
    fen = fields.IntField()
    sum_fen = fields.BigIntField()
    fresh = fields.BooleanField()
    friend = of_person()
    friend_id: int | None

    class Meta:
        table = "market_line"
        indexes = (("order_id",), ("good_id",))


class Step(VillageModel):
    """Something that happened to an order, and who did it as what."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    order = of("Order")
    order_id: int
    number = fields.IntField()
    at = fields.DatetimeField()
    actor = of_person()
    actor_id: int | None
    acting = fields.CharField(max_length=8)
    move = fields.CharField(max_length=16)
    before = fields.CharField(max_length=10)
    after = fields.CharField(max_length=10)
    words = fields.CharField(max_length=300, default="", db_default="")
    fen = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "market_step"
        unique_together = (("order", "number"),)


class MoneyLine(LedgerLine):
    """One side of an entry of the money ledger. The lines of one `journal` sum to zero; an account says where money is."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    order = of("Order")
    order_id: int
    shop_id = fields.IntField()

    class Meta:
        table = "market_moneyline"
        unique_together = (("journal", "account"),)
        indexes = (("shop_id", "account"), ("order_id",))


class Refund(VillageModel):
    """Money that goes back: asked for, agreed (then the provider is told, with `key`), done."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    order = of("Order")
    order_id: int
    fen = fields.BigIntField()
    reason = fields.CharField(max_length=300, default="", db_default="")
    photos: Any = fields.JSONField(default=list)
    state = fields.CharField(max_length=8)  # asked, agreed, done, refused
    kind = fields.CharField(max_length=8, default="", db_default="")  # return: the goods go back (消费者权益保护法 25)
    at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "market_refund"
        indexes = (("state", "at"), ("order_id",))


class Review(VillageModel):
    """What a buyer says. Neither shop nor office can delete it; an office may hide words, and then the reason is shown (电商法 39)."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    order = of("Order")
    order_id: int
    good = of("Good")
    good_id: int
    writer = of_person()
    writer_id: int | None
    stars = fields.IntField()
    words = fields.CharField(max_length=500, default="", db_default="")
    bought = fields.CharField(max_length=52)
    hidden = fields.CharField(max_length=200, default="", db_default="")
    answer = fields.CharField(max_length=300, default="", db_default="")
    at = fields.DatetimeField()

    class Meta:
        table = "market_review"
        unique_together = (("order", "good"),)
        indexes = (("good_id", "id"),)


RECEIVER = SealedText("market_order", "receiver", "name")
RECEIVER_PHONE = SealedText("market_order", "phone", "phone")
ADDRESS = SealedText("market_order", "address", "text")
