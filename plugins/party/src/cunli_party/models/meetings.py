"""Meetings of a branch, who was there and how, dues that were settled elsewhere, and study that was proved elsewhere."""

from __future__ import annotations

from tortoise import fields

from cunli import VillageModel

from .keys import key, of, of_person, of_village


class Meeting(VillageModel):
    """A meeting: planned, then held with its minutes, or called off. `present` and `expected` are as they were when it was held,
    both of those at home; who is away and joined stands in the attendance."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    branch = of("Branch")
    branch_id: int
    kind = fields.CharField(max_length=10)
    title = fields.CharField(max_length=60)
    starts_at = fields.DatetimeField()
    place = fields.CharField(max_length=60, default="", db_default="")
    agenda = fields.TextField(default="", db_default="")
    live = fields.CharField(max_length=500, default="", db_default="")
    replay = fields.CharField(max_length=500, default="", db_default="")
    minutes = fields.TextField(default="", db_default="")
    hours = fields.IntField(default=0, db_default=0)
    state = fields.CharField(max_length=8, default="planned", db_default="planned")
    expected = fields.IntField(default=0, db_default=0)
    present = fields.IntField(default=0, db_default=0)
    valid = fields.BooleanField(default=False, db_default=False)
    reason = fields.CharField(max_length=200, default="", db_default="")
    photos = fields.CharField(max_length=500, default="", db_default="")
    made_by = of_person()
    made_by_id: int | None

    photo_columns = ("photos",)

    class Meta:
        table = "party_meeting"
        indexes = (("branch_id", "starts_at"), ("branch_id", "kind", "state"))


class Attendance(VillageModel):
    """Somebody was at a meeting: in person, by video or telephone, or read its minutes afterwards. Three things, never mixed."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    meeting = of("Meeting")
    meeting_id: int
    member = of("Member")
    member_id: int
    how = fields.CharField(max_length=8)
    at = fields.DatetimeField()

    class Meta:
        table = "party_attendance"
        unique_together = (("meeting", "member"),)
        indexes = (("member_id", "how"),)


class Dues(VillageModel):
    """The branch noted that a month is settled. No amount: money is handled where it always was."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    member = of("Member")
    member_id: int
    month = fields.CharField(max_length=7)
    by = of_person()
    by_id: int | None
    at = fields.DatetimeField()

    class Meta:
        table = "party_dues"
        unique_together = (("member", "month"),)


class Study(VillageModel):
    """Hours of study proved elsewhere (学习强国, a training): said by the member, counted once the branch has looked at the proof."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    member = of("Member")
    member_id: int
    day = fields.DateField()
    hours = fields.IntField()
    what = fields.CharField(max_length=100)
    proof = fields.CharField(max_length=500)
    state = fields.CharField(max_length=8, default="told", db_default="told")
    by = of_person()
    by_id: int | None

    class Meta:
        table = "party_study"
        indexes = (("member_id", "day"), ("village_id", "state"))
