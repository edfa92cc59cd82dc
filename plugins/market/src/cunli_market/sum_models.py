"""Sums and words that are kept beside the books, so that no page adds up a million lines. `sums` and `finding` keep them."""

from __future__ import annotations

from tortoise import fields

from cunli import VillageModel

from .keys import of, of_village


class ShopSum(VillageModel):
    """What was settled with a shop in a month (`2026-11`) or a year (`2026`), by the villages' clock, in fen."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    shop = of("Shop")
    shop_id: int
    period = fields.CharField(max_length=7)
    orders = fields.IntField(default=0, db_default=0)
    goods_fen = fields.BigIntField(default=0, db_default=0)
    fee_fen = fields.BigIntField(default=0, db_default=0)
    refunded_fen = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "market_shopsum"
        unique_together = (("shop", "period"),)
        indexes = (("period", "village_id"),)


class GoodSum(VillageModel):
    """What was sold of a good in a month or a year: the sum of its settled order lines, before anything went back."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    good = of("Good")
    good_id: int
    period = fields.CharField(max_length=7)
    count = fields.BigIntField(default=0, db_default=0)
    fen = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "market_goodsum"
        unique_together = (("good", "period"),)
        indexes = (("period", "fen"), ("village_id", "period", "fen"))


class Balance(VillageModel):
    """What stands on an account of a shop: the sum of its lines in the money ledger, in fen."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    shop = of("Shop")
    shop_id: int
    account = fields.CharField(max_length=8)
    fen = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "market_balance"
        unique_together = (("shop", "account"),)


class Word(VillageModel):
    """Two letters that stand side by side in the title of a good, as one number: see `finding`."""

    id = fields.BigIntField(primary_key=True)
    village = of_village()
    village_id: int
    good = of("Good")
    good_id: int
    code = fields.BigIntField()

    class Meta:
        table = "market_word"
        indexes = (("code", "good_id"), ("good_id",))
