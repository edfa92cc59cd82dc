"""Pages of members who are away."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Page, Visit
from cunli import gettext as _
from cunli_party import rules, words
from cunli_party.branches.asking import branch_of, looks_of
from cunli_party.branches.choosing import chooser
from cunli_party.models import AWAY_CONTACT, Branch, Journey, Member, Report
from cunli_party.papers import Field, Given, Paper, Wrong, answer, carry_out, missing, start_of, today
from cunli_party.rights import BELONG, LEAD

from . import actions, reading

BOTH = ("GET", "POST")


async def away(visit: Visit) -> Response:
    """One's own register entry; for whoever leads, who is away, who should report, and who are together."""
    looks = await looks_of(visit)
    mine = [one.id for one in looks.own]
    own = await Journey.filter(member_id__in=mine).order_by("-id").first()
    led = looks.led()
    open_, members, more = await reading.registered(led, page=start_of(visit, "page"))
    context = {
        "own": own,
        "reports": await Report.filter(journey_id=own.id).order_by("-id").limit(10) if own else [],
        "due": rules.report_due(own.reported_on) if own else None,
        "open": [(members[one.member_id], one, rules.report_due(one.reported_on)) for one in open_],
        "contacts": {one.id: AWAY_CONTACT.masked(one.contact, one.key) for one in open_ if one.contact},
        "unregistered": await reading.unregistered(led),
        "rate": await reading.rate(led),
        "together": await reading.together(led),
        "more": more,
        "leads": bool(led),
        "branch": looks.tree.branches[led[0]] if led else None,
        "today": today(),
        "reasons": words.REASONS,
        "how": {
            one.id: rules.how_to_go(one.since, one.until, fixed=one.fixed) for one in [*open_, *([own] if own else [])]
        },
        "url": f"{visit.here.url}/party/away",
    }
    return await visit.render("party/away.html", context)


def _fields() -> list[Field]:
    return [
        Field(name="reason", label=_("出去做什么"), kind="choice", choices=words.choices(words.REASONS)),
        Field(name="place", label=_("到哪里"), most=60, hint=_("写到市、县，比如：浙江义乌")),
        Field(name="since", label=_("哪天走"), kind="date", value=today()),
        Field(name="until", label=_("哪天回来"), kind="date", required=False, hint=_("说不准就空着")),
        Field(name="fixed", label=_("去的地方固定"), kind="flag"),
        Field(name="contact", label=_("在外的电话"), most=20, required=False),
        Field(name="receiving", label=_("去哪个党组织报到"), most=60, required=False, hint=_("还不知道就空着")),
    ]


async def tell_branch(visit: Visit) -> Response:
    """Report before leaving."""
    looks = await looks_of(visit)
    me = looks.own[0] if looks.own else None
    if me is None:
        raise missing()
    back = f"{visit.here.url}/party/away"
    paper = Paper(
        title=_("外出以前报告"),
        about=_("六个月以内，或者没有固定地方的，带流动党员活动证；六个月以上、地方固定的，转组织关系。"),
        fields=_fields(),
        go=_("报告支部"),
        back=back,
    )

    async def act(given: Given) -> str:
        if given["until"] and given["until"] < given["since"]:
            raise Wrong("until", _("回来的日子早于走的日子"))
        await actions.tell_branch(me, given, actor=visit.me.id, day=today())
        return back

    return await answer(visit, paper, act, toast=_("报告了，一路平安"))


async def enter(visit: Visit) -> Response:
    """The branch registers somebody who told it by telephone."""
    branch, looks = await branch_of(visit, lead=True)
    back = f"{visit.here.url}/party/away"
    who = await chooser(looks.tree.below(branch.id), "who", _("谁外出"))
    paper = Paper(title=_("替党员登记外出"), fields=[who.field, *_fields()], go=_("登记"), back=back)

    async def act(given: Given) -> str:
        member = await who.member(given["who"])
        await actions.tell_branch(member, given, actor=visit.me.id, day=today())
        return back

    return await answer(visit, paper, act, toast=_("登记了"))


async def _journey(visit: Visit) -> tuple[Journey, Member, bool]:
    looks = await looks_of(visit)
    found = await Journey.get_or_none(key=visit.path_params["journey"], back_on__isnull=True)
    member = await Member.get_or_none(id=found.member_id) if found else None
    if found is None or member is None:
        raise missing()
    own = member.person_id == visit.me.id
    if not (own or looks.leads(member.branch_id)):
        raise missing()
    return found, member, own


async def report(visit: Visit) -> Response:
    """Tell the branch how it is."""
    found, _member, _own = await _journey(visit)
    back = f"{visit.here.url}/party/away"
    fields = [Field(name="words", label=_("近来怎么样"), kind="words", most=1000, least=2)]
    paper = Paper(title=_("向支部报告"), about=_("一年至少一次。"), fields=fields, go=_("报告"), back=back)

    async def act(given: Given) -> str:
        await actions.report(found, given["words"], day=today())
        return back

    return await answer(visit, paper, act, toast=_("报告了"))


async def back(visit: Visit) -> Response:
    found, member, _own = await _journey(visit)
    form = await visit.form()
    url = f"{visit.here.url}/party/away"

    async def act() -> str:
        await actions.come_back(found, member, actor=visit.me.id, day=today())
        return url

    return await carry_out(visit, form, act, url, toast=_("回来就好，记下了"))


async def together(visit: Visit) -> Response:
    """Found a temporary branch where three are together."""
    branch, looks = await branch_of(visit, lead=True)
    form = await visit.form()
    place = form.text("place", _("地方"), required=True, max_length=60)
    url = f"{visit.here.url}/party/away"
    members = await reading.at(looks.tree.below(branch.id), place) if form else []
    if not form or len(members) < rules.rules().away.together:
        return visit.redirect(url, toast=_("这个地方还不到三个人"))

    async def act() -> str:
        made: Branch = await actions.found_together(branch, place, members, actor=visit.me.id, day=today())
        return f"{visit.here.url}/party/branches/{made.key}"

    return await carry_out(visit, form, act, url, toast=_("临时党支部设好了"))


PAGES = (
    Page(path="/away", view=away, to=BELONG, name="away"),
    Page(path="/away/tell", view=tell_branch, to=BELONG, methods=BOTH, name="tell_away"),
    Page(path="/away/{journey}/report", view=report, to=BELONG, methods=BOTH, name="report_away"),
    Page(path="/away/{journey}/back", view=back, to=BELONG, methods=("POST",), name="back"),
    Page(path="/branches/{branch}/away", view=enter, to=LEAD, methods=BOTH, name="enter_away"),
    Page(path="/branches/{branch}/together", view=together, to=LEAD, methods=("POST",), name="together"),
)
