"""Appealing: the author of what was hidden or refused asks the next level to look again."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli import plugin_values
from cunli.clock import now
from cunli.county_settings import APPEAL_DAYS
from cunli.feed import found, words
from cunli.reviewing import actions, cases, rules
from cunli.trust.reports import Reported
from cunli.web import SIGNED_IN, Form, Page, Visit
from cunli.web.errors import NotFound, Refused
from cunli.web.i18n import _


async def appeal_post(visit: Visit) -> Response:
    """Appeal about a post."""
    at = await found.post_here(visit)
    return await _appeal(visit, Reported(kind="post", post=at.post))


async def appeal_comment(visit: Visit) -> Response:
    """Appeal about a comment."""
    comment, at = await found.comment_here(visit)
    return await _appeal(visit, Reported(kind="comment", post=at.post, comment=comment))


async def _appeal(visit: Visit, about: Reported) -> Response:
    last = await cases.latest_decision((about.kind, about.id))
    if about.author_id != visit.me.id or last is None:
        raise NotFound
    days = (await plugin_values.values_for(visit.here))(APPEAL_DAYS)
    open_to = rules.may_appeal(last, visit.me.id, now(), days)
    form = await visit.form() if visit.request.method == "POST" else Form.blank()
    if visit.request.method == "POST":
        text = form.text(
            "words", _("为什么不服"), required=True, min_length=5, max_length=rules.WORDS_MAX, multiline=True
        )
        if form:
            return await _sent(visit, form, about, text)
    base = f"{visit.here.url}/c/{about.comment.key}" if about.comment else about.post.url
    context = {
        "form": form,
        "action": f"{base}/appeal",
        "back_url": about.url,
        "what": words.one_line(about.body, 60),
        "case": last,
        "said": rules.SAID[last.outcome],
        "rule": rules.RULES.get(last.rule, ""),
        "by": rules.LEVEL_NAMES.get(last.decided_level, ""),
        "next": rules.LEVEL_NAMES[rules.appeal_level(last)],
        "until": rules.appeal_until(last, days) if open_to else None,
        "waits": last.appealed,
    }
    return await visit.render("reviewing/appeal.html", context, status=422 if form.errors else 200)


async def _sent(visit: Visit, form: Form, about: Reported, text: str) -> Response:
    async def act() -> str:
        await actions.appeal(about, visit.me.id, text)
        return about.url

    try:
        url = await form.once(act)
    except actions.NoAppeal as exc:
        raise Refused(409, _("不能再申诉了"), _("一个决定只能申诉一次，过了期限也不能再申诉。")) from exc
    return visit.redirect(url, toast=_("申诉交上去了，有结果会告诉你"))


PAGES: Final = (
    Page(path="/p/{key}/appeal", view=appeal_post, to=SIGNED_IN, methods=("GET", "POST"), name="post-appeal"),
    Page(path="/c/{key}/appeal", view=appeal_comment, to=SIGNED_IN, methods=("GET", "POST"), name="comment-appeal"),
)
