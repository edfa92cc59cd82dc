"""Tables of the feed. Counters shown on pages are columns kept in the writing unit."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from cunli.db import Fold, VillageModel


class Audience(StrEnum):
    """Who may read a post: verified people of the village, its township, its county, or everybody."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    PUBLIC = "public"


class PostState(StrEnum):
    """Only `VISIBLE` is shown to others; a hidden or held one is shown to its author with the reason."""

    VISIBLE = "visible"
    HELD = "held"  # waits until an official has looked at it
    HIDDEN = "hidden"
    DELETED = "deleted"


class Post(VillageModel):
    """A post, a notice or an entry of a plugin. `region` is where it is shown: its village, or that village's township or county.

    What the feed reads of every row stands first and the words last: SQLite decodes a row from its beginning.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    region: Any = fields.ForeignKeyField("core.Region", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    author: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    state = fields.CharField(max_length=8, default=PostState.VISIBLE)
    version = fields.IntField(default=1)  # raised by every edit: cached cards are keyed by it
    answers_version = fields.IntField(default=0)  # raised when likes or comments change and the counts may not tell
    like_count = fields.IntField(default=0)
    thanks_count = fields.IntField(default=0)
    comment_count = fields.IntField(default=0)
    read_count = fields.IntField(default=0)  # notices: people who said they read it
    reached_count = fields.IntField(default=0)  # notices: households of the register with at least one receipt
    kind = fields.CharField(max_length=32, default="post")  # post | notice | <plugin>.<kind>
    audience = fields.CharField(max_length=8, default=Audience.VILLAGE)
    pinned = fields.BooleanField(default=False)
    pinned_until = fields.DateField(null=True)  # the last day on top; null: until somebody takes it down
    created_at = fields.DatetimeField()
    edited_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)  # its author may take the deletion back for ten minutes
    title = fields.CharField(max_length=60, default="")  # notices
    place = fields.CharField(max_length=40, default="")
    hidden_reason = fields.CharField(max_length=200, default="")  # of what is hidden or held
    path = fields.CharField(max_length=160, null=True)  # entries: the plugin's own page, below its part of the village
    data = fields.TextField(
        null=True
    )  # entries: JSON for the plugin's template; public notices: their term, see `terms`
    body = fields.TextField()

    class Meta:
        table = "core_post"
        indexes = (
            Index(fields=("region_id", "state", "id", "kind")),
            Index(fields=("region_id", "state", "audience", "id", "kind")),
            Index(fields=("village_id", "kind", "pinned", "id")),
            Index(fields=("author_id", "id")),
        )


class PostPhoto(VillageModel):
    """A photo on a post, in the author's order."""

    id = fields.BigIntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    post: Any = fields.ForeignKeyField("core.Post", related_name=False, on_delete=fields.OnDelete.CASCADE)
    upload: Any = fields.OneToOneField("core.Upload", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    position = fields.SmallIntField()

    class Meta:
        table = "core_post_photo"
        unique_together = (("post", "position"),)


class Comment(VillageModel):
    """A comment, or a reply one level below one."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    post: Any = fields.ForeignKeyField("core.Post", related_name=False, on_delete=fields.OnDelete.CASCADE)
    parent: Any = fields.ForeignKeyField(
        "core.Comment", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    reply_to: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    author: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    body = fields.TextField()
    state = fields.CharField(max_length=8, default=PostState.VISIBLE)
    hidden_reason = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_comment"
        indexes = (
            Index(fields=("post_id", "id")),
            Index(fields=("parent_id", "id")),
            Index(fields=("author_id", "id")),
        )


class Reaction(VillageModel):
    """A like or a thank-you (致谢) of one person on one post; the two are counted apart."""

    id = fields.BigIntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    post: Any = fields.ForeignKeyField("core.Post", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    kind = fields.CharField(max_length=8)  # like | thanks
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_reaction"
        unique_together = (("post", "person", "kind"),)
        indexes = (Index(fields=("post_id", "kind", "id")),)


class NoticeReceipt(VillageModel):
    """Somebody has read a notice. Households without any receipt are the list to call on."""

    id = fields.BigIntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    post: Any = fields.ForeignKeyField("core.Post", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.CASCADE
    )
    household: Any = fields.ForeignKeyField(
        "core.Household", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    told_by: Any = fields.ForeignKeyField(
        "core.Person", related_name=False, null=True, on_delete=fields.OnDelete.SET_NULL
    )
    how = fields.CharField(max_length=8, default="online")  # online | phone | visit
    at = fields.DatetimeField()

    class Meta:
        table = "core_notice_receipt"
        unique_together = (("post", "person"),)
        indexes = (Index(fields=("post_id", "household_id")),)


class Held(VillageModel):
    """A post or comment that was held back; its reason stands on the thing itself.

    The row goes when the thing is published, and stays when it is refused. `published`: it had stood there before, and an
    edit of it was held.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=22, unique=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    object_kind = fields.CharField(max_length=8)  # post | comment
    object_id = fields.BigIntField()
    published = fields.BooleanField(default=False)
    state = fields.CharField(max_length=8, default="open")  # open | refused
    created_at = fields.DatetimeField()

    class Meta:
        table = "core_held"
        unique_together = (("object_kind", "object_id"),)
        indexes = (Index(fields=("village_id", "state", "id")),)


class Draft(VillageModel):
    """What a person began to write in a village and has not sent; one per person and village."""

    on_merge = Fold(column="updated_at", join=("body",))

    id = fields.IntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.CASCADE)
    person: Any = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)
    body = fields.TextField(default="")
    place = fields.CharField(max_length=40, default="")
    audience = fields.CharField(max_length=8, default=Audience.VILLAGE)
    uploads = fields.CharField(max_length=230, default="")  # keys, comma separated
    updated_at = fields.DatetimeField()

    class Meta:
        table = "core_draft"
        unique_together = (("village", "person"),)
