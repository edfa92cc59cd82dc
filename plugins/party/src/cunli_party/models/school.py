"""The library, courses, and what somebody has learnt. Nothing here counts seconds."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from cunli import VillageModel

from .keys import key, of, of_person, of_village


class Item(VillageModel):
    """Something to read, see or hear in the library: words, a `link`, or a `file` (its key). `link_hash` finds the same link again."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    category = fields.CharField(max_length=20)
    kind = fields.CharField(max_length=10)
    title = fields.CharField(max_length=80)
    body = fields.TextField(default="", db_default="")
    link = fields.CharField(max_length=500, default="", db_default="")
    link_hash = fields.CharField(max_length=64, default="", db_default="")
    file = fields.CharField(max_length=22, default="", db_default="")
    public = fields.BooleanField(default=False, db_default=False)
    source = fields.CharField(max_length=80, default="", db_default="")
    licence = fields.CharField(max_length=120, default="", db_default="")
    dated = fields.DateField(null=True)
    shown = fields.BooleanField(default=True, db_default=True)
    added_by = of_person()
    added_by_id: int | None
    added_at = fields.DatetimeField()

    photo_columns = ("file",)

    class Meta:
        table = "party_item"
        indexes = (("village_id", "shown", "category"), ("village_id", "link_hash"))


class CountyCourse(Model):
    """A course that the county publishes for all its villages, whole as it was brought in: a table of the county. Every village has a
    copy (`Course.county`), so that lessons, answers and certificates are its own. `edition` counts up with every change."""

    scope = "county"

    id = fields.IntField(primary_key=True)
    key = key()
    title = fields.CharField(max_length=80)
    about = fields.TextField(default="", db_default="")
    category = fields.CharField(max_length=20)
    public = fields.BooleanField(default=False, db_default=False)
    shown = fields.BooleanField(default=False, db_default=False)
    hours = fields.IntField(default=1, db_default=1)
    pass_percent = fields.IntField(default=60, db_default=60)
    lessons: Any = fields.JSONField(default=list)
    edition = fields.IntField(default=1, db_default=1)
    anew = fields.BooleanField(default=False, db_default=False)
    made_by = of_person()
    made_by_id: int | None
    made_at = fields.DatetimeField()

    class Meta:
        table = "party_county_course"


class Course(VillageModel):
    """Lessons in order. `rule` counts up when what completes it changes; `hours` are hours of study by the rule of the year.
    `county`: the county's course that this is the village's copy of, at its `edition`."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    village_id: int
    title = fields.CharField(max_length=80)
    about = fields.TextField(default="", db_default="")
    category = fields.CharField(max_length=20)
    public = fields.BooleanField(default=False, db_default=False)
    shown = fields.BooleanField(default=False, db_default=False)
    hours = fields.IntField(default=1, db_default=1)
    pass_percent = fields.IntField(default=60, db_default=60)
    rule = fields.IntField(default=1, db_default=1)
    teacher = fields.CharField(max_length=40, default="", db_default="")
    made_by = of_person()
    made_by_id: int | None
    made_at = fields.DatetimeField()
    county = of("CountyCourse", null=True)
    county_id: int | None
    edition = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "party_course"
        indexes = (("village_id", "shown"), ("county_id",))


class Lesson(VillageModel):
    """One lesson: words, and perhaps a video with its captions or a recording. `proof` says what completes it."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    course = of("Course")
    course_id: int
    number = fields.IntField()
    title = fields.CharField(max_length=80)
    body = fields.TextField(default="", db_default="")
    video = fields.CharField(max_length=500, default="", db_default="")
    captions = fields.TextField(default="", db_default="")
    audio = fields.CharField(max_length=500, default="", db_default="")
    minutes = fields.IntField(default=10, db_default=10)
    proof = fields.CharField(max_length=10, default="quiz", db_default="quiz")
    questions: Any = fields.JSONField(default=list)

    class Meta:
        table = "party_lesson"
        indexes = (("course_id", "number"),)


class Done(VillageModel):
    """Somebody completed a lesson: how, and with which score. Its best try."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    lesson = of("Lesson")
    lesson_id: int
    course = of("Course")
    course_id: int
    person = of_person(null=False)
    person_id: int
    how = fields.CharField(max_length=10)
    score = fields.IntField(default=100, db_default=100)
    words = fields.TextField(default="", db_default="")
    passed = fields.BooleanField(default=True, db_default=True)
    tries = fields.IntField(default=1, db_default=1)
    by = of_person()
    by_id: int | None
    at = fields.DatetimeField()

    class Meta:
        table = "party_done"
        unique_together = (("lesson", "person"),)
        indexes = (("course_id", "person_id"), ("person_id", "at"))


class Place(VillageModel):
    """The lesson somebody opened last in a course: where they go on."""

    id = fields.IntField(primary_key=True)
    village = of_village()
    course = of("Course")
    course_id: int
    person = of_person(null=False)
    person_id: int
    lesson = of("Lesson")
    lesson_id: int
    at = fields.DatetimeField()

    class Meta:
        table = "party_place"
        unique_together = (("course", "person"),)


class Completion(VillageModel):
    """A course completed under the rule as it then was. Whoever has its key can ask whether the certificate is real."""

    id = fields.IntField(primary_key=True)
    key = key()
    village = of_village()
    course = of("Course")
    course_id: int
    person = of_person()
    person_id: int | None
    number = fields.CharField(max_length=20)
    hours = fields.IntField()
    rule = fields.IntField()
    pass_percent = fields.IntField()
    lessons = fields.IntField()
    at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "party_completion"
        unique_together = (("course", "person"),)
        indexes = (("person_id", "at"), ("village_id", "at"))
