"""Reporting, and hiding with a reason; what was reported is decided on the review desk."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from starlette.responses import Response

from cunli.feed import found, rules, words
from cunli.feed.actions import Gone
from cunli.reviewing.rules import REASONS, WHY_NOT
from cunli.trust import reports
from cunli.trust.reports import AlreadyDecided, OwnContent, OwnReport, Reported
from cunli.web import SIGNED_IN, Form, Page, Visit
from cunli.web.errors import Forbidden, NotFound, Refused
from cunli.web.gate import refusal
from cunli.web.i18n import _

HIDE: Final = "core.content.hide"


async def _post(visit: Visit) -> Reported:
    return Reported(kind="post", post=(await found.post_here(visit)).post)


async def _comment(visit: Visit) -> Reported:
    comment, at = await found.comment_here(visit)
    return Reported(kind="comment", post=at.post, comment=comment)


async def report_post(visit: Visit) -> Response:
    """Report a post."""
    return await _report(visit, await _post(visit))


async def report_comment(visit: Visit) -> Response:
    """Report a comment."""
    return await _report(visit, await _comment(visit))


async def _report(visit: Visit, about: Reported) -> Response:
    if about.state != rules.VISIBLE:
        raise NotFound
    who = await found.reader_of(visit)
    if not (who.belongs or who.over):
        raise refusal(visit)
    form = await visit.form() if visit.request.method == "POST" else Form.blank()
    if visit.request.method == "POST":
        reason = form.choice("reason", _("为什么"), REASONS)
        note = form.text("note", _("想说明的话"), max_length=reports.NOTE_MAX, multiline=True)
        if form:
            await reports.report(about, visit.me.id, reason, note, visit.here.chain)
            return visit.redirect(about.post.url, toast=_("收到了，村里会看。处理完会告诉你"))
    context = {
        "form": form,
        "action": f"{_base(visit, about)}/report",
        "back_url": about.url,
        "what": words.one_line(about.body, 60),
        "reasons": list(REASONS.items()),
    }
    return await visit.render("trust/report.html", context, status=422 if form.errors else 200)


def _base(visit: Visit, about: Reported) -> str:
    return f"{visit.here.url}/c/{about.comment.key}" if about.comment else about.post.url


async def hide_post(visit: Visit) -> Response:
    """Hide a post with a reason, or show a hidden one again."""
    return await _hide(visit, await _post(visit))


async def hide_comment(visit: Visit) -> Response:
    """Hide a comment with a reason, or show a hidden one again."""
    return await _hide(visit, await _comment(visit))


async def _hide(visit: Visit, about: Reported) -> Response:
    if about.author_id == visit.me.id:
        raise _own_content()
    form = await visit.form() if visit.request.method == "POST" else Form.blank()
    if visit.request.method == "POST":
        if form.raw("do") == "show":
            url = await form.once(lambda: carried_out(reports.show(about, visit.me.id), about.url))
            return visit.redirect(url, toast=_("又放出来了"))
        reason = form.text("reason", _("原因"), required=True, max_length=rules.REASON_MAX)
        if form:
            url = await form.once(lambda: carried_out(reports.hide(about, visit.me.id, reason), about.url))
            return visit.redirect(url, toast=_("收起来了，发的人看得到原因"))
    context = {
        "form": form,
        "action": f"{_base(visit, about)}/hide",
        "back_url": about.url,
        "what": words.one_line(about.body, 60),
        "hidden": about.state == rules.HIDDEN,
        "hidden_reason": about.comment.hidden_reason if about.comment else about.post.hidden_reason,
    }
    return await visit.render("trust/hide.html", context, status=422 if form.errors else 200)


async def carried_out(act: Awaitable[None], back: str) -> str:
    """Do it, and go back; the page that says why where it cannot be done."""
    try:
        await act
    except OwnReport as exc:
        raise Forbidden(WHY_NOT["reported"]) from exc
    except OwnContent as exc:
        raise _own_content() from exc
    except (Gone, AlreadyDecided) as exc:
        raise Refused(409, _("这件事已经处理过了"), _("别的管理员先处理了，或者发的人自己删掉了。")) from exc
    return back


def _own_content() -> Forbidden:
    return Forbidden(_("这是你自己发的，不能由你自己处理。请镇里的管理员来看。"))


PAGES: Final = (
    Page(path="/p/{key}/report", view=report_post, to=SIGNED_IN, methods=("GET", "POST"), name="post-report"),
    Page(path="/c/{key}/report", view=report_comment, to=SIGNED_IN, methods=("GET", "POST"), name="comment-report"),
    Page(path="/p/{key}/hide", view=hide_post, to=HIDE, methods=("GET", "POST"), name="post-hide"),
    Page(path="/c/{key}/hide", view=hide_comment, to=HIDE, methods=("GET", "POST"), name="comment-hide"),
)
