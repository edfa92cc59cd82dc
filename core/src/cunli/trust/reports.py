"""Reports of posts and comments: made by readers, decided by the village's officials, told to both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cunli import db, plugin_values
from cunli.clock import now
from cunli.county_settings import REPORTS_HIDE
from cunli.feed import comments, holding, moderation, queries, rules
from cunli.feed.actions import Gone
from cunli.feed.comments import CommentNow
from cunli.feed.queries import PostNow
from cunli.notify.actions import tell
from cunli.reviewing import cases
from cunli.reviewing.rules import APPEAL, HIDE, KEEP, REPORT, RESTORE
from cunli.trust.audit import audit
from cunli.web.i18n import _
from cunli.web.tokens import new_key

Kind = Literal["post", "comment"]
NOTE_MAX: Final = 200
SETTLED: Final = timedelta(days=7)  # how long somebody must have been verified for a report to count towards hiding


class AlreadyDecided(Exception):
    """Somebody else decided meanwhile, or what was reported is gone."""


class OwnContent(Exception):
    """Nobody decides about what they wrote themselves."""


class OwnReport(OwnContent):
    """Nobody decides about what they reported themselves."""


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
    thing, post = (about.kind, about.id), about.post
    await cases.opened(REPORT, thing, author_id=about.author_id, village_id=post.village_id, chain=chain, rule=reason)
    for admin in await cases.reviewers(chain, but=about.author_id):
        once = f"report:{about.kind}:{about.id}"
        await tell(
            admin, "report.opened", village_id=post.village_id, url="/admin/review", once=once, plugin=post.plugin
        )
    await _away_when_many(about, chain)


async def _away_when_many(about: Reported, chain: Sequence[int]) -> None:
    """Out of sight until somebody has looked, once as many households as the setting says have reported it independently."""
    most = (await plugin_values.values_of(tuple(chain)))(REPORTS_HIDE)
    if not most or about.state != rules.VISIBLE:
        return
    rows = await db.read(_INDEPENDENT, about.kind, about.id, now() - SETTLED)
    if rows[0]["n"] >= most:
        reason = str(_("好几户举报了，先收起来，等管理员看过再说"))
        await moderation.hold_reported(about.post, about.comment, reason, rows[0]["n"])


_INDEPENDENT: Final = (  # one voice for each household; a person without one is a household; the newly verified do not count
    "SELECT COUNT(DISTINCT COALESCE(m.household_id, -m.person_id)) AS n FROM core_report r"
    " JOIN core_membership m ON m.person_id = r.reporter_id AND m.village_id = r.village_id AND m.state = 'verified'"
    " WHERE r.object_kind = ? AND r.object_id = ? AND r.state = 'open' AND m.decided_at < ?"
)


async def notes_of(about: Reported) -> tuple[str, ...]:
    """What was written with each report that waits, empty where nothing was; who reported is not part of it."""
    rows = await db.read(
        "SELECT note FROM core_report WHERE object_kind = ? AND object_id = ? AND state = 'open' ORDER BY id LIMIT 200",
        about.kind,
        about.id,
    )
    return tuple(row["note"] for row in rows)


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
async def hide(about: Reported, actor_id: int, reason: str, *, rule: str = "") -> None:
    """Hide a post or comment with a reason its author reads, and answer whoever reported it. Audited.

    Raises `OwnContent`, `OwnReport`, and `feed.actions.Gone` when it is not visible any more.
    """
    thing = await _refuse_own(about, actor_id)
    if about.state == rules.HELD and await holding.waits(*thing):
        raise Gone  # it was never shown: whether it will be is another question
    if about.comment:
        await moderation.hide_comment(about.comment, about.post, actor_id, reason)
    else:
        await moderation.hide_post(about.post, actor_id, reason)
    chain = about.post.chain
    if not await cases.closed(
        REPORT, thing, HIDE, actor=actor_id, chain=chain, was=about.state, reason=reason, rule=rule
    ):
        await _record(about, HIDE, actor_id, reason, rule or "other")
    await _settle(about, actor_id, "hidden", reason)


async def _refuse_own(about: Reported, actor_id: int) -> tuple[str, int]:
    thing = (about.kind, about.id)
    if about.author_id == actor_id:
        raise OwnContent
    if actor_id in await cases.reporters_of(thing):
        raise OwnReport
    return thing


async def _record(about: Reported, outcome: str, actor_id: int, reason: str, rule: str) -> None:
    await cases.recorded(
        (about.kind, about.id),
        outcome,
        author_id=about.author_id,
        village_id=about.post.village_id,
        chain=about.post.chain,
        actor=actor_id,
        reason=reason,
        rule=rule,
    )


@db.unit
async def show(about: Reported, actor_id: int) -> None:
    """Show something hidden again; an appeal that waits is answered with it."""
    if about.author_id == actor_id:
        raise OwnContent
    thing, chain = (about.kind, about.id), about.post.chain
    if not await cases.closed(APPEAL, thing, RESTORE, actor=actor_id, chain=chain, was=about.state, reason=""):
        await _record(about, RESTORE, actor_id, "", "")
    await show_again(about, actor_id)


async def show_again(about: Reported, actor_id: int) -> None:
    """Part of a unit: what was hidden stands there again."""
    if about.comment:
        await moderation.show_comment(about.comment, about.post, actor_id)
    else:
        await moderation.show_post(about.post, actor_id)


@db.unit
async def keep(about: Reported, actor_id: int, answer: str) -> None:
    """Leave a reported thing standing, and say why. Audited. Raises `OwnContent` and `AlreadyDecided`."""
    thing = await _refuse_own(about, actor_id)
    if not await _settle(about, actor_id, "kept", answer):
        raise AlreadyDecided
    chain = about.post.chain
    await cases.closed(REPORT, thing, KEEP, actor=actor_id, chain=chain, was=about.state, reason=answer)
    if about.state == rules.HELD and not await holding.waits(*thing):
        await moderation.put_back(about.post, about.comment, rules.VISIBLE, "")
        village, plugin = about.post.village_id, about.post.plugin
        await tell(about.author_id, f"{about.kind}.shown", village_id=village, url=about.url, plugin=plugin)
    await audit("content.keep", actor=actor_id, village=about.post.village_id, object=thing)


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


async def reopen(about: Reported, actor_id: int, decided_at: datetime | None) -> None:
    """Part of a unit that takes a decision back: the reports wait for an answer again."""
    await db.write(
        "UPDATE core_report SET state = 'open', decided_by_id = NULL, decided_at = NULL, answer = ''"
        " WHERE object_kind = ? AND object_id = ? AND decided_by_id = ? AND decided_at >= ?",
        about.kind,
        about.id,
        actor_id,
        (decided_at or now()) - timedelta(seconds=5),
    )
