"""Pages of dues that were settled elsewhere, and of hours of study."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _
from cunli_party import rules, words
from cunli_party.branches import listing
from cunli_party.branches.asking import branch_of, looks_of, member_of
from cunli_party.models import Study
from cunli_party.papers import Field, Given, Paper, Wrong, answer, carry_out, missing, start_of, today
from cunli_party.rights import BELONG, LEAD

from . import actions, reading

BOTH = ("GET", "POST")


async def dues(visit: Visit) -> Response:
    """Which months nobody noted as settled. No amounts, no payment: that is done at the branch."""
    found, looks = await branch_of(visit, lead=True)
    after = start_of(visit)
    people, more = await listing.page(looks.tree.below(found.id), after=after)
    url = f"{visit.here.url}/party/branches/{found.key}/dues"
    months = [f"{rules.add_months(today(), -back):%Y-%m}" for back in range(3, -1, -1)]
    form = Form.blank(month=months[-2]) if visit.request.method in ("GET", "HEAD") else await visit.form()
    if visit.request.method == "POST":
        month = form.choice("month", _("哪个月"), months)
        keys = form.keys("who", most=listing.MOST)
        chosen = [one for one in people if one.key in keys]
        if not chosen:
            form.error("who", _("还没选是谁"))
        if form:

            async def act() -> str:
                await actions.settle_dues(chosen, month, actor=visit.me.id)
                return f"{url}?after={after}" if after else url

            return visit.redirect(await form.once(act), toast=_("记下了"))
    context = {
        "branch": found,
        "form": form,
        "months": [(one, one) for one in months],
        "people": people,
        "more": more,
        "url": url,
        "open": await reading.unsettled(people, today()),
    }
    return await visit.render("party/dues.html", context, status=200 if form else 422)


async def hours(visit: Visit) -> Response:
    """Hours of study of a member this year, by where they come from, for the member and whoever leads."""
    found, branch, looks = await member_of(visit)
    own = found.person_id == visit.me.id
    if not (own or looks.leads(found.branch_id)):
        raise missing()
    year = today().year
    context = {
        "member": found,
        "branch": branch,
        "year": year,
        "studied": await reading.studied(found, year),
        "rule": rules.rules().hours,
        "told": await Study.filter(member_id=found.id).order_by("-day").limit(50),
        "states": words.STUDY_STATES,
        "own": own,
        "leads": looks.leads(found.branch_id) and not own,
    }
    return await visit.render("party/hours.html", context)


async def tell_study(visit: Visit) -> Response:
    """“我在别处学了”: with a proof that the branch looks at."""
    looks = await looks_of(visit)
    me = looks.own[0] if looks.own else None
    if me is None:
        raise missing()
    back = f"{visit.here.url}/party/members/{me.key}/hours"
    fields = [
        Field(name="day", label=_("哪一天"), kind="date", value=today()),
        Field(name="hours", label=_("几个学时"), kind="number", least=1, most=40),
        Field(name="what", label=_("学了什么"), most=100, hint=_("比如：学习强国专题、县里的培训班")),
        Field(name="proof", label=_("凭据"), most=500, hint=_("网址、证书编号，或者谁可以证明")),
    ]
    paper_ = Paper(
        title=_("我在别处学了"), about=_("支部看过凭据才算进学时。"), fields=fields, go=_("交给支部"), back=back
    )

    async def act(given: Given) -> str:
        if given["day"] > today():
            raise Wrong("day", _("日子还没到"))
        await actions.tell_study(me, given)
        return back

    return await answer(visit, paper_, act, toast=_("交给支部了"))


async def judge_study(visit: Visit) -> Response:
    found, _branch, looks = await member_of(visit, lead=True)
    one = await Study.get_or_none(key=visit.path_params["study"], member_id=found.id)
    if one is None or found.person_id == visit.me.id or not looks.leads(found.branch_id):
        raise missing()
    form = await visit.form()
    counted = form.choice("counted", _("算不算"), ("0", "1")) == "1"
    back = f"{visit.here.url}/party/members/{found.key}/hours"
    if not form:
        return visit.redirect(back)

    async def act() -> str:
        await actions.judge_study(one, counted=counted, actor=visit.me.id)
        return back

    return await carry_out(visit, form, act, back, toast=_("记下了"))


BRANCH = "/branches/{branch}"
PAGES = (
    Page(path=f"{BRANCH}/dues", view=dues, to=LEAD, methods=BOTH, name="dues"),
    Page(path="/members/{member}/hours", view=hours, to=BELONG, name="hours"),
    Page(path="/members/{member}/hours/{study}", view=judge_study, to=LEAD, methods=("POST",), name="judge_study"),
    Page(path="/tell-study", view=tell_study, to=BELONG, methods=BOTH, name="tell_study"),
)
