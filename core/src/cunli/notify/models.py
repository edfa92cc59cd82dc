"""Tables of messages: the inbox, which ways somebody wants, an official's e-mail address."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class ChannelChoice(Model):
    """Which channels a person does not want, and from which hour to which they want peace."""

    id = fields.IntField(primary_key=True)
    person_id: int
    person: Any = fields.OneToOneField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    off = fields.CharField(max_length=200, default="")
    begins = fields.SmallIntField()
    ends = fields.SmallIntField()

    class Meta:
        table = "core_channel_choice"


class MailAddress(Model):
    """An official's e-mail address, sealed and bound to `key`; used once it is confirmed, left alone when a server refused it."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person: Any = fields.OneToOneField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    address = fields.TextField()
    topics = fields.CharField(max_length=100, default="")
    code_hash = fields.CharField(max_length=64, default="")
    code_until = fields.DatetimeField(null=True)
    tries = fields.SmallIntField(default=0)
    confirmed_at = fields.DatetimeField(null=True)
    refused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_mail_address"


class Notification(Model):
    """One message in a person's inbox. Its words are made from `kind` and `params` in the reader's language."""

    id = fields.BigIntField(primary_key=True)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    village: Any = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    kind = fields.CharField(max_length=40)
    plugin = fields.CharField(max_length=31, default="")  # whose entry it is about: not shown where that is off
    params: Any = fields.JSONField(default=dict)
    url = fields.CharField(max_length=200)
    once = fields.CharField(max_length=64, null=True)  # a fact is told to a person once, however often it happens again
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_notification"
        unique_together = (("person", "once"),)
        indexes = (Index(fields=("person_id", "id")),)
