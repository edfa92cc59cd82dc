"""Members who stand by a household, members who want to return, and where the library is fed from."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from cunli import SealedText, VillageModel

from .keys import key, of, of_person, of_village


class Pair(VillageModel):
    """A member who stands by a household."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    member = of("Member")
    member_id: int
    household: Any = fields.ForeignKeyField("core.Household", related_name=False, on_delete=fields.OnDelete.CASCADE)
    household_id: int
    why = fields.CharField(max_length=200, default="", db_default="")
    since = fields.DateField()
    ended_on = fields.DateField(null=True)

    class Meta:
        table = "party_pair"
        indexes = (("member_id", "ended_on"), ("household_id", "ended_on"))


class Deed(VillageModel):
    """What a member did for the household. It counts when somebody of the household says that it happened."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    pair = of("Pair")
    pair_id: int
    day = fields.DateField()
    words = fields.CharField(max_length=500)
    state = fields.CharField(max_length=10, default="told", db_default="told")
    answer = fields.CharField(max_length=200, default="", db_default="")
    by = of_person()
    by_id: int | None
    at = fields.DatetimeField(null=True)

    class Meta:
        table = "party_deed"
        indexes = (("pair_id", "day"),)


class Lead(VillageModel):
    """A member who wants to return and start something: what is needed, who looks after it, how it went."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    branch = of("Branch")
    branch_id: int
    name = fields.CharField(max_length=40)
    phone = fields.TextField(default="", db_default="")
    idea = fields.CharField(max_length=500)
    needs = fields.CharField(max_length=200, default="", db_default="")
    stage = fields.CharField(max_length=10, default="heard", db_default="heard")
    owner = of("Member", null=True)
    owner_id: int | None
    result = fields.CharField(max_length=500, default="", db_default="")
    at = fields.DatetimeField()

    class Meta:
        table = "party_lead"
        indexes = (("branch_id", "stage"),)


class Source(VillageModel):
    """A feed that the library takes from. `trouble` says what went wrong the last time; the pages do not wait for it."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    name = fields.CharField(max_length=60)
    url = fields.CharField(max_length=500)
    category = fields.CharField(max_length=20)
    public = fields.BooleanField(default=False, db_default=False)
    licence = fields.CharField(max_length=120)
    on = fields.BooleanField(default=True, db_default=True)
    asked_at = fields.DatetimeField(null=True)
    good_at = fields.DatetimeField(null=True)
    trouble = fields.CharField(max_length=100, default="", db_default="")

    class Meta:
        table = "party_source"


LEAD_PHONE = SealedText("party_lead", "phone", "phone")
