"""Branches and who belongs to them. A member is a row that changes only together with a new line of its history."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from cunli import SealedText, VillageModel

from .keys import key, of, of_person, of_village


class Branch(VillageModel):
    """A branch, or a group of one. The tree stands beside that of the regions: above its root are the committees of the township
    and the county, which the regions name."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    parent = of("Branch", null=True)
    parent_id: int | None
    kind = fields.CharField(max_length=12)
    name = fields.CharField(max_length=40)
    place = fields.CharField(max_length=60, default="", db_default="")
    party_day = fields.IntField(default=0, db_default=0)
    about = fields.TextField(default="", db_default="")
    founded_on = fields.DateField()
    dissolved_on = fields.DateField(null=True)

    class Meta:
        table = "party_branch"
        indexes = (("village_id", "dissolved_on"),)


class Member(VillageModel):
    """Somebody in a branch. `person` is empty for those without an account; what is known of them is in the branch's hands only.

    In a temporary branch somebody stands a second time, with `home`, the row in the branch that they belong to: there they are
    counted, pay their dues and gather their hours; here they meet, read and write with those who are in the same place.
    """

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    branch = of("Branch")
    branch_id: int
    person = of_person()
    person_id: int | None
    name = fields.CharField(max_length=40)
    standing = fields.CharField(max_length=10)
    status = fields.CharField(max_length=12, default="full", db_default="full")
    away = fields.CharField(max_length=4, default="", db_default="")
    role = fields.CharField(max_length=12, default="", db_default="")
    duty = fields.CharField(max_length=40, default="", db_default="")
    joined_on = fields.DateField(null=True)
    full_on = fields.DateField(null=True)
    education = fields.CharField(max_length=12, default="", db_default="")
    work = fields.CharField(max_length=40, default="", db_default="")
    phone = fields.TextField(default="", db_default="")
    contact = fields.TextField(default="", db_default="")
    since = fields.DatetimeField()
    home = of("Member", null=True)
    home_id: int | None
    version = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "party_member"
        indexes = (
            ("village_id", "standing"),
            ("branch_id", "standing"),
            ("person_id", "standing"),
            ("village_id", "standing", "status", "away"),
            ("branch_id", "standing", "id"),
            ("home_id",),
        )


class Step(VillageModel):
    """A line in the history of a member: entered, verified, another status, a transfer. Only ever added."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    member = of("Member")
    member_id: int
    branch = of("Branch", null=True)
    branch_id: int | None
    at = fields.DatetimeField()
    actor = of_person()
    actor_id: int | None
    what = fields.CharField(max_length=12)
    before = fields.CharField(max_length=40, default="", db_default="")
    after = fields.CharField(max_length=40, default="", db_default="")
    reason = fields.CharField(max_length=200, default="", db_default="")

    class Meta:
        table = "party_step"
        indexes = (("member_id", "id"),)


class Transfer(Model):
    """A letter of introduction from one branch to another, perhaps of another village: a table of the county, because two villages
    read it. What is in it besides ids is what such a letter says on paper."""

    scope = "county"

    id = fields.IntField(primary_key=True)
    key = key()
    person = of_person()
    person_id: int | None
    from_village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    from_village_id: int
    from_branch = fields.CharField(max_length=40)
    member_key = fields.CharField(max_length=22)
    name = fields.TextField()
    status = fields.CharField(max_length=12)
    joined_on = fields.DateField(null=True)
    full_on = fields.DateField(null=True)
    written_at = fields.DatetimeField()
    valid_until = fields.DateField()
    taken_at = fields.DatetimeField(null=True)

    class Meta:
        table = "party_transfer"
        indexes = (("member_key",), ("taken_at",))


PHONE = SealedText("party_member", "phone", "phone")
CONTACT = SealedText("party_member", "contact", "text")
LETTER_NAME = SealedText("party_transfer", "name", "name")
