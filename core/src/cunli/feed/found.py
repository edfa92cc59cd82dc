"""What the feed's pages have in common: the post of the address, and whether this visitor may answer it or manage it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from cunli.feed import comments, queries, rules
from cunli.feed.actions import TooFast
from cunli.feed.comments import CommentNow
from cunli.feed.kinds import kinds_in
from cunli.feed.queries import PostNow
from cunli.feed.rules import Reader
from cunli.web.errors import Forbidden, NotFound, TooMany
from cunli.web.gate import refusal
from cunli.web.i18n import LazyText, _
from cunli.web.safe_url import referring_path, same_site_path

if TYPE_CHECKING:
    from cunli.web import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post that this visitor may see, and what the visitor may do with it."""

    post: PostNow
    reader: Reader
    own: bool
    answerable: bool
    moderator: bool


async def reader_of(visit: Visit) -> Reader:
    """What this visitor's sight depends on."""
    return await queries.reader_here(visit.person, visit.here, visit.standing)


async def post_here(visit: Visit) -> Found:
    """The post in the address. Missing, another village's and hidden from this reader are all the same 404."""
    key = visit.path_params["key"]
    who = await reader_of(visit)
    post = await queries.find_post(key, visit.here.id, who, as_of=visit.as_of)
    if post is None or not await shown_here(visit, post):
        raise NotFound
    return _found(visit, post, who)


async def own_post_here(visit: Visit) -> PostNow | None:
    """The visitor's own post in the address, whatever its state; None for another's and for what is not shown here."""
    post = await queries.find_own_post(visit.path_params["key"], visit.here.id, visit.me.id)
    return post if post is not None and await shown_here(visit, post) else None


async def shown_here(visit: Visit, post: PostNow) -> bool:
    """Whether posts of this kind are shown in the village: not those of a plugin that is off here."""
    return post.kind in rules.OWN_KINDS or post.kind in await kinds_in(visit.site.registry, visit.here)


def _found(visit: Visit, post: PostNow, who: Reader) -> Found:
    return Found(
        post=post,
        reader=who,
        own=bool(who.person_id) and post.author_id == who.person_id,
        answerable=rules.may_answer(post.sight, who),
        moderator=visit.may("core.content.hide"),
    )


async def comment_here(visit: Visit) -> tuple[CommentNow, Found]:
    """The comment in the address with its post; seen by whoever may see the post, a hidden one by author and officials.

    One that never was costs the same questions: the time an answer takes must not tell either.
    """
    who = await reader_of(visit)
    comment = await comments.find_comment(visit.path_params["key"], visit.here.id)
    post = await queries.post_by_id(comment.post_id if comment is not None else 0)
    if comment is None or post is None or not rules.may_see(post.sight, who) or not await shown_here(visit, post):
        raise NotFound
    found = _found(visit, post, who)
    own = bool(who.person_id) and comment.author_id == who.person_id
    if comment.state == rules.DELETED and not own:
        raise NotFound
    if comment.state in rules.OWN_STATES and not (own or found.moderator):
        raise NotFound
    return comment, found


def answerable(visit: Visit, found: Found) -> PostNow:
    """The post, when this visitor may comment on it, like it or thank for it. Raises `Forbidden` with the way to it."""
    if not found.answerable:
        raise refusal(visit) if not visit.is_member else Forbidden(_("这条动态只给发它的那个地方的乡亲评论、点赞。"))
    return found.post


def own(found: Found) -> PostNow:
    """The post, when it is the visitor's own. Everybody else's is a 403: it is no secret that it is there."""
    if not found.own:
        raise Forbidden(_("只有自己发的才能改、才能删。"))
    return found.post


def why_not(visit: Visit, found: Found) -> LazyText | str:
    """Why this visitor sees no comment box, in words; empty when there is one."""
    if found.answerable:
        return ""
    if visit.person is None:
        return _("登录以后就能评论。")
    if found.post.state == rules.HELD:
        return _("村里看过、发布以后才能评论。")
    if found.post.state != rules.VISIBLE:
        return _("收起来的动态不能评论。")
    return _("认证过的乡亲才能评论。")


def too_fast(exc: TooFast) -> TooMany:
    """The page for somebody who writes more than a person can."""
    return TooMany(exc.seconds, _("你一下子发了很多。歇一歇，过一阵再发，写的字没有丢。"))


def back_to(visit: Visit, default: str, anchor: str = "") -> Response:
    """Back to the page the button stood on, at the thing it was about."""
    path = same_site_path(referring_path(visit.request.headers.get("referer", "")), default)
    return RedirectResponse(path + (f"#{anchor}" if anchor else ""), 303)
