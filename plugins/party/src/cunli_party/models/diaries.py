"""Diaries of members, notices of the branch, and the log of what counts as an exchange."""

from __future__ import annotations

from tortoise import fields

from cunli import VillageModel

from .keys import key, of, of_person, of_village


class Diary(VillageModel):
    """A page of a diary: for its writer alone, for the branch, or for everybody in the village. `post` is its entry in the feed."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    branch = of("Branch")
    branch_id: int
    person = of_person(null=False)
    person_id: int
    day = fields.DateField()
    title = fields.CharField(max_length=60)
    body = fields.TextField()
    state = fields.CharField(max_length=8, default="private", db_default="private")
    post = fields.CharField(max_length=44, default="", db_default="")
    shown_at = fields.DatetimeField(null=True)

    class Meta:
        table = "party_diary"
        indexes = (
            ("person_id", "day"),
            ("branch_id", "state", "day"),
            ("village_id", "state", "day"),
            ("branch_id", "id"),
        )


class Remark(VillageModel):
    """What whoever leads the branch wrote under a diary."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    diary = of("Diary")
    diary_id: int
    person = of_person()
    person_id: int | None
    body = fields.CharField(max_length=500)
    at = fields.DatetimeField()

    class Meta:
        table = "party_remark"
        indexes = (("diary_id", "id"),)


class Notice(VillageModel):
    """Something said to the whole branch, with who has read it and what members answered each other."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    branch = of("Branch")
    branch_id: int
    person = of_person()
    person_id: int | None
    title = fields.CharField(max_length=60)
    body = fields.TextField()
    honour = fields.BooleanField(default=False, db_default=False)
    at = fields.DatetimeField()

    class Meta:
        table = "party_notice"
        indexes = (("branch_id", "id"),)


class Receipt(VillageModel):
    """A member said that they have read a notice."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    notice = of("Notice")
    notice_id: int
    member = of("Member")
    member_id: int
    at = fields.DatetimeField()

    class Meta:
        table = "party_receipt"
        unique_together = (("notice", "member"),)
        indexes = (("member_id",),)


class Reply(VillageModel):
    """What a member said below a notice, for the branch."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    notice = of("Notice")
    notice_id: int
    person = of_person()
    person_id: int | None
    body = fields.CharField(max_length=500)
    at = fields.DatetimeField()

    class Meta:
        table = "party_reply"
        indexes = (("notice_id", "id"),)


class Exchange(VillageModel):
    """One exchange, counted once: see `exchanges`. `ref` is the row that it is about."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    branch = of("Branch")
    branch_id: int
    person = of_person()
    person_id: int | None
    kind = fields.CharField(max_length=10)
    ref = fields.IntField()
    month = fields.CharField(max_length=7)
    at = fields.DatetimeField()

    class Meta:
        table = "party_exchange"
        unique_together = (("kind", "ref"),)
        indexes = (("person_id",), ("branch_id",))


class Tally(VillageModel):
    """How many of a kind a branch had in a month: a sum kept with every row of the log, so that boards read sums only."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    branch = of("Branch")
    branch_id: int
    month = fields.CharField(max_length=7)
    kind = fields.CharField(max_length=20)
    count = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "party_tally"
        unique_together = (("branch", "month", "kind"),)
        indexes = (("village_id", "month", "kind"), ("kind", "month"))
