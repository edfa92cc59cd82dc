"""Pages of members who serve: pairs with households, and those who want to come back."""

from __future__ import annotations

from starlette.responses import Response

from cunli import MEMBER, Page, Visit, homes, names_of, villagers
from cunli import gettext as _
from cunli_party import words
from cunli_party.branches.asking import branch_of, looks_of
from cunli_party.branches.choosing import chooser
from cunli_party.branches.listing import verified
from cunli_party.models import LEAD_PHONE, Branch, Deed, Lead, Member, Pair
from cunli_party.papers import Field, Given, Paper, Wrong, answer, carry_out, missing, start_of, today
from cunli_party.rights import BELONG, LEAD
from cunli_party.standing import Reader

from . import actions, reading

BOTH = ("GET", "POST")
MOST = 20


async def _household(visit: Visit) -> int | None:
    return next((one.household_id for one in await villagers() if one.person_id == visit.me.id), None)


async def serve(visit: Visit) -> Response:
    """For a household: who stands by it, and what is said to have been done. For a member: the own pairs; for who leads, all."""
    looks = await looks_of(visit)
    home = await _household(visit)
    own = [one.id for one in looks.own]
    led = looks.led()
    ours = await Pair.filter(household_id=home, ended_on__isnull=True).limit(MOST) if home is not None else []
    pairs, more = await reading.pairs(own, led, after=start_of(visit))
    every = {one.id: one for one in [*ours, *pairs]}
    deeds = await reading.deeds(list(every))
    done = await reading.counts(list(every))
    members = {one.id: one for one in await Member.filter(id__in=[pair.member_id for pair in every.values()])}
    names = (await names_of(homes=[pair.household_id for pair in every.values()])).homes
    context = {
        "ours": [(members[one.member_id].name, one, deeds.get(one.id, [])) for one in ours if one.member_id in members],
        "pairs": [
            (
                members[one.member_id].name,
                names.get(one.household_id, ""),
                one,
                deeds.get(one.id, []),
                one.member_id in own,
                done.get(one.id, (0, 0)),
            )
            for one in pairs
            if one.member_id in members
        ],
        "belongs": looks.belongs,
        "leads": bool(led),
        "more": more,
        "states": words.DEED_STATES,
        "url": f"{visit.here.url}/party/serve",
    }
    return await visit.render("party/serve.html", context)


async def pair(visit: Visit) -> Response:
    looks = await looks_of(visit)
    who = await chooser(looks.led(), "member", _("哪位党员"))
    houses = await homes()
    fields = [
        who.field,
        Field(
            name="household",
            label=_("哪一户"),
            kind="pick",
            choices=[(str(one.household_id), one.name) for one in houses],
        ),
        Field(name="why", label=_("有什么难处"), most=200, required=False),
    ]
    back = f"{visit.here.url}/party/serve"
    note = "" if houses else _("村里的户册还是空的，先由村管理员登记户。")
    paper = Paper(title=_("党员和一户结对"), fields=fields, go=_("结对"), back=back, note=note)

    async def act(given: Given) -> str:
        member = await who.member(given["member"])
        await actions.pair(member, int(given["household"]), given["why"], actor=visit.me.id, day=today())
        return back

    return await answer(visit, paper, act, toast=_("结好了"))


async def tell_deed(visit: Visit) -> Response:
    looks = await looks_of(visit)
    found = await Pair.get_or_none(key=visit.path_params["pair"], ended_on__isnull=True)
    if found is None or found.member_id not in [one.id for one in looks.own]:
        raise missing()
    back = f"{visit.here.url}/party/serve"
    fields = [
        Field(name="day", label=_("哪一天"), kind="date", value=today()),
        Field(name="words", label=_("做了什么"), kind="words", most=500),
    ]
    paper = Paper(title=_("记一件"), about=_("这一户的人确认了才算。"), fields=fields, go=_("记下"), back=back)

    async def act(given: Given) -> str:
        if given["day"] > today():
            raise Wrong("day", _("日子还没到"))
        await actions.tell_deed(found, given, actor=visit.me.id, url=back)
        return back

    return await answer(visit, paper, act, toast=_("记下了，等这一户确认"))


async def end(visit: Visit) -> Response:
    looks = await looks_of(visit)
    found = await Pair.get_or_none(key=visit.path_params["pair"], ended_on__isnull=True)
    member = await Member.get_or_none(id=found.member_id) if found else None
    if found is None or member is None or not looks.leads(member.branch_id):
        raise missing()
    form = await visit.form()
    back = f"{visit.here.url}/party/serve"

    async def act() -> str:
        await actions.end(found, actor=visit.me.id, day=today())
        return back

    return visit.redirect(await form.once(act), toast=_("结束了，记录还在"))


async def answer_deed(visit: Visit) -> Response:
    """Somebody of the household says whether it happened; never the member, even of the same house."""
    deed = await Deed.get_or_none(key=visit.path_params["deed"])
    found = await Pair.get_or_none(id=deed.pair_id) if deed else None
    member = await Member.get_or_none(id=found.member_id) if found else None
    home = await _household(visit)
    if deed is None or found is None or member is None or home is None or found.household_id != home:
        raise missing()
    if member.person_id == visit.me.id:
        raise missing()
    form = await visit.form()
    confirmed = form.choice("confirmed", _("有没有这回事"), ("0", "1")) == "1"
    said = form.text("answer", _("想说的话"), max_length=200)
    back = f"{visit.here.url}/party/serve"
    if not form:
        return visit.redirect(back, toast=_("想说的话最多 200 字"))

    async def act() -> str:
        await actions.answer_deed(deed, confirmed=confirmed, answer=said, actor=visit.me.id)
        return back

    return await carry_out(visit, form, act, back, toast=_("记下了"))


async def leads(visit: Visit) -> Response:
    found, looks = await branch_of(visit)
    before = start_of(visit, "before")
    wanted = Lead.filter(branch_id=found.id, **({"id__lt": before} if before else {}))
    listed = await wanted.order_by("-id").limit(MOST + 1)
    listed, more = listed[:MOST], listed[MOST - 1].id if len(listed) > MOST else 0
    owners = {one.id: one.name for one in await Member.filter(id__in=[one.owner_id for one in listed if one.owner_id])}
    context = {
        "branch": found,
        "listed": listed,
        "more": more,
        "owners": owners,
        "phones": {one.id: LEAD_PHONE.masked(one.phone, one.key) for one in listed if one.phone},
        "stages": words.STAGES,
        "leads": looks.leads(found.id),
        "url": f"{visit.here.url}/party/branches/{found.key}/leads",
    }
    return await visit.render("party/leads.html", context)


async def keep_lead(visit: Visit) -> Response:
    found, looks = await branch_of(visit, lead=True)
    return await _keep_lead(visit, found, looks, None)


async def edit_lead(visit: Visit) -> Response:
    found, looks = await branch_of(visit, lead=True)
    one = await Lead.get_or_none(key=visit.path_params["lead"], branch_id=found.id)
    if one is None:
        raise missing()
    return await _keep_lead(visit, found, looks, one)


async def _keep_lead(visit: Visit, found: Branch, looks: Reader, one: Lead | None) -> Response:
    at = one or Lead(stage="heard")
    inside = looks.tree.below(found.id)
    held = await verified(inside).filter(id=at.owner_id).first() if at.owner_id else None
    owner = await chooser(inside, "owner", _("谁跟进"), first=[("", _("还没定"))], value=held)
    fields = [
        Field(name="name", label=_("谁想回来"), most=40, value=at.name or ""),
        Field(name="phone", label=_("电话"), most=20, required=False, hint=_("空着就是不改") if one else ""),
        Field(name="idea", label=_("想做什么"), kind="words", most=500, value=at.idea or ""),
        Field(
            name="needs",
            label=_("要什么"),
            most=200,
            required=False,
            value=at.needs or "",
            hint=_("土地、贷款、手续、帮手"),
        ),
        owner.field,
        Field(name="stage", label=_("到哪一步"), kind="choice", choices=words.choices(words.STAGES), value=at.stage),
        Field(name="result", label=_("结果"), kind="words", most=500, required=False, value=at.result or ""),
    ]
    back = f"{visit.here.url}/party/branches/{found.key}/leads"
    paper = Paper(title=_("返乡创业"), fields=fields, go=_("存好"), back=back, changes=one is not None)

    async def act(given: Given) -> str:
        values = {**given, "owner_id": (await owner.member(given["owner"])).id if given["owner"] else None}
        await actions.keep_lead(found, values, actor=visit.me.id, lead=one)
        return back

    return await answer(visit, paper, act, toast=_("存好了"))


PAGES = (
    Page(path="/serve", view=serve, to=MEMBER, name="serve"),
    Page(path="/serve/pair", view=pair, to=LEAD, methods=BOTH, name="pair"),
    Page(path="/serve/{pair}/tell", view=tell_deed, to=BELONG, methods=BOTH, name="tell_deed"),
    Page(path="/serve/{pair}/end", view=end, to=LEAD, methods=("POST",), name="end_pair"),
    Page(path="/deeds/{deed}", view=answer_deed, to=MEMBER, methods=("POST",), name="answer_deed"),
    Page(path="/branches/{branch}/leads", view=leads, to=BELONG, name="leads"),
    Page(path="/branches/{branch}/leads/add", view=keep_lead, to=LEAD, methods=BOTH, name="add_lead"),
    Page(path="/branches/{branch}/leads/{lead}", view=edit_lead, to=LEAD, methods=BOTH, name="edit_lead"),
)
