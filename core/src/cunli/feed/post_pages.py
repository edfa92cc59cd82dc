"""One post with its comments, and what people do with it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import segno
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from cunli.clock import today
from cunli.feed import actions, comments, found, notices, rules, terms, words
from cunli.feed.actions import Gone
from cunli.feed.cards import Card, card_of, of_kind
from cunli.feed.comments import CommentNow, Stretch, Thread
from cunli.feed.found import Found
from cunli.feed.frame import framed
from cunli.media.queries import photos_of
from cunli.people.queries import Face, faces
from cunli.web import EVERYONE, SIGNED_IN, Form, Page, Visit
from cunli.web.errors import BadRequest, NotFound, Refused
from cunli.web.i18n import LazyText, _

TEMPLATE: Final = "feed/post.html"
Manage = list[tuple[str, LazyText, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """A comment as templates show it. `gone`: only a gap is left, because others have answered."""

    key: str
    author: Face
    reply_to: Face | None
    body: Markup
    created_at: datetime
    gone: bool
    hidden_reason: str
    held: bool
    official: bool
    can_reply: bool
    manage_url: str
    replies: tuple[CommentView, ...] = ()
    more_replies: int = 0


async def post(visit: Visit) -> Response:
    """The page of one post."""
    return await show(visit, await found.post_here(visit))


async def show(visit: Visit, at: Found, form: Form | None = None, *, status: int = 200) -> Response:
    """The page of a post; with `form` after a comment that was not acceptable."""
    focus = await _comment_of(visit, at, "c")
    answers = await comments.stretch(
        at.post.id,
        at.reader.person_id,
        after=visit.query.get("after", "")[:22],
        whole=visit.query.get("all", "")[:22],
        focus=focus,
        as_of=visit.as_of,
    )

    async def context() -> dict[str, Any]:
        return await _context(visit, at, answers, focus, form)

    visit.subjects = {"post.below": (at.post.id,)}
    if visit.is_htmx or visit.has_toast:
        return await visit.render(TEMPLATE, await context(), status=status)
    slots = await visit.site.slots(visit, TEMPLATE, None)
    shows = _shows(visit, at, answers) if form is None else None
    html = await framed(visit, TEMPLATE, slots, frame={"may_comment": at.answerable}, shows=shows, context=context)
    return HTMLResponse(html, status)


def _shows(visit: Visit, at: Found, answers: Stretch) -> Hashable:
    """What decides how the post and its comments look. None for what is drawn for one reader: a notice, a part of a page."""
    post = at.post
    if visit.request.scope["query_string"] or post.kind == rules.NOTICE:
        return None
    counters = post.version, post.like_count, post.thanks_count, post.comment_count
    reader = visit.person is None, bool(at.reader.person_id), at.own, at.answerable, at.moderator
    return post.id, post.state, post.hidden_reason, counters, post.gave, reader, today(), answers.facts


async def _context(
    visit: Visit, at: Found, answers: Stretch, focus: CommentNow | None, form: Form | None
) -> dict[str, Any]:
    """The variables of the template."""
    answered = await _comment_of(visit, at, "reply") or await _answered(visit, at, form)
    threads, older = answers.threads()
    people = {at.post.author_id, *_people(threads), *([answered.author_id] if answered else [])}
    known = await faces(people, visit.here)
    return {
        "post": await whole_card(visit, at, known),
        "comments": [_thread_view(visit, at, thread, known) for thread in threads],
        "older_url": f"{at.post.url}?after={older}" if older else "",
        "first_url": at.post.url
        if visit.query.get("after") or (threads and focus and threads[0].comment.id == _top(focus))
        else "",
        "reply_to": _view(visit, at, answered, known) if answered else None,
        "form": form,
        "may_comment": at.answerable,
        "why_not": found.why_not(visit, at),
        "manage": manage(visit, at),
        "hidden_reason": at.post.hidden_reason if at.post.state in rules.OWN_STATES else "",
        "held": at.post.state == rules.HELD,
        "own": at.own,
        "notice": await _notice(visit, at) if at.post.kind == rules.NOTICE else None,
    }


def _top(comment: CommentNow) -> int:
    return comment.parent_id or comment.id


async def _comment_of(visit: Visit, at: Found, name: str) -> CommentNow | None:
    key = visit.query.get(name, "")
    comment = await comments.find_comment(key[:22], visit.here.id) if key else None
    return comment if comment and comment.post_id == at.post.id and comment.state == rules.VISIBLE else None


async def _answered(visit: Visit, at: Found, form: Form | None) -> CommentNow | None:
    key = form.raw("parent")[:22] if form is not None else ""
    comment = await comments.find_comment(key, visit.here.id) if key else None
    return comment if comment and comment.post_id == at.post.id else None


async def whole_card(visit: Visit, at: Found, known: Mapping[int, Face]) -> Card:
    """The post of a page of its own."""
    shown = (await photos_of([at.post.id])).get(at.post.id, []) if at.post.has_photos else []
    author, guest = known[at.post.author_id], visit.person is None
    card = card_of(at.post, author, visit.here, gave=at.post.gave, photos=shown, guest=guest, whole=True)
    return of_kind(visit, card, at.post, whole=True)


async def _notice(visit: Visit, at: Found) -> dict[str, Any]:
    read = await notices.has_read(at.post.id, at.reader.person_id) if at.reader.person_id else False
    visible = at.post.state == rules.VISIBLE
    may_say = visit.standing is not None and visit.standing.verified and visible and not read
    on_top = rules.is_pinned(pinned=at.post.pinned, until=at.post.pinned_until, today=today())
    may_pin = visit.may("core.notice.publish") and visible
    term = terms.term_of(at.post)
    return {
        "term": term,
        "over": term is not None and term.over,
        "words": words.html(term.words) if term and term.over and visit.may("core.notice.publish") else "",
        "read": read,
        "may_say": may_say,
        "read_count": at.post.read_count,
        "reached": at.post.reached_count,
        "pin_to": ("unpin" if on_top else "pin") if may_pin else "",
    }


def manage(visit: Visit, at: Found) -> Manage:
    """What this visitor may do with the post, for the menu behind 更多."""
    url, visible = at.post.url, at.post.state == rules.VISIBLE
    found_items: Manage = []
    if visible:
        found_items.append((f"{url}/share", _("转给乡亲"), "share-3"))
    if at.post.kind == rules.NOTICE:
        found_items += _manage_notice(visit, at)
    elif at.own and visible:
        found_items.append((f"{url}/edit", _("改一改"), "edit"))
    if at.own:
        found_items.append((f"{url}/delete", _("删掉"), "trash"))
    elif at.moderator and at.post.state == rules.HELD:
        found_items.append(("/admin/review", _("看过再发布"), "message-report"))
    elif at.moderator:
        found_items.append((f"{url}/hide", _("收起来") if visible else _("放出来"), "eye-off" if visible else "eye"))
    if at.reader.person_id and visible and not at.own:
        found_items.append((f"{url}/report", _("举报"), "flag"))
    return found_items


def _manage_notice(visit: Visit, at: Found) -> Manage:
    items: Manage = []
    if at.post.state == rules.VISIBLE:
        items.append((f"{at.post.url}/print", _("打印出来"), "printer"))
        if visit.may("core.notice.publish"):
            items.append((f"{at.post.url}/loudspeaker", _("大喇叭稿子"), "speakerphone"))
    if visit.may("core.notice.receipts"):
        items.append((f"{at.post.url}/receipts", _("谁看过了"), "users"))
    term = terms.term_of(at.post)
    if visit.may("core.notice.publish") and at.post.state == rules.VISIBLE and not (term and term.over):
        items.append((f"{at.post.url}/notice", _("改通知"), "edit"))
    return items


# -- comments as views -------------------------------------------------------------------------------------------------


def _people(threads: list[Thread]) -> set[int]:
    every = [comment for thread in threads for comment in (thread.comment, *thread.replies)]
    return {comment.author_id for comment in every} | {comment.reply_to_id for comment in every if comment.reply_to_id}


def _thread_view(visit: Visit, at: Found, thread: Thread, known: Mapping[int, Face]) -> CommentView:
    top = thread.comment.author_id
    replies = tuple(_view(visit, at, reply, known, below=top) for reply in thread.replies)
    return _view(visit, at, thread.comment, known, replies=replies, more=thread.more)


def _view(
    visit: Visit,
    at: Found,
    comment: CommentNow,
    known: Mapping[int, Face],
    *,
    below: int = 0,
    replies: tuple[CommentView, ...] = (),
    more: int = 0,
) -> CommentView:
    """`below` is the author of the comment that a reply stands under: naming that person again would say nothing."""
    mine = comment.author_id == at.reader.person_id != 0
    gone = comment.state == rules.DELETED or (comment.state in rules.OWN_STATES and not mine)
    author = known[comment.author_id]
    to = known.get(comment.reply_to_id) if comment.reply_to_id else None
    return CommentView(
        key=comment.key,
        author=author,
        reply_to=to if to and to.id not in (author.id, below) else None,
        body=Markup("") if gone else words.html(comment.body),
        created_at=comment.created_at,
        gone=gone,
        hidden_reason=comment.hidden_reason if comment.state in rules.OWN_STATES and mine else "",
        held=comment.state == rules.HELD,
        official=not gone and any(seal.solid for seal in author.seals),
        can_reply=at.answerable and comment.state == rules.VISIBLE,
        manage_url=f"{visit.here.url}/c/{comment.key}"
        if visit.person is not None and (not gone or at.moderator)
        else "",
        replies=replies,
        more_replies=more,
    )


# -- acts --------------------------------------------------------------------------------------------------------------


async def react(visit: Visit) -> Response:
    """Like or thank, or take it back. htmx gets the row of buttons, a plain form goes back to where it stood."""
    at = await found.post_here(visit)
    target = found.answerable(visit, at)
    do = (await visit.form()).raw("do")
    if do not in actions.REACTIONS:
        raise BadRequest
    try:
        await actions.react(target, visit.me.id, do)
    except Gone as exc:
        raise NotFound from exc
    if not visit.is_htmx:
        return found.back_to(visit, target.url, f"p-{target.key}")
    again = await found.post_here(visit)
    card = await whole_card(visit, again, await faces([target.author_id], visit.here))
    return HTMLResponse(visit.themed.templates.render("feed/acts.html", {"post": card}))


async def delete(visit: Visit) -> Response:
    """Ask, then delete one's own post. It can be taken back for ten minutes. Twice is once."""
    home, posted = f"{visit.here.url}/", visit.request.method == "POST"
    mine = await found.own_post_here(visit)
    target = mine or found.own(await found.post_here(visit))
    if target.state == rules.DELETED:
        if posted:
            return visit.redirect(home)
        raise NotFound
    if not posted:
        return await visit.render(
            "feed/delete.html",
            {
                "back_url": target.url,
                "action": f"{target.url}/delete",
                "what": words.one_line(target.title or target.body, 60),
            },
        )

    async def act() -> str:
        await actions.delete(target)
        return home

    try:
        await (await visit.form()).once(act)
    except Gone as exc:
        raise NotFound from exc
    return visit.redirect(home, toast=_("删掉了，10 分钟内可以撤回"), undo=f"{target.url}/restore")


async def restore(visit: Visit) -> Response:
    """Take the deletion of one's own post back. Twice is once."""
    gone = await found.own_post_here(visit)
    if gone is None:
        raise NotFound
    if gone.state != rules.DELETED:
        return visit.redirect(gone.url)

    async def act() -> str:
        await actions.restore(gone)
        return gone.url

    try:
        await (await visit.form()).once(act)
    except Gone as exc:
        raise Refused(410, _("撤不回来了"), _("删掉超过 10 分钟就撤不回来了。可以重新发一条。")) from exc
    return visit.redirect(gone.url, toast=_("撤回来了，乡亲们又能看到"))


async def share(visit: Visit) -> Response:
    """The address of a post as a card to pass on, and who will be able to open it."""
    at = await found.post_here(visit)
    known = await faces([at.post.author_id], visit.here)
    address = visit.settings.base_url.rstrip("/") + at.post.url
    context = {
        "post": await whole_card(visit, at, known),
        "excerpt": words.one_line(at.post.title or at.post.body, 60),
        "address": address,
        "qr_url": segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="white"),
        "public": at.post.audience == rules.PUBLIC,
    }
    return await visit.render("feed/share.html", context)


PAGES: Final = (
    Page(path="/p/{key}", view=post, to=EVERYONE, name="post"),
    Page(path="/p/{key}/react", view=react, to=SIGNED_IN, methods=("POST",), name="react"),
    Page(path="/p/{key}/delete", view=delete, to=SIGNED_IN, methods=("GET", "POST"), name="post-delete"),
    Page(path="/p/{key}/restore", view=restore, to=SIGNED_IN, methods=("POST",), name="post-restore"),
    Page(path="/p/{key}/share", view=share, to=EVERYONE, name="post-share"),
)
