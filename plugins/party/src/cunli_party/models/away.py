"""Members who are away."""

from __future__ import annotations

from tortoise import fields

from cunli import SealedText, VillageModel

from .keys import key, of, of_village


class Journey(VillageModel):
    """A member told the branch, before leaving, why, where, until when and how to be reached."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    member = of("Member")
    member_id: int
    reason = fields.CharField(max_length=10)
    place = fields.CharField(max_length=60)
    since = fields.DateField()
    until = fields.DateField(null=True)
    fixed = fields.BooleanField(default=False, db_default=False)
    contact = fields.TextField(default="", db_default="")
    receiving = fields.CharField(max_length=60, default="", db_default="")
    told_on = fields.DateField()
    reported_on = fields.DateField()
    back_on = fields.DateField(null=True)

    class Meta:
        table = "party_journey"
        indexes = (("member_id", "back_on"), ("village_id", "back_on"))


class Report(VillageModel):
    """What somebody away told the branch since."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    journey = of("Journey")
    journey_id: int
    day = fields.DateField()
    words = fields.TextField()

    class Meta:
        table = "party_report"
        indexes = (("journey_id", "id"),)


AWAY_CONTACT = SealedText("party_journey", "contact", "phone")
