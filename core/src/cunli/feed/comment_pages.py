"""Comments: written on the page of their post, managed on a page of their own."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.feed import answers, comments, found, post_pages, review, rules, words
from cunli.feed.actions import Gone, TooFast, Written
from cunli.feed.comments import CommentNow
from cunli.feed.found import Found
from cunli.feed.post_pages import Manage
from cunli.web import EVERYONE, SIGNED_IN, Page, Visit
from cunli.web.errors import Forbidden, NotFound, Refused
from cunli.web.i18n import _


async def write(visit: Visit) -> Response:
    """Comment on a post, or reply to a comment."""
    at = await found.post_here(visit)
    post = found.answerable(visit, at)
    form = await visit.form()
    body = form.text("body", _("评论"), required=True, max_length=rules.COMMENT_MAX, multiline=True)
    parent = form.raw("parent")
    answered = await comments.find_comment(parent[:22], visit.here.id) if parent else None
    if parent and (answered is None or answered.post_id != post.id or answered.state != rules.VISIBLE):
        form.error("body", _("你回复的那条评论已经不在了，可以直接写评论"))
    written = Written(body=body, audience=post.audience)
    looked = await review.reviewed(visit, form, "comment", written, post_id=post.id) if form else None
    if not form or looked is None:
        return await post_pages.show(visit, at, form, status=422)

    async def act() -> str:
        words = looked.written.body
        key = await answers.comment(post, visit.me.id, words, answered, held=looked.held, village=visit.here)
        return f"{post.url}?c={key}"

    try:
        location = await form.once(act)
    except TooFast as exc:
        raise found.too_fast(exc) from exc
    except Gone as exc:
        raise NotFound from exc
    response = visit.redirect(location, toast=review.WAITS if looked.held else _("评论发出去了"))
    response.headers["location"] += f"#c-{location.rpartition('=')[2]}"
    return response


async def comment(visit: Visit) -> Response:
    """What can be done with one comment."""
    the_comment, at = await found.comment_here(visit)
    if the_comment.state == rules.DELETED:
        raise NotFound
    context = {
        "back_url": f"{at.post.url}?c={the_comment.key}",
        "body": words.html(the_comment.body),
        "hidden_reason": the_comment.hidden_reason if the_comment.state in rules.OWN_STATES else "",
        "held": the_comment.state == rules.HELD,
        "appeal_url": f"{visit.here.url}/c/{the_comment.key}/appeal"
        if the_comment.author_id == at.reader.person_id
        else "",
        "manage": _manage(visit, the_comment, at),
    }
    return await visit.render("feed/comment.html", context)


def _manage(visit: Visit, the_comment: CommentNow, at: Found) -> Manage:
    url, visible = f"{visit.here.url}/c/{the_comment.key}", the_comment.state == rules.VISIBLE
    own = the_comment.author_id == at.reader.person_id != 0
    items: Manage = []
    if own:
        items.append((f"{url}/delete", _("删掉"), "trash"))
    elif at.moderator and the_comment.state == rules.HELD:
        items.append(("/admin/review", _("看过再发布"), "message-report"))
    elif at.moderator:
        items.append((f"{url}/hide", _("收起来") if visible else _("放出来"), "eye-off" if visible else "eye"))
    if at.reader.person_id and visible and not own:
        items.append((f"{url}/report", _("举报"), "flag"))
    return items


async def delete(visit: Visit) -> Response:
    """Ask, then delete one's own comment."""
    the_comment, at = await found.comment_here(visit)
    if the_comment.author_id != visit.me.id:
        raise Forbidden(_("只有自己发的才能改、才能删。"))
    url = f"{visit.here.url}/c/{the_comment.key}"
    if visit.request.method != "POST":
        context = {"back_url": at.post.url, "action": f"{url}/delete", "what": words.one_line(the_comment.body, 60)}
        return await visit.render("feed/delete.html", context)
    if the_comment.state == rules.DELETED:
        return visit.redirect(at.post.url)

    async def act() -> str:
        await answers.delete_comment(the_comment)
        return at.post.url

    try:
        back = await (await visit.form()).once(act)
    except Gone as exc:
        raise NotFound from exc
    return visit.redirect(back, toast=_("删掉了，10 分钟内可以撤回"), undo=f"{url}/restore")


async def restore(visit: Visit) -> Response:
    """Take the deletion of one's own comment back. Twice is once."""
    the_comment, at = await found.comment_here(visit)
    if the_comment.author_id != visit.me.id:
        raise NotFound
    back = f"{at.post.url}?c={the_comment.key}"
    if the_comment.state != rules.DELETED:
        return visit.redirect(back)

    async def act() -> str:
        await answers.restore_comment(the_comment)
        return back

    try:
        await (await visit.form()).once(act)
    except Gone as exc:
        raise Refused(410, _("撤不回来了"), _("删掉超过 10 分钟就撤不回来了。可以重新写一条。")) from exc
    return visit.redirect(back, toast=_("撤回来了"))


PAGES: Final = (
    Page(path="/p/{key}/comments", view=write, to=SIGNED_IN, methods=("POST",), name="comment-write"),
    Page(path="/c/{key}", view=comment, to=EVERYONE, name="comment"),
    Page(path="/c/{key}/delete", view=delete, to=SIGNED_IN, methods=("GET", "POST"), name="comment-delete"),
    Page(path="/c/{key}/restore", view=restore, to=SIGNED_IN, methods=("POST",), name="comment-restore"),
)
