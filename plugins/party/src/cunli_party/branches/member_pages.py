"""Pages of members: applying, the list, a profile, and what whoever leads can do."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli import MEMBER, Page, Visit, reveal, unit
from cunli import gettext as _
from cunli_party import words
from cunli_party.models import CONTACT, PHONE, Member, Step, Transfer
from cunli_party.papers import Field, Given, Paper, answer, asked, missing, start_of, today
from cunli_party.rights import BELONG, LEAD

from . import actions, listing, showing
from .asking import branch_of, looks_of, member_of

BOTH = ("GET", "POST")
WHICH = ("all", "probationary", "out", "in")


def profile_fields(member: Member | None, *, lead: bool) -> list[Field]:
    """The profile. Whoever leads also says whether somebody is away; sealed fields are not filled in again."""
    keeps = _("空着就是不改") if member else ""
    fields = [
        Field(
            name="joined_on", label=_("入党日期"), kind="date", required=False, value=member.joined_on if member else ""
        ),
        Field(name="full_on", label=_("转正日期"), kind="date", required=False, value=member.full_on if member else ""),
        Field(
            name="education",
            label=_("学历"),
            kind="pick",
            choices=words.choices(words.EDUCATION),
            required=False,
            value=member.education if member else "",
        ),
        Field(name="work", label=_("工作"), most=40, required=False, value=member.work if member else ""),
        Field(name="phone", label=_("电话"), most=20, required=False, hint=keeps),
        Field(name="contact", label=_("紧急联系人"), most=60, required=False, hint=keeps),
    ]
    if lead:
        fields.append(
            Field(
                name="away",
                label=_("流动情况"),
                kind="choice",
                choices=words.choices(words.AWAY),
                required=False,
                value=member.away if member else "",
            )
        )
        fields.append(
            Field(name="duty", label=_("值班、分工"), most=40, required=False, value=member.duty if member else "")
        )
    return fields


async def apply(visit: Visit) -> Response:
    """A villager says: I belong to this branch. It is the branch that confirms it, apart from the village's verification."""
    looks = await looks_of(visit)
    open_ = [one for one in looks.tree.open() if one.kind != "temporary"]  # where somebody works is not for everybody
    if not open_:
        return visit.redirect(f"{visit.here.url}/party/home", toast=_("村里还没有设立党组织"))
    fields = [
        Field(name="branch", label=_("哪个支部"), kind="choice", choices=[(str(one.id), one.name) for one in open_]),
        Field(name="status", label=_("身份"), kind="choice", choices=words.choices(words.STATUSES)),
        Field(name="joined_on", label=_("入党日期"), kind="date", required=False),
    ]
    paper = Paper(
        title=_("我是党员"),
        about=_("由支部核实。核实以前看不到支部内部的内容。"),
        fields=fields,
        go=_("请支部核实"),
        back=f"{visit.here.url}/party/home",
    )

    async def act(given: Given) -> str:
        branch = looks.tree.branches[int(given["branch"])]
        url = f"{visit.here.url}/party/branches/{branch.key}/members"
        await actions.apply(branch, given, visit.me.id, visit.me.display_name, url=url)
        return f"{visit.here.url}/party/home"

    return await answer(visit, paper, act, toast=_("交给支部了，核实以后告诉你"))


async def members(visit: Visit) -> Response:
    """The roll, fifty at a time; whoever leads also sees who waits to be confirmed."""
    found, looks = await branch_of(visit)
    leads = looks.leads(found.id)
    inside = looks.inside(found.id)
    which = visit.query.get("which", "all")
    which = which if which in WHICH else "all"
    words_ = asked(visit)
    after = start_of(visit)
    shown, more = await listing.page(inside, which=which, after=after, words=words_)
    waiting = []
    if leads and not after:
        waiting = await Member.filter(branch_id__in=inside, standing="applied").order_by("id").limit(listing.MOST)
    context = {
        "branch": found,
        "members": [showing.line(one, whole=leads) for one in shown],
        "waiting": [showing.line(one, whole=False) for one in waiting],
        "leads": leads,
        "which": which,
        "asked": words_,
        "more": more,
        "counts": await listing.counts(inside),
    }
    return await visit.render("party/members.html", context)


async def member(visit: Visit) -> Response:
    """A member: the name and what everybody in the branch knows; the rest for the member and whoever leads."""
    found, branch, looks = await member_of(visit)
    leads = looks.leads(found.branch_id)
    own = found.person_id == visit.me.id
    whole = leads or own
    if found.standing != "verified" and not whole:
        raise missing()
    steps = await Step.filter(member_id=found.id).order_by("-id").limit(50) if whole else []
    names = {str(one.id): one.name for one in looks.tree.branches.values()}
    letter = await Transfer.filter(member_key=found.key, taken_at__isnull=True, valid_until__gte=today()).first()
    context = {
        "member": showing.line(found, whole=whole and found.home_id is None),
        "branch": branch,
        "guest": found.home_id is not None,
        "profile": showing.profile(found) if whole and found.home_id is None else [],
        "past": await showing.history(found, steps, names),
        "leads": leads,
        "own": own,
        "letter": letter if whole else None,
    }
    return await visit.render("party/member.html", context)


async def edit(visit: Visit) -> Response:
    found, _branch, looks = await member_of(visit)
    leads = looks.leads(found.branch_id)
    if found.standing != "verified" or found.home_id or not (leads or found.person_id == visit.me.id):
        raise missing()
    address = f"{visit.here.url}/party/members/{found.key}"
    paper = Paper(title=_("改资料"), fields=profile_fields(found, lead=leads), go=_("存好"), back=address, changes=True)

    async def act(given: Given) -> str:
        await actions.change_profile(found, given, actor=visit.me.id)
        return address

    return await answer(visit, paper, act, toast=_("存好了"))


async def see(visit: Visit) -> Response:
    """Open the sealed columns; who looked is written down."""
    found, _branch, looks = await member_of(visit)
    if not (looks.leads(found.branch_id) or found.person_id == visit.me.id):
        raise missing()
    await visit.form()
    masked = (PHONE.masked(found.phone, found.key), CONTACT.masked(found.contact, found.key))

    @unit
    async def opened() -> tuple[str, ...]:
        present = [one for one in masked if one]
        clear = iter(await reveal(*present, actor=visit.me.id, village=found.village_id, object=("member", found.id)))
        return tuple(next(clear) if one else "" for one in masked)

    phone, contact = await opened()
    context = {"member": showing.line(found, whole=True), "phone": phone, "contact": contact}
    return await visit.render("party/seen.html", context)


async def decide(visit: Visit) -> Response:
    found, branch, _looks = await member_of(visit, lead=True)
    if found.standing != "applied":
        raise missing()
    back = f"{visit.here.url}/party/branches/{branch.key}/members"
    fields = [
        Field(
            name="passed",
            label=_("是不是本支部的党员"),
            kind="choice",
            choices=[("1", _("是，核实过了")), ("0", _("不是"))],
        ),
        Field(name="reason", label=_("说明"), most=200, required=False, hint=_("没有通过的，写上原因")),
    ]
    paper = Paper(title=_("核实：%(name)s", name=found.name), fields=fields, go=_("就这样"), back=back)

    async def act(given: Given) -> str:
        home = f"{visit.here.url}/party/home"
        passed = given["passed"] == "1"
        await actions.decide(found, passed=passed, reason=given["reason"], actor=visit.me.id, url=home)
        return back

    return await answer(visit, paper, act, toast=_("记下了，告诉本人了"))


async def enter(visit: Visit) -> Response:
    found, _looks = await branch_of(visit, lead=True)
    back = f"{visit.here.url}/party/branches/{found.key}/members"
    fields = [
        Field(name="name", label=_("姓名"), most=40),
        Field(name="status", label=_("身份"), kind="choice", choices=words.choices(words.STATUSES), value="full"),
        *profile_fields(None, lead=True),
    ]
    paper = Paper(
        title=_("登记党员"),
        about=_("本村认证过的乡亲里只有一位叫这个名字的，就和他的账号连上；没有账号的也可以登记。"),
        fields=fields,
        go=_("登记"),
        back=back,
    )

    async def act(given: Given) -> str:
        await actions.enter(found, given, actor=visit.me.id)
        return back

    return await answer(visit, paper, act, toast=_("登记了"))


def _roles(member: Member) -> list[tuple[str, Any]]:
    """The offices that the branch gives. Who is its secretary, an office of village, township or county says."""
    return [one for one in words.choices(words.ROLES) if (one[0] == "secretary") is (member.role == "secretary")]


async def change(visit: Visit) -> Response:
    """Another status, role or group."""
    found, branch, looks = await member_of(visit, lead=True)
    if found.standing != "verified":
        raise missing()
    address = f"{visit.here.url}/party/members/{found.key}"
    inside = [looks.tree.branches[one] for one in looks.led() if found.home_id is None or one == branch.id]
    fields = [
        Field(name="status", label=_("身份"), kind="choice", choices=words.choices(words.STATUSES), value=found.status),
        Field(name="role", label=_("职务"), kind="pick", choices=_roles(found), value=found.role),
        Field(
            name="branch",
            label=_("在哪个支部、小组"),
            kind="pick",
            choices=[(str(one.id), one.name) for one in inside],
            value=str(branch.id),
        ),
        Field(name="reason", label=_("说明"), most=200, required=False),
    ]
    paper = Paper(title=_("变动：%(name)s", name=found.name), fields=fields, go=_("存好"), back=address, changes=True)

    async def act(given: Given) -> str:
        await actions.change_standing(found, given, actor=visit.me.id)
        return address

    return await answer(visit, paper, act, toast=_("存好了"))


async def leave(visit: Visit) -> Response:
    found, branch, _looks = await member_of(visit, lead=True)
    if found.standing != "verified":
        raise missing()
    fields = [Field(name="reason", label=_("为什么"), most=200, hint=_("比如：去世、出党；转到别处的请开介绍信"))]
    back = f"{visit.here.url}/party/members/{found.key}"
    paper = Paper(title=_("不再是本支部的党员：%(name)s", name=found.name), fields=fields, go=_("记下"), back=back)

    async def act(given: Given) -> str:
        await actions.leave(found, given["reason"], actor=visit.me.id)
        return f"{visit.here.url}/party/branches/{branch.key}/members"

    return await answer(visit, paper, act, toast=_("记下了，历史还在"))


PAGES = (
    Page(path="/apply", view=apply, to=MEMBER, methods=BOTH, name="apply"),
    Page(path="/branches/{branch}/members", view=members, to=BELONG, name="members"),
    Page(path="/branches/{branch}/enter", view=enter, to=LEAD, methods=BOTH, name="enter"),
    Page(path="/members/{member}", view=member, to=BELONG, name="member"),
    Page(path="/members/{member}/edit", view=edit, to=BELONG, methods=BOTH, name="edit_member"),
    Page(path="/members/{member}/see", view=see, to=BELONG, methods=("POST",), name="see"),
    Page(path="/members/{member}/decide", view=decide, to=LEAD, methods=BOTH, name="decide"),
    Page(path="/members/{member}/change", view=change, to=LEAD, methods=BOTH, name="change"),
    Page(path="/members/{member}/leave", view=leave, to=LEAD, methods=BOTH, name="leave"),
)
