"""The desk where officials look at what was held back: publish it, or refuse it with a reason."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.feed import rules, words
from cunli.feed.kinds import kinds_in
from cunli.people.queries import faces
from cunli.trust import held
from cunli.trust.pages import HIDE, carried_out
from cunli.web import Form, Page, Visit
from cunli.web.i18n import _


async def desk(visit: Visit) -> Response:
    """What waits in this village until somebody has looked at it."""
    return await _desk(visit, Form.blank())


async def _desk(visit: Visit, form: Form, wrong: str = "") -> Response:
    cases = await held.waiting(visit.here.id, await kinds_in(visit.site.registry, visit.here))
    authors = await faces({case.about.author_id for case in cases}, visit.here)
    context = {
        "cases": [(case, authors[case.about.author_id], words.html(case.about.body)) for case in cases],
        "form": form,
        "wrong": wrong,
    }
    return await visit.render("trust/held.html", context, status=422 if form.errors else 200)


async def decide(visit: Visit) -> Response:
    """Publish what was held, or refuse it; the author reads the reason."""
    key = visit.path_params["key"]
    about = await held.case(key, visit.here.id)
    home = f"{visit.here.url}/held"
    if about is None or about.post.kind not in await kinds_in(visit.site.registry, visit.here):
        return visit.redirect(home, toast=_("这一条已经处理过了"))
    form = await visit.form()
    do = form.choice("do", _("怎么办"), ("approve", "refuse"))
    reason = form.text("reason", _("原因"), required=do == "refuse", max_length=rules.REASON_MAX)
    if not form:
        return await _desk(visit, form, wrong=key)
    if do == "approve":
        await form.once(lambda: carried_out(held.approve(about, visit.me.id), home))
        return visit.redirect(home, toast=_("发布了"))
    await form.once(lambda: carried_out(held.refuse(about, visit.me.id, reason), home))
    return visit.redirect(home, toast=_("没有发布，发的人看得到原因"))


PAGES: Final = (
    Page(path="/held", view=desk, to=HIDE, name="held"),
    Page(path="/held/{key}", view=decide, to=HIDE, methods=("POST",), name="held-decide"),
)
