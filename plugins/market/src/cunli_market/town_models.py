"""What stands beside the shops: small ads, and who vouches for whom."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from cunli import SealedText, VillageModel

from .keys import maybe, of_person, of_village


class Ad(VillageModel):
    """卖、买、找工、找牛: free, without payment, gone when its day is over."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    writer: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    writer_id: int
    kind = fields.CharField(max_length=6)
    title = fields.CharField(max_length=30)
    body = fields.CharField(max_length=500, default="", db_default="")
    phone = fields.TextField(default="", db_default="")
    state = fields.CharField(max_length=6, default="open", db_default="open")  # open, done, barred
    reason = fields.CharField(max_length=200, default="", db_default="")
    created_at = fields.DatetimeField()
    until = fields.DatetimeField()

    class Meta:
        table = "market_ad"
        indexes = (("village_id", "state", "until"),)


class Endorsement(VillageModel):
    """认证背书: who vouches, for what, on what evidence, from when to when. `until` is the first moment at which it is over."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    shop = maybe("Shop")
    shop_id: int | None
    good = maybe("Good")
    good_id: int | None
    level = fields.CharField(max_length=8)  # village, township, county
    issuer = fields.CharField(max_length=40)
    scope = fields.CharField(max_length=100)
    evidence = fields.CharField(max_length=200)
    since = fields.DatetimeField()
    until = fields.DatetimeField()
    by = of_person()
    by_id: int | None
    revoked_at = fields.DatetimeField(null=True)
    revoked_why = fields.CharField(max_length=200, default="", db_default="")

    class Meta:
        table = "market_endorsement"
        indexes = (("shop_id", "until"), ("good_id", "until"), ("village_id", "since"))


AD_PHONE = SealedText("market_ad", "phone", "phone")
