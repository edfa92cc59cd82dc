"""Tables of jobs. Times are Unix milliseconds and payloads are JSON text, so that both databases compare and store them alike."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class JobState(StrEnum):
    """Where a job stands. `DEAD` waits for a human; `DONE` is kept for a while and swept."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class Job(Model):
    """One piece of work to be done at least once. `attempts` also tells one claim from the next."""

    id = fields.BigIntField(primary_key=True)
    dedupe = fields.CharField(max_length=160, unique=True, null=True)
    task = fields.CharField(max_length=80)
    village: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    payload = fields.TextField()
    run_at = fields.BigIntField()
    state = fields.CharField(max_length=8, default=JobState.WAITING)
    lease_until = fields.BigIntField(default=0)
    attempts = fields.SmallIntField(default=0)
    error = fields.CharField(max_length=400, default="")
    finished_at = fields.BigIntField(null=True)

    class Meta:
        table = "core_job"
        indexes = (Index(fields=("state", "run_at")),)


class OutboxEvent(Model):
    """A fact that happened, written with the rows it is about; the worker turns it into one job per subscriber."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(max_length=80)
    payload = fields.TextField()
    village: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    at = fields.BigIntField()
    delivered_at = fields.BigIntField(null=True)

    class Meta:
        table = "core_event"
        indexes = (Index(fields=("delivered_at", "id")),)


class Schedule(Model):
    """When a periodic task runs next; taken by whoever moves `next_run` first."""

    name = fields.CharField(max_length=80, primary_key=True)
    next_run = fields.BigIntField()
    last_run = fields.BigIntField(null=True)

    class Meta:
        table = "core_schedule"


class WorkerBeat(Model):
    """A process that carries out jobs says so every half minute; whoever stopped properly has no row."""

    name = fields.CharField(max_length=80, primary_key=True)
    version = fields.CharField(max_length=40)
    since = fields.BigIntField()
    seen = fields.BigIntField(db_index=True)
    running = fields.IntField(default=0)

    class Meta:
        table = "core_worker"
