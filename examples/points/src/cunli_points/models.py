"""The tables. The ledger is `Entry`: rows are added and never changed. `Purse.balance` is their sum, kept beside it so that
the database itself can refuse to spend a point twice."""

from __future__ import annotations

from typing import Any

from cunli import VillageModel
from tortoise import fields


def of_village() -> Any:
    return fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)


def of_person() -> Any:
    return fields.ForeignKeyField("core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL)


class Deed(VillageModel):
    """A good deed of the village's catalogue, and what it usually counts."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    name = fields.CharField(max_length=20)
    points = fields.IntField()
    open = fields.BooleanField(default=True, db_default=True)

    class Meta:
        table = "points_deed"


class Good(VillageModel):
    """Something that points can be exchanged for."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    name = fields.CharField(max_length=20)
    price = fields.IntField()
    stock = fields.IntField()
    open = fields.BooleanField(default=True, db_default=True)

    class Meta:
        table = "points_good"


class Purse(VillageModel):
    """The points of one villager or one household in one village. `token` keeps it from being opened twice."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    person = of_person()
    person_id: int | None
    household: Any = fields.ForeignKeyField(
        "core.Household", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    household_id: int | None
    token = fields.CharField(max_length=40, unique=True)
    balance = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "points_purse"


class Entry(VillageModel):
    """One line of the ledger. `what` is the deed or the good as it was called then; `against` the line that this one undoes."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    purse: Any = fields.ForeignKeyField("points.Purse", related_name=False, on_delete=fields.OnDelete.CASCADE)
    purse_id: int
    kind = fields.CharField(max_length=5)  # give, spend, back
    amount = fields.IntField()
    what = fields.CharField(max_length=20)
    reason = fields.CharField(max_length=80, default="")
    by = of_person()
    by_id: int | None
    good: Any = fields.ForeignKeyField("points.Good", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL)
    good_id: int | None
    against: Any = fields.OneToOneField(
        "points.Entry", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    against_id: int | None
    post = fields.CharField(max_length=40, default="")
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "points_entry"
