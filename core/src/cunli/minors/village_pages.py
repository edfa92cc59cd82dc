"""The committee's pages: the young people of the village, consent on paper, and looks at their data that a second official decides."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.console.table import Pages, page_number, pages_of
from cunli.minors import actions, looking, queries
from cunli.minors.actions import NotTheirs
from cunli.minors.looking import NotForYou
from cunli.minors.pages import text_lines
from cunli.minors.words import WHY_NOT
from cunli.people import roster
from cunli.people.rules import plain_name
from cunli.web.errors import NotFound, Refused, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

MOST: Final = 2**31 - 1
REASON_LEAST: Final = 4
REVIEW: Final = "core.member.review"
REVEAL: Final = "core.person.reveal"


async def show(visit: Visit) -> Response:
    """The young people of the village with those who answer for them, and the form for a paper."""
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    pages = _pages(visit, await queries.count_of_village(visit.here.id), "young")
    found = await queries.of_village(visit.here.id, offset=pages.offset)
    links: dict[int, list[queries.GuardianNow]] = {}
    for one in await queries.guardians_of(*(each.person_id for each in found)):
        links.setdefault(one.person_id, []).append(one)
    context: dict[str, Any] = {"form": form, "minors": found, "guardians": links, "pages": pages}
    return await visit.render("minors/village.html", context, status=status)


def _pages(visit: Visit, total: int, path: str) -> Pages:
    asked = page_number(visit.query.get("page", ""))
    return pages_of(total, asked, lambda page: f"{visit.here.url}/{path}?page={page}", queries.PAGE)


async def record(visit: Visit) -> Response:
    """Note that a guardian signed the paper."""
    form = await visit.form()
    code = form.text("code", _("孩子手机上的八位数码"), required=True, max_length=12).replace(" ", "")
    name = plain_name(form.text("name", _("监护人的名字"), required=True, max_length=30))
    if not form.flag("signed"):
        form.error("signed", _("纸签了、证件看了，再打勾"))
    if not form:
        return await _show(visit, form, status=422)

    async def act() -> str:
        found = await actions.record_paper(visit.me.id, visit.here.id, code, name)
        return _home(visit) if found is not None else ""

    try:
        back = await form.once(act)
    except NotTheirs as exc:
        form.error("code", WHY_NOT[exc.why])
        return await _show(visit, form, status=422)
    if not back:
        form.error("code", _("本村没有孩子用这个数码，或者过了期。让孩子在“我的 · 监护人”里看一下现在的"))
        return await _show(visit, form, status=422)
    return visit.redirect(back, toast=_("登记好了，纸请存好"))


def _home(visit: Visit) -> str:
    return f"{visit.here.url}/young"


async def paper(visit: Visit) -> Response:
    """The paper that a guardian signs: one sheet."""
    return await visit.render("minors/paper.html", {"lines": text_lines()})


async def change(visit: Visit) -> Response:
    """Take a guardian out who is none, or correct an age that was a mistake."""
    form = await visit.form()
    do = form.raw("do")
    if do not in ("end", "grown"):
        raise NotFound
    person_id = form.integer("person", _("谁"), minimum=1, maximum=MOST, required=do == "grown") or 0

    async def act() -> str:
        if do == "end":
            await actions.end_link(visit.me.id, visit.here.id, form.raw("link")[:22])
        else:
            await actions.undeclare(visit.me.id, visit.here.id, person_id)
        return _home(visit)

    try:
        return visit.redirect(await form.once(act), toast=_("改好了"))
    except NotTheirs:
        raise NotFound from None


# ---- looks -----------------------------------------------------------------------------------------------------------


async def ask(visit: Visit) -> Response:
    """Ask to see a young person's data, with a reason that another official reads."""
    row = await roster.member(visit.here.id, visit.path_params["key"][:22])
    if row is None or await queries.minor(row.person_id) is None:
        raise NotFound
    form = await visit.form()
    back = f"{visit.here.url}/members/{row.key}"
    reason = form.text("why", _("为什么要看"), required=True, min_length=REASON_LEAST, max_length=200)
    if not form:
        text = _("写一句为什么要看，四个字以上。另一位管理员和孩子的监护人都看得到。")
        raise Refused(422, _("还差一句原因"), text, ways=(WayOut(label=_("回去写"), url=back),))

    async def act() -> str:
        await looking.ask(visit.me.id, visit.here, row.person_id, reason)
        return back

    return visit.redirect(await form.once(act), toast=_("已经请另一位管理员看了"))


async def looks(visit: Visit) -> Response:
    """What waits for a second official."""
    pages = _pages(visit, await queries.count_open_looks(visit.here.id), "young/looks")
    waiting = await queries.open_looks(visit.here.id, offset=pages.offset)
    return await visit.render("minors/looks.html", {"looks": waiting, "pages": pages})


async def decide(visit: Visit) -> Response:
    """Say yes or no to a look that another official asked for."""
    form = await visit.form()
    if form.raw("do") not in ("allow", "refuse"):
        raise NotFound
    back = f"{visit.here.url}/young/looks"

    async def act() -> str:
        await looking.decide(visit.me.id, visit.here, visit.path_params["key"][:22], allowed=form.raw("do") == "allow")
        return back

    try:
        return visit.redirect(await form.once(act), toast=_("记下了，告诉他了"))
    except NotForYou:
        text = _("自己申请的要请别的管理员看；别人看过了的，不能再改。")
        raise Refused(409, _("这件事没办成"), text, ways=(WayOut(label=_("回去看看"), url=back),)) from None


PAGES: Final = (
    Page(path="/young", view=show, to=REVIEW, name="young"),
    Page(path="/young", view=record, to=REVIEW, methods=("POST",)),
    Page(path="/young/paper", view=paper, to=REVIEW),
    Page(path="/young/change", view=change, to=REVIEW, methods=("POST",)),
    Page(path="/young/looks", view=looks, to=REVEAL, name="looks-asked"),
    Page(path="/young/looks/{key}", view=decide, to=REVEAL, methods=("POST",)),
    Page(path="/members/{key}/look", view=ask, to=REVEAL, methods=("POST",)),
)
