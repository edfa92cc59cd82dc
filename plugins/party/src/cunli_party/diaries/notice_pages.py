"""Pages of notices: what the branch says to all its members, who has read it, and what they answer each other."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit, names_of
from cunli import gettext as _
from cunli_party.branches.asking import branch_of
from cunli_party.branches.listing import counts
from cunli_party.models import Branch, Notice, Receipt, Reply
from cunli_party.papers import Field, Given, Paper, answer, missing, number_of, start_of
from cunli_party.rights import BELONG, LEAD
from cunli_party.standing import Reader

from . import actions, reading

BOTH = ("GET", "POST")


async def notices(visit: Visit) -> Response:
    found, looks = await branch_of(visit)
    listed, more = await reading.notices(looks.tree.above(found.id), before=start_of(visit, "before"))
    context = {
        "branch": found,
        "notices": listed,
        "more": more,
        "leads": looks.leads(found.id),
        "url": f"{visit.here.url}/party/branches/{found.key}/notices",
    }
    return await visit.render("party/notices.html", context)


async def announce(visit: Visit) -> Response:
    found, _looks = await branch_of(visit, lead=True)
    url = f"{visit.here.url}/party/branches/{found.key}/notices"
    fields = [
        Field(name="title", label=_("标题"), most=60),
        Field(name="body", label=_("说什么"), kind="words", most=5000),
        Field(name="honour", label=_("这是一项荣誉，放在支部主页上"), kind="flag"),
    ]
    paper = Paper(title=_("通知全支部"), fields=fields, go=_("发出去"), back=url)

    async def act(given: Given) -> str:
        notice = await actions.announce(found, given, actor=visit.me.id)
        return f"{url}/{notice.key}"

    return await answer(visit, paper, act, toast=_("发出去了"))


async def _notice(visit: Visit) -> tuple[Notice, Branch, Reader]:
    found, looks = await branch_of(visit)
    one = await Notice.get_or_none(key=visit.path_params["notice"], branch_id__in=looks.tree.above(found.id))
    if one is None:
        raise missing()
    return one, found, looks


async def notice(visit: Visit) -> Response:
    """A notice with what members say about it; who has not read it, for whoever leads them."""
    one, found, looks = await _notice(visit)
    inside = looks.tree.below(one.branch_id)
    me = looks.member_in(inside)
    replies, earlier = await reading.replies(one, before=start_of(visit, "before"))
    people = [row.person_id for row in replies if row.person_id is not None]
    names = (await names_of(people=[*people, *([one.person_id] if one.person_id else [])])).people
    unread, waiting = await reading.unread_by(one, [branch for branch in inside if looks.leads(branch)])
    context = {
        "notice": one,
        "branch": found,
        "by": names.get(one.person_id or 0, ""),
        "replies": [(names.get(row.person_id or 0, ""), row) for row in replies],
        "earlier": earlier,
        "may_remove": {row.id for row in replies if row.person_id == visit.me.id or looks.leads(one.branch_id)},
        "read": me is None or await Receipt.filter(notice_id=one.id, member_id=me.id).exists(),
        "count": await reading.read_by(one, inside),
        "all": (await counts(inside)).all,
        "unread": [row.name for row in unread],
        "waiting": waiting,
        "url": f"{visit.here.url}/party/branches/{found.key}/notices",
        "form": Form.blank(),
    }
    return await visit.render("party/notice.html", context)


async def read(visit: Visit) -> Response:
    one, found, looks = await _notice(visit)
    me = looks.member_in(looks.tree.below(one.branch_id))
    form = await visit.form()
    url = f"{visit.here.url}/party/branches/{found.key}/notices/{one.key}"
    if me is None:
        raise missing()

    async def act() -> str:
        await actions.read(one, me)
        return url

    return visit.redirect(await form.once(act), toast=_("收到"))


async def reply(visit: Visit) -> Response:
    one, found, looks = await _notice(visit)
    if looks.member_in(looks.tree.below(one.branch_id)) is None:
        raise missing()
    form = await visit.form()
    said = form.text("body", _("要说的话"), required=True, max_length=500, multiline=True)
    url = f"{visit.here.url}/party/branches/{found.key}/notices/{one.key}"
    if not form:
        return visit.redirect(url, toast=_("写上要说的话，最多 500 字"))

    async def act() -> str:
        await actions.reply(one, said, actor=visit.me.id)
        return url

    return visit.redirect(await form.once(act), toast=_("写好了"))


async def take_back(visit: Visit) -> Response:
    """Take away what was said below a notice: one's own, or in a branch that one leads."""
    one, found, looks = await _notice(visit)
    said = await Reply.get_or_none(id=number_of(visit, "said"), notice_id=one.id)
    if said is None or not (said.person_id == visit.me.id or looks.leads(one.branch_id)):
        raise missing()
    form = await visit.form()
    url = f"{visit.here.url}/party/branches/{found.key}/notices/{one.key}"

    async def act() -> str:
        await actions.take_back(said, actor=visit.me.id)
        return url

    return visit.redirect(await form.once(act), toast=_("拿掉了"))


NOTICE = "/branches/{branch}/notices/{notice}"
PAGES = (
    Page(path="/branches/{branch}/notices", view=notices, to=BELONG, name="notices"),
    Page(path="/branches/{branch}/announce", view=announce, to=LEAD, methods=BOTH, name="announce"),
    Page(path=NOTICE, view=notice, to=BELONG, name="notice"),
    Page(path=f"{NOTICE}/read", view=read, to=BELONG, methods=("POST",), name="read_notice"),
    Page(path=f"{NOTICE}/said/{{said}}/off", view=take_back, to=BELONG, methods=("POST",), name="reply_off"),
    Page(path=f"{NOTICE}/reply", view=reply, to=BELONG, methods=("POST",), name="reply"),
)
