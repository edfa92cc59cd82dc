"""Tables of people: persons, sessions, codes, memberships, roles, invitations. Personal data is stored encrypted only."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cunli.db import Fold, VillageModel


class MembershipState(StrEnum):
    """Where an application to a village stands; only `VERIFIED` may write."""

    APPLIED = "applied"
    MORE_INFO = "more_info"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    LEFT = "left"
    DECEASED = "deceased"


# Of two memberships of one person the first of these stays: neither death nor a suspension is undone by a merge.
STRONGER = (
    MembershipState.DECEASED,
    MembershipState.SUSPENDED,
    MembershipState.VERIFIED,
    MembershipState.MORE_INFO,
    MembershipState.APPLIED,
    MembershipState.LEFT,
    MembershipState.WITHDRAWN,
    MembershipState.REFUSED,
)


class Person(Model):
    """An account. `name`, `phone` and `id_number` are encrypted and bound to `key`; `*_index` are blind indexes."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    display_name = fields.CharField(max_length=20)
    name = fields.TextField(default="")
    phone = fields.TextField(default="")
    phone_index = fields.CharField(max_length=44, unique=True, null=True)
    id_number = fields.TextField(default="")
    id_number_index = fields.CharField(max_length=44, unique=True, null=True)
    password_hash = fields.CharField(max_length=200, default="")
    state = fields.CharField(max_length=10, default="active")  # active | suspended | deceased | closed
    home_village_id: int | None
    home_village: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    unread_count = fields.IntField(default=0)
    locale = fields.CharField(max_length=8, default="")
    look = fields.CharField(max_length=40, default="")  # theme, mode, size, contrast as in the cookie
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_person"
        indexes = (Index(fields=("display_name",)),)  # officials find people by the whole name


class Session(Model):
    """A signed-in browser. Only the hash of its token is stored."""

    id = fields.IntField(primary_key=True)
    token_hash = fields.CharField(max_length=44, unique=True)
    person_id: int
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    device = fields.CharField(max_length=60, default="")
    created_at = fields.DatetimeField()
    last_seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    second_at = fields.DatetimeField(null=True)  # when the second factor was shown; who needs one is nobody before that

    class Meta:
        table = "core_session"
        indexes = (Index(fields=("person_id",)),)


class SecondFactor(Model):
    """The secret that a person's authenticator app shares with us, sealed and bound to the person's `key`."""

    id = fields.IntField(primary_key=True)
    person_id: int
    person: Any = fields.OneToOneField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    secret = fields.TextField()
    last_step = fields.BigIntField(default=0)  # the half minute whose code was used last: none is used twice
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_second_factor"


class Identity(Model):
    """A subject of a service that signs people in, and whose it is. `address` is sealed and bound to `key`."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person_id: int
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    way = fields.CharField(max_length=32)
    subject_index = fields.CharField(max_length=44)
    address = fields.TextField(default="")
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()

    class Meta:
        table = "core_identity"
        unique_together = (("way", "subject_index"), ("person", "way"))


class SpentState(Model):
    """A round trip to a service that came back: it does not come back again. Kept for a day."""

    digest = fields.CharField(max_length=64, primary_key=True)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "core_spent_state"


class RecoveryCode(Model):
    """One of ten codes that stand in for the app, once each. Only its keyed hash is stored."""

    id = fields.IntField(primary_key=True)
    person_id: int
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    code_hash = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_recovery_code"
        unique_together = (("person", "code_hash"),)


class LoginCode(Model):
    """The one live six-digit code of a phone number. At most five tries over all end points together."""

    id = fields.IntField(primary_key=True)
    phone_index = fields.CharField(max_length=44, unique=True)
    code_hash = fields.CharField(max_length=64)
    purpose = fields.CharField(max_length=12)
    tries = fields.SmallIntField(default=0)
    sent_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_login_code"


class Membership(VillageModel):
    """A person in a village. One row per pair; its history is in `MembershipStep`."""

    on_merge = Fold(column="state", order=STRONGER)
    follows = ("household", "group")

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    person_id: int
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: int | None
    group: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.VillageGroup", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    household_id: int | None
    household: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Household", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    head_name = fields.TextField(default="")  # of the household, as the applicant wrote it; encrypted, bound to `key`
    state = fields.CharField(max_length=10, default=MembershipState.APPLIED)
    away = fields.BooleanField(default=False)
    away_city = fields.CharField(max_length=40, default="")
    away_since = fields.DateField(null=True)
    applied_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=200, default="")  # shown to the person

    class Meta:
        table = "core_membership"
        unique_together = (("village", "person"),)
        indexes = (Index(fields=("village_id", "state", "id")), Index(fields=("person_id",)))


class MembershipStep(VillageModel):
    """One move of a membership: who, when, from, to, why."""

    follows = ("membership",)

    id = fields.IntField(primary_key=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    membership_id: int
    membership: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Membership", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    before = fields.CharField(max_length=10, default="")
    after = fields.CharField(max_length=10)
    by_id: int | None
    by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    note = fields.CharField(max_length=200, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "core_membership_step"
        indexes = (Index(fields=("membership_id", "id")),)


class Role(Model):
    """An office on the tree: authority goes down the subtree of `region` only. Revoked rows stay as history."""

    id = fields.IntField(primary_key=True)
    person_id: int
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    region_id: int
    region: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    kind = fields.CharField(max_length=20)  # county_admin | township_admin | village_admin
    title = fields.CharField(max_length=12, default="")  # 书记, 村主任 … shown as a seal
    granted_by_id: int | None
    granted_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    granted_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_by_id: int | None
    revoked_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    reason = fields.CharField(max_length=200, default="", db_default="")  # why it was revoked

    class Meta:
        table = "core_role"
        indexes = (Index(fields=("person_id",)), Index(fields=("region_id", "kind")))


class Invite(VillageModel):
    """A link or six-digit code that names the village; it never verifies anybody by itself."""

    id = fields.IntField(primary_key=True)
    village_id: int
    village: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    token = fields.CharField(max_length=22, unique=True)
    code = fields.CharField(max_length=6, unique=True)
    created_by_id: int | None
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    use_count = fields.IntField(default=0)

    class Meta:
        table = "core_invite"


class OfficeImport(Model):
    """A table of officials that somebody uploaded to grant offices by: looked at, then carried out by a job, then forgotten.

    `content` is its rows as JSON, encrypted and bound to `key`, because phones and names are in it; `outcomes` says by line
    what came of it.
    """

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    person_id: int
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    content = fields.TextField()
    outcomes = fields.TextField(default="{}")
    total = fields.IntField()
    done = fields.IntField(default=0)
    state = fields.CharField(max_length=8, default="checked")  # checked | started | done
    at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "core_office_import"
