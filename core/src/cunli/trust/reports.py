"""Reports of posts and comments: made by readers, decided by the village's officials, told to both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from cunli import db
from cunli.clock import now
from cunli.feed import comments, moderation, queries, rules
from cunli.feed.comments import CommentNow
from cunli.feed.queries import PostNow
from cunli.notify.actions import tell
from cunli.people.queries import admins_of
from cunli.trust.audit import audit
from cunli.web.i18n import LazyText, _
from cunli.web.tokens import new_key

Kind = Literal["post", "comment"]
NOTE_MAX: Final = 200
PAGE: Final = 30
REASONS: Final[dict[str, LazyText]] = {
    "untrue": _("说的不是真的"),
    "abuse": _("骂人、欺负人"),
    "fraud": _("像是骗钱的"),
    "private": _("露了别人的电话、住址或照片"),
    "illegal": _("违法的东西"),
    "other": _("别的原因"),
}


class AlreadyDecided(Exception):
    """Somebody else decided meanwhile, or what was reported is gone."""


class OwnContent(Exception):
    """Nobody decides about what they wrote themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The thing a report is about, and the post it belongs to."""

    kind: Kind
    post: PostNow
    comment: CommentNow | None = None

    @property
    def id(self) -> int:
        return self.comment.id if self.comment else self.post.id

    @property
    def author_id(self) -> int:
        return self.comment.author_id if self.comment else self.post.author_id

    @property
    def state(self) -> str:
        return self.comment.state if self.comment else self.post.state

    @property
    def body(self) -> str:
        return (
            self.comment.body if self.comment else "\n".join(part for part in (self.post.title, self.post.body) if part)
        )

    @property
    def url(self) -> str:
        return f"{self.post.url}?c={self.comment.key}" if self.comment else self.post.url


@db.unit
async def report(about: Reported, reporter_id: int, reason: str, note: str, chain: Sequence[int]) -> None:
    """Report a post or comment. A person's second report of the same thing changes nothing. Officials are told once."""
    fresh = await db.write(
        "INSERT INTO core_report (key, village_id, object_kind, object_id, reporter_id, reason, note, state, answer, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'open', '', ?) ON CONFLICT (object_kind, object_id, reporter_id) DO NOTHING",
        new_key(),
        about.post.village_id,
        about.kind,
        about.id,
        reporter_id,
        reason,
        note,
        now(),
    )
    if not fresh:
        return
    desk = about.post.url.partition("/p/")[0] + "/reports"
    for admin in await admins_of(chain):
        await tell(
            admin,
            "report.opened",
            village_id=about.post.village_id,
            url=desk,
            once=f"report:{about.kind}:{about.id}",
            plugin=about.post.plugin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """One reported thing with everything said about it. Who reported is not part of it."""

    key: str
    about: Reported
    count: int
    reasons: tuple[LazyText, ...]
    notes: tuple[str, ...]
    first_at: datetime


async def open_cases(village_id: int) -> list[OpenCase]:
    """What waits for a decision in a village, the oldest first."""
    rows = await db.read(
        "SELECT key, object_kind, object_id, reason, note, created_at FROM core_report WHERE village_id = ? AND state = 'open'"
        " ORDER BY id LIMIT 500",
        village_id,
    )
    grouped: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row["object_kind"], row["object_id"]), []).append(row)
    found: list[OpenCase] = []
    for (kind, object_id), same in list(grouped.items())[:PAGE]:
        about = await about_of(kind, object_id)
        if about is not None:
            found.append(_case(about, same))
    return found


def _case(about: Reported, rows: list[Any]) -> OpenCase:
    return OpenCase(
        key=rows[0]["key"],
        about=about,
        count=len(rows),
        reasons=tuple(REASONS[reason] for reason in dict.fromkeys(row["reason"] for row in rows) if reason in REASONS),
        notes=tuple(row["note"] for row in rows if row["note"]),
        first_at=db.when(rows[0]["created_at"]),
    )


async def open_count(village_id: int) -> int:
    """How many things wait for a decision."""
    rows = await db.read(
        "SELECT COUNT(*) AS n FROM (SELECT DISTINCT object_kind, object_id FROM core_report"
        " WHERE village_id = ? AND state = 'open') o",
        village_id,
    )
    return int(rows[0]["n"])


async def case(key: str, village_id: int) -> Reported | None:
    """What an open report of this village is about."""
    rows = await db.read(
        "SELECT object_kind, object_id FROM core_report WHERE key = ? AND village_id = ? AND state = 'open'",
        key,
        village_id,
    )
    return await about_of(rows[0]["object_kind"], rows[0]["object_id"]) if rows else None


async def about_of(kind: str, object_id: int) -> Reported | None:
    """The post or comment with this id, whatever its state; None when there is none."""
    if kind == "post":
        post = await queries.post_by_id(object_id)
        return Reported(kind="post", post=post) if post else None
    rows = await db.read("SELECT c.* FROM core_comment c WHERE c.id = ?", object_id)
    if not rows:
        return None
    comment = comments.comment_from(rows[0])
    post = await queries.post_by_id(comment.post_id)
    return Reported(kind="comment", post=post, comment=comment) if post else None


@db.unit
async def hide(about: Reported, actor_id: int, reason: str) -> None:
    """Hide a post or comment with a reason its author reads, and answer whoever reported it. Audited.

    Raises `OwnContent`, and `feed.actions.Gone` when it is not visible any more.
    """
    if about.author_id == actor_id:
        raise OwnContent
    if about.comment:
        await moderation.hide_comment(about.comment, about.post, actor_id, reason)
    else:
        await moderation.hide_post(about.post, actor_id, reason)
    await _settle(about, actor_id, "hidden", reason)


@db.unit
async def show(about: Reported, actor_id: int) -> None:
    """Show something hidden again."""
    if about.author_id == actor_id:
        raise OwnContent
    if about.comment:
        await moderation.show_comment(about.comment, about.post, actor_id)
    else:
        await moderation.show_post(about.post, actor_id)


@db.unit
async def keep(about: Reported, actor_id: int, answer: str) -> None:
    """Leave a reported thing standing, and say why. Audited. Raises `OwnContent` and `AlreadyDecided`."""
    if about.author_id == actor_id:
        raise OwnContent
    if not await _settle(about, actor_id, "kept", answer):
        raise AlreadyDecided
    await audit("content.keep", actor=actor_id, village=about.post.village_id, object=(about.kind, about.id))


async def _settle(about: Reported, actor_id: int, state: str, answer: str) -> int:
    rows = await db.read(
        "SELECT id, reporter_id FROM core_report WHERE object_kind = ? AND object_id = ? AND state = 'open' ORDER BY id",
        about.kind,
        about.id,
    )
    settled = await db.write(
        "UPDATE core_report SET state = ?, decided_by_id = ?, decided_at = ?, answer = ?"
        " WHERE object_kind = ? AND object_id = ? AND state = 'open'",
        state,
        actor_id,
        now(),
        answer,
        about.kind,
        about.id,
    )
    url = about.url if state == "kept" else about.post.url.partition("/p/")[0] + "/"
    for row in rows:
        await tell(
            row["reporter_id"],
            f"report.{state}",
            village_id=about.post.village_id,
            url=url,
            once=f"report-answer:{row['id']}",
            plugin=about.post.plugin,
            answer=answer,
        )
    return settled


@db.unit
async def drop_gone(about: Reported, actor_id: int) -> None:
    """Close reports of something that its author deleted or an official hid meanwhile."""
    if about.state != rules.VISIBLE:
        await _settle(about, actor_id, "hidden", "")
