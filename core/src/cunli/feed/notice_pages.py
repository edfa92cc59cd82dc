"""Notices: written by officials, read by everybody they are for, and the list of households nobody has reached yet."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from cunli import plugin_values
from cunli.clock import today
from cunli.county_settings import TERM_DAYS, TERM_MOST
from cunli.departments import queries as departments
from cunli.drafts.pages import offered, sent
from cunli.drafts.rules import NOTICE as NOTICE_DRAFT
from cunli.feed import found, notices, queries, review, rules, terms
from cunli.feed.actions import Gone, TooFast, Written
from cunli.feed.found import Found
from cunli.feed.notices import HouseholdReached
from cunli.feed.queries import PostNow
from cunli.feed.review import Looked
from cunli.feed.tables import as_csv
from cunli.web import EVERYONE, SIGNED_IN, Form, Page, Visit
from cunli.web.errors import BadRequest, NotFound
from cunli.web.gate import refusal
from cunli.web.i18n import _

PUBLISH: Final = "core.notice.publish"
RECEIPTS: Final = "core.notice.receipts"
MOST: Final = 20


async def listed(visit: Visit) -> Response:
    """The village's notices, newest first."""
    who = await found.reader_of(visit)
    all_of_them = visit.here.region_id in who.belongs or bool(who.over & frozenset(queries.chain_of(visit.here)))
    before = visit.query.get("before", "")[:22]
    ids = await notices.notices_of(visit.here.id, public_only=not all_of_them, before=before, most=MOST + 1)
    posts = await queries.posts_by_id(ids[:MOST]) if ids else []
    older = f"{visit.here.url}/notices?before={posts[-1].key}" if len(ids) > MOST else ""
    of_the_county = await departments.latest_in(visit.here.county_id) if not before else []
    context = {
        "notices": posts,
        "older_url": older,
        "today": today(),
        "may_write": visit.may(PUBLISH),
        "of_the_county": of_the_county,
    }
    return await visit.render("feed/notices.html", context)


async def write(visit: Visit) -> Response:
    """A new notice in the name of the village."""
    if visit.request.method != "POST":
        kept = await offered(visit, NOTICE_DRAFT, audience=rules.VILLAGE, pinned="1")
        return await _show(visit, kept["form"], kept=kept)
    form = await visit.form()
    written = await _read(visit, form, today())
    looked = await review.reviewed(visit, form, rules.NOTICE, written) if form else None
    if not form or looked is None:
        return await _show(visit, form, status=422)

    async def act() -> str:
        return f"{visit.here.url}/p/{await notices.publish_notice(visit.here, visit.me.id, looked)}"

    try:
        toast = review.WAITS if looked.held else _("通知发出去了，认证过的乡亲都会收到")
        location = await form.once(act)
        await sent(visit, NOTICE_DRAFT)
        return visit.redirect(location, toast=toast)
    except TooFast as exc:
        raise found.too_fast(exc) from exc


async def edit(visit: Visit) -> Response:
    """Change a notice; it is marked 改过 from then on."""
    at = await _notice_here(visit)
    term = terms.term_of(at.post)
    if at.post.state != rules.VISIBLE or (term is not None and term.over):
        raise NotFound
    post = at.post
    if visit.request.method != "POST":
        until = post.pinned_until.isoformat() if post.pinned_until else ""
        form = Form.blank(
            title=post.title,
            body=post.body,
            audience=post.audience,
            pinned="1" if post.pinned else "",
            pinned_until=until,
            term="1" if term else "",
            term_until=term.until.isoformat() if term else "",
        )
        return await _show(visit, form, at)
    form = await visit.form()
    written = await _read(visit, form, term.since if term else today())
    looked = await review.reviewed(visit, form, rules.NOTICE, written, post_id=post.id) if form else None
    if form and looked:
        try:
            url = await form.once(lambda: _change(visit, post, looked))
            return visit.redirect(url, toast=review.WAITS if looked.held else _("改好了"))
        except Gone:
            form.error("body", _("这条通知在别处改过了。先把你写的复制下来，再重新打开来改"))
    return await _show(visit, form, at, status=422)


async def _change(visit: Visit, post: PostNow, looked: Looked) -> str:
    await notices.edit_notice(post, visit.here, visit.me.id, looked)
    return post.url


async def _read(visit: Visit, form: Form, since: date) -> Written:
    """`since`: the first day of the term, when this is a public notice."""
    pinned = form.flag("pinned")
    until = form.date("pinned_until", _("置顶到哪天"))
    if until and until < today():
        form.error("pinned_until", _("“置顶到哪天”要选今天或以后"))
    return Written(
        kind=rules.NOTICE,
        title=form.text("title", _("标题"), required=True, max_length=rules.TITLE_MAX),
        body=form.text("body", _("内容"), required=True, max_length=rules.NOTICE_MAX, multiline=True),
        audience=form.choice("audience", _("给谁看"), rules.NOTICE_AUDIENCES, default=rules.VILLAGE),
        pinned=pinned,
        pinned_until=until if pinned else None,
        data=await _term(visit, form, since),
    )


async def _term(visit: Visit, form: Form, since: date) -> str:
    values = await plugin_values.values_for(visit.here)
    days, most = values(TERM_DAYS), values(TERM_MOST)
    is_term = form.flag("term")
    until = form.date("term_until", _("公示到哪天"))
    if not is_term:
        return ""
    last = terms.stands_until(since, until, days=days, most=most)
    if until and until < today():
        form.error("term_until", _("“公示到哪天”要选今天或以后"))
    elif until and until > last:
        form.error("term_until", _("公示最多 %(n)s 天，最晚到 %(day)s", n=most, day=last.isoformat()))
    return terms.Term(since=since, until=last).written()


async def _show(
    visit: Visit, form: Form, at: Found | None = None, *, status: int = 200, kept: dict[str, Any] | None = None
) -> Response:
    kept = kept or await offered(visit, NOTICE_DRAFT, form)
    context = {
        **kept,
        "draft": "" if at else kept["draft"],
        "audiences": list(rules.NOTICE_AUDIENCES.items()),
        "action": f"{at.post.url}/notice" if at else f"{visit.here.url}/notices/new",
        "back_url": at.post.url if at else f"{visit.here.url}/notices",
        "editing": at is not None,
        "term_days": (await plugin_values.values_for(visit.here))(TERM_DAYS),
    }
    return await visit.render("feed/notice_form.html", context, status=status)


async def _notice_here(visit: Visit) -> Found:
    at = await found.post_here(visit)
    if at.post.kind != rules.NOTICE:
        raise NotFound
    return at


async def pin(visit: Visit) -> Response:
    """Put a notice on top, or take it down."""
    at = await _notice_here(visit)
    do = (await visit.form()).raw("do")
    if do not in ("pin", "unpin"):
        raise BadRequest
    try:
        await notices.pin(at.post, visit.me.id, pinned=do == "pin")
    except Gone as exc:
        raise NotFound from exc
    return visit.redirect(at.post.url, toast=_("已经置顶") if do == "pin" else _("不再置顶"))


async def read(visit: Visit) -> Response:
    """我看过了: pressed by hand, or by the script when the notice has been open for a moment."""
    at = await _notice_here(visit)
    if visit.standing is None or not visit.standing.verified:
        raise refusal(visit)
    if at.post.state != rules.VISIBLE:
        raise NotFound
    await notices.receipt(at.post, visit.me.id, visit.standing.household_id)
    if visit.is_htmx:
        return HTMLResponse(visit.themed.templates.render("feed/notice_read.html", {}))
    return visit.redirect(at.post.url, toast=_("记下了，谢谢"))


# -- who has been reached ----------------------------------------------------------------------------------------------


async def receipts(visit: Visit) -> Response:
    """Which households a notice has reached and which to call on; a household is ticked off as told by phone or at the door."""
    at = await _notice_here(visit)
    if visit.request.method == "POST":
        return await _told(visit, at)
    rows = await notices.households_reached(at.post)
    missing, reached = _split(rows)
    context = {
        "post": at.post,
        "back_url": at.post.url,
        "missing": missing,
        "reached": reached,
        "total": len(rows),
        "ways": WAYS,
    }
    return await visit.render("feed/receipts.html", context)


WAYS: Final = {"online": _("自己看过"), "phone": _("电话说过"), "visit": _("上门说过")}


def _split(rows: list[HouseholdReached]) -> tuple[list[HouseholdReached], list[HouseholdReached]]:
    return [row for row in rows if not row.reached], [row for row in rows if row.reached]


async def _told(visit: Visit, at: Found) -> Response:
    form = await visit.form()
    key, do = form.raw("household"), form.raw("do")
    rows = await notices.households_reached(at.post)
    household = next((row.household for row in rows if row.household.key == key), None)
    if household is None or do not in (*notices.WAYS, "undo"):
        raise BadRequest
    if do == "undo":
        await notices.not_told(at.post, household.id, visit.me.id)
    else:
        await notices.told(at.post, household.id, visit.me.id, do)
    return visit.redirect(f"{at.post.url}/receipts", toast=_("记下了"))


async def export(visit: Visit) -> Response:
    """The households to call on, for a spreadsheet. Full names for those who may see them; the look is recorded."""
    at = await _notice_here(visit)
    missing, _reached = _split(await notices.households_reached(at.post))
    full = visit.may("core.person.reveal")
    names = await notices.names_for_export(at.post, [row.household for row in missing], visit.me.id, full=full)
    rows = [[row.household.group_name, row.household.number, name] for row, name in zip(missing, names, strict=True)]
    text = as_csv([[str(_("小组")), str(_("户号")), str(_("户主"))], *rows])
    headers = {
        "content-disposition": "attachment; filename=receipts.csv",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(text.encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")


PAGES: Final = (
    Page(path="/notices", view=listed, to=EVERYONE, name="notices"),
    Page(path="/notices/new", view=write, to=PUBLISH, methods=("GET", "POST"), name="notice-write"),
    Page(path="/p/{key}/notice", view=edit, to=PUBLISH, methods=("GET", "POST"), name="notice-edit"),
    Page(path="/p/{key}/pin", view=pin, to=PUBLISH, methods=("POST",), name="notice-pin"),
    Page(path="/p/{key}/read", view=read, to=SIGNED_IN, methods=("POST",), name="notice-read"),
    Page(path="/p/{key}/receipts", view=receipts, to=RECEIPTS, methods=("GET", "POST"), name="receipts"),
    Page(path="/p/{key}/receipts.csv", view=export, to=RECEIPTS, methods=("POST",), name="receipts-export"),
)
