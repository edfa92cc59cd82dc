"""The tables. A letter is a row that changes only together with a new step; steps are added and never changed."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from cunli import Fold, SealedText, Stay, VillageModel


def of_village() -> Any:
    return fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)


def of_person() -> Any:
    return fields.ForeignKeyField("core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL)


class Letter(VillageModel):
    """A letter and where it stands. `rank` is the level of the office that has it (1 village, 2 township, 3 county), `first_rank` that
    of the one that received it and stays responsible (首接负责). `due_at` is the soonest term of the office, for lists; whether it is
    overdue is asked when it is read. `silence_at` is when silence closes it. `series` is the village whose book gave the number, also
    after villages were merged. `department`: the slug of the county's department that has it instead of the office of `rank`;
    `area`: the name of a villagers' group as it was when the letter was written. `joint`: those that help, as `,one,two,`."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    village_id: int
    series = fields.IntField(null=True)
    year = fields.IntField()
    number = fields.IntField()
    writer = of_person()
    writer_id: int | None
    helper = of_person()
    helper_id: int | None
    whom = fields.TextField(default="", db_default="")
    channel = fields.CharField(max_length=8, default="online", db_default="online")
    kind = fields.CharField(max_length=12)
    track = fields.CharField(max_length=12, default="", db_default="")
    urgency = fields.CharField(max_length=8, default="general", db_default="general")
    public = fields.BooleanField(default=False, db_default=False)
    named = fields.BooleanField(default=False, db_default=False)
    title = fields.CharField(max_length=40)
    body = fields.TextField()
    place = fields.CharField(max_length=60, default="", db_default="")
    area = fields.CharField(max_length=40, default="", db_default="")
    matter = fields.CharField(
        max_length=80, null=True, unique=True
    )  # what another plugin raised and this letter takes up
    matter_path = fields.CharField(max_length=120, default="", db_default="")  # where its words stand
    photos: Any = fields.JSONField(default=list)
    about = of_person()
    about_id: int | None
    about_rank = fields.IntField(default=0, db_default=0)
    state = fields.CharField(max_length=12, default="draft", db_default="draft")
    back_to = fields.CharField(max_length=12, default="", db_default="")
    stage = fields.IntField(default=0, db_default=0)
    first_rank = fields.IntField(default=1, db_default=1)
    rank = fields.IntField(default=1, db_default=1)
    department = fields.CharField(max_length=40, default="", db_default="")
    first_department = fields.CharField(max_length=40, default="", db_default="")
    joint = fields.CharField(max_length=200, default=",", db_default=",")
    supervised_at = fields.DatetimeField(null=True)
    handler = of_person()
    handler_id: int | None
    into: Any = fields.ForeignKeyField(
        "mailbox.Letter", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    into_id: int | None
    supporters = fields.IntField(default=0, db_default=0)
    steps_count = fields.IntField(default=0, db_default=0)
    submitted_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    answered_late = fields.BooleanField(default=False, db_default=False)
    closed_at = fields.DatetimeField(null=True)
    closed_how = fields.CharField(max_length=16, default="", db_default="")
    satisfaction = fields.IntField(default=0, db_default=0)
    due_at = fields.DatetimeField(null=True)
    due_rule = fields.CharField(max_length=24, default="", db_default="")
    silence_at = fields.DatetimeField(null=True)
    provisional = fields.BooleanField(default=False, db_default=False)
    tallied = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "mailbox_letter"
        unique_together = (("series", "year", "number"),)
        indexes = (
            ("village_id", "state", "due_at"),
            ("village_id", "submitted_at"),
            ("writer_id", "submitted_at"),
            ("village_id", "area", "id"),
            ("village_id", "public", "id"),
            ("village_id", "public", "kind", "id"),
            ("village_id", "public", "state", "area"),
        )


class Step(VillageModel):
    """Something that happened to a letter: who did it as what, why, and how long the letter had lain."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    letter: Any = fields.ForeignKeyField("mailbox.Letter", related_name=False, on_delete=fields.OnDelete.CASCADE)
    letter_id: int
    number = fields.IntField()
    at = fields.DatetimeField()
    actor = of_person()
    actor_id: int | None
    acting = fields.CharField(max_length=10)
    rank = fields.IntField(default=0, db_default=0)
    move = fields.CharField(max_length=16)
    before = fields.CharField(max_length=12)
    after = fields.CharField(max_length=12)
    words = fields.TextField(default="", db_default="")
    reason = fields.TextField(default="", db_default="")
    facts: Any = fields.JSONField(default=dict)
    seconds = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "mailbox_step"
        unique_together = (("letter", "number"),)


class Supporter(VillageModel):
    """Somebody who has the same trouble, and hears how it goes on."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    letter: Any = fields.ForeignKeyField("mailbox.Letter", related_name=False, on_delete=fields.OnDelete.CASCADE)
    letter_id: int
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person_id: int

    class Meta:
        table = "mailbox_supporter"
        unique_together = (("letter", "person"),)


class Book(VillageModel):
    """The last number that was given in a village and year."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    year = fields.IntField()
    given = fields.IntField(default=0, db_default=0)

    on_merge = Stay(because="its numbers are those of the village that gave them")

    class Meta:
        table = "mailbox_book"
        unique_together = (("village", "year"),)


class Draft(VillageModel):
    """What somebody has begun to write: the fields of the form, without photos. One in a village."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person_id: int
    kept_at = fields.DatetimeField()
    filled: Any = fields.JSONField(default=dict)

    on_merge = Fold(column="kept_at")

    class Meta:
        table = "mailbox_draft"
        unique_together = (("village", "person"),)


class Duty(VillageModel):
    """Who is on duty on a day, from the beginning of its hours to the next day's. `rung`: how often out of hours."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    day = fields.DateField()
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person_id: int
    rung = fields.IntField(default=0, db_default=0)

    on_merge = Fold(column="rung")

    class Meta:
        table = "mailbox_duty"
        unique_together = (("village", "day"),)


class Phrase(VillageModel):
    """An answer that an office gives often."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village = of_village()
    title = fields.CharField(max_length=40)
    words = fields.TextField()

    class Meta:
        table = "mailbox_phrase"


class Petitions(VillageModel):
    """What the petition office (信访局) counted from a village in a quarter, written down by the levels above. `quarter` is 1 to 4."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    year = fields.IntField()
    quarter = fields.IntField()
    petitions = fields.IntField()
    residents = fields.IntField()

    on_merge = Stay(because="they were counted from the village as it was")

    class Meta:
        table = "mailbox_petitions"
        unique_together = (("village", "year", "quarter"),)


class Tally(VillageModel):
    """Sums over the letters that were sent in a month, by kind: see `tallying`. `series` is the village of their numbers."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    village_id: int
    series = fields.IntField()
    month = fields.DateField()
    kind = fields.CharField(max_length=12)
    received = fields.IntField(default=0, db_default=0)
    answered = fields.IntField(default=0, db_default=0)
    in_time = fields.IntField(default=0, db_default=0)
    resolved = fields.IntField(default=0, db_default=0)
    silent = fields.IntField(default=0, db_default=0)
    satisfied = fields.IntField(default=0, db_default=0)
    said = fields.IntField(default=0, db_default=0)
    within_1 = fields.IntField(default=0, db_default=0)
    within_2 = fields.IntField(default=0, db_default=0)
    within_4 = fields.IntField(default=0, db_default=0)
    within_8 = fields.IntField(default=0, db_default=0)
    within_24 = fields.IntField(default=0, db_default=0)
    within_48 = fields.IntField(default=0, db_default=0)
    within_72 = fields.IntField(default=0, db_default=0)
    within_120 = fields.IntField(default=0, db_default=0)
    within_240 = fields.IntField(default=0, db_default=0)
    within_360 = fields.IntField(default=0, db_default=0)
    within_more = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "mailbox_tally"
        unique_together = (("series", "month", "kind"),)
        indexes = (("village_id", "month"),)


class Slip(VillageModel):
    """A report, or a word to one, on its way: it lies here for some minutes, so that the row that stays says nothing about when it
    came. No person, no time, a random key; what was written is sealed as it will lie in the report."""

    key = fields.CharField(max_length=32, primary_key=True)
    village = of_village()
    village_id: int
    kind = fields.CharField(max_length=8)
    report_key = fields.CharField(max_length=32)
    code_index = fields.CharField(max_length=32, db_index=True)
    about_index = fields.CharField(max_length=32, default="", db_default="")
    named = fields.BooleanField(default=False, db_default=False)
    day = fields.DateField()
    sealed = fields.TextField()
    photos: Any = fields.JSONField(default=list)

    class Meta:
        table = "mailbox_slip"


class Report(VillageModel):
    """A sealed report to the discipline office. Whoever wrote it is nowhere in it; the day is all that is known of when."""

    key = fields.CharField(max_length=32, primary_key=True)
    village = of_village()
    village_id: int
    number = fields.CharField(max_length=16, unique=True)
    day = fields.DateField()
    named = fields.BooleanField(default=False, db_default=False)
    code_index = fields.CharField(max_length=32, unique=True)
    about_index = fields.CharField(max_length=32, default="", db_default="")
    state = fields.CharField(max_length=10, default="received", db_default="received")
    sealed = fields.TextField()

    class Meta:
        table = "mailbox_report"
        indexes = (("village_id", "day"),)


class ReportPhoto(VillageModel):
    """A photo of a report, drawn afresh and sealed."""

    key = fields.CharField(max_length=32, primary_key=True)
    village = of_village()
    report: Any = fields.ForeignKeyField("mailbox.Report", related_name=False, on_delete=fields.OnDelete.CASCADE)
    report_id: str
    number = fields.IntField()
    sealed = fields.TextField()

    class Meta:
        table = "mailbox_reportphoto"


class ReportNote(VillageModel):
    """Something said or done about a report. `staff` is who of the discipline office; the writer is nobody."""

    key = fields.CharField(max_length=32, primary_key=True)
    village = of_village()
    report: Any = fields.ForeignKeyField("mailbox.Report", related_name=False, on_delete=fields.OnDelete.CASCADE)
    report_id: str
    number = fields.IntField()
    day = fields.DateField()
    what = fields.CharField(max_length=10)
    told = fields.BooleanField(default=False, db_default=False)
    staff = of_person()
    staff_id: int | None
    sealed = fields.TextField(default="", db_default="")

    class Meta:
        table = "mailbox_reportnote"
        unique_together = (("report", "number"),)


WHOM = SealedText("mailbox_letter", "whom", "name")
CONTENT = SealedText("mailbox_report", "sealed", "text")
PICTURE = SealedText("mailbox_reportphoto", "sealed", "text")
SAID = SealedText("mailbox_reportnote", "sealed", "text")
CODE = SealedText("mailbox_report", "code_index", "text")
ABOUT = SealedText("mailbox_report", "about_index", "text")
