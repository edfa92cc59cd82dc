"""Pages of branches: the door, setting one up, the branch's home."""

from __future__ import annotations

from starlette.responses import Response

from cunli import MEMBER, Page, Villager, Visit, villagers
from cunli import gettext as _
from cunli_party import words
from cunli_party.models import Branch, Meeting, Member, Notice
from cunli_party.papers import Field, Given, Paper, Wrong, answer, missing
from cunli_party.rights import BELONG, LEAD, SET_UP
from cunli_party.school import reading as school

from . import actions, listing, showing
from .asking import branch_of, looks_of


async def home(visit: Visit) -> Response:
    """The door of the party: one's own branches, the school, and for offices what there is to set up."""
    looks = await looks_of(visit)
    applied = await Member.filter(person_id=visit.me.id, standing="applied").count() if visit.person else 0
    every = visit.may(SET_UP)  # who names a secretary has to see what there is
    open_ = [one for one in looks.tree.open() if every or one.kind != "temporary" or looks.sees(one.id)]
    context = {
        "own": [looks.tree.branches[one.branch_id] for one in looks.own],
        "led": [looks.tree.branches[one] for one in looks.led()],
        "branches": [one for one in open_ if one.kind != "group"],
        "kinds": words.BRANCHES,
        "applied": applied,
        "courses": (await school.courses(whole=looks.belongs, person_id=visit.me.id, most=5))[0],
        "may_set_up": visit.may(SET_UP),
    }
    return await visit.render("party/home.html", context)


def _branch_fields(branch: Branch | None, parents: list[Branch]) -> list[Field]:
    kinds = [(key, label) for key, label in words.BRANCHES.items() if key != "committee"]
    fields = [
        Field(name="name", label=_("名称"), most=40, value=branch.name if branch else "", hint=_("比如：禾坪村党支部")),
        Field(name="place", label=_("活动场所"), most=60, required=False, value=branch.place if branch else ""),
        Field(
            name="party_day",
            label=_("主题党日是每月几号"),
            kind="number",
            least=1,
            most=28,
            required=False,
            value=(branch.party_day or "") if branch else "",
            hint=_("1 到 28；定了就每月提醒"),
        ),
        Field(
            name="about",
            label=_("介绍"),
            kind="words",
            most=1000,
            required=False,
            value=branch.about if branch else "",
        ),
    ]
    if branch is None:
        fields.insert(0, Field(name="kind", label=_("是什么组织"), kind="choice", choices=kinds, value="branch"))
        above = [("", _("镇党委（上一级）")), *((str(one.id), one.name) for one in parents)]
        fields.insert(2, Field(name="parent", label=_("属于哪里"), kind="pick", choices=above, required=False))
    return fields


async def set_up(visit: Visit) -> Response:
    """An office sets up a branch and says who its secretary is. What the branch then writes is not shown to it."""
    looks = await looks_of(visit)
    parents = [one for one in looks.tree.open() if one.kind != "temporary"]
    people = await villagers()
    fields = [*_branch_fields(None, parents), _secretary()]
    paper = Paper(
        title=_("设立党组织"),
        fields=fields,
        go=_("设立"),
        back=f"{visit.here.url}/party/home",
        note=_("书记要是本村认证过的乡亲。支部内部的内容只有支部核实过的党员看得到，设立的人看不到。"),
    )

    async def act(given: Given) -> str:
        person, name = _person(people, given["secretary"])
        parent = next((one for one in parents if str(one.id) == given["parent"]), None)
        branch = await actions.set_up(given, actor=visit.me.id, parent=parent)
        await actions.appoint(branch, person, name, actor=visit.me.id)
        return f"{visit.here.url}/party/home"

    return await answer(visit, paper, act, toast=_("设好了"))


def _secretary() -> Field:
    return Field(name="secretary", label=_("书记是谁"), most=40, hint=_("写姓名"))


def _person(people: list[Villager], name: str) -> tuple[int, str]:
    found = [one for one in people if one.name == name]
    if not found:
        raise Wrong("secretary", _("本村认证过的乡亲里没有“%(name)s”，请先在村里认证", name=name))
    if len(found) > 1:
        raise Wrong(
            "secretary", _("有 %(n)s 位乡亲叫“%(name)s”，请其中一位改一下显示的名字再来", n=len(found), name=name)
        )
    return found[0].person_id, found[0].name


async def appoint(visit: Visit) -> Response:
    looks = await looks_of(visit)
    key = visit.path_params["branch"]
    branch = next((one for one in looks.tree.branches.values() if one.key == key), None)
    if branch is None:
        raise missing()
    people = await villagers()
    paper = Paper(
        title=_("确定书记：%(name)s", name=branch.name),
        fields=[_secretary()],
        go=_("确定"),
        back=f"{visit.here.url}/party/home",
    )

    async def act(given: Given) -> str:
        person, name = _person(people, given["secretary"])
        await actions.appoint(branch, person, name, actor=visit.me.id)
        return f"{visit.here.url}/party/home"

    return await answer(visit, paper, act, toast=_("记下了"))


async def branch(visit: Visit) -> Response:
    """The branch's home, for those who belong to it."""
    found, looks = await branch_of(visit)
    inside = looks.inside(found.id)
    counts = await listing.counts(looks.tree.below(found.id))
    context = {
        "branch": found,
        "kind": words.BRANCHES[found.kind],
        "above": [visit.here.county_name, visit.here.township_name],
        "chain": [looks.tree.branches[one] for one in reversed(looks.tree.above(found.id))],
        "children": [one for one in looks.tree.branches.values() if one.parent_id == found.id],
        "kinds": words.BRANCHES,
        "honours": await Notice.filter(branch_id=found.id, honour=True).order_by("-id").limit(3),
        "notices": await Notice.filter(branch_id__in=looks.tree.above(found.id)).order_by("-id").limit(3),
        "next_meeting": await Meeting.filter(branch_id=found.id, state="planned").order_by("starts_at").first(),
        "count": counts.all,
        "on_duty": [showing.line(one, whole=False) for one in await listing.on_duty(inside)],
        "leading": [showing.line(one, whole=False) for one in await listing.leading(inside)],
        "leads": looks.leads(found.id),
        "waiting": await Member.filter(branch_id=found.id, standing="applied").count() if looks.leads(found.id) else 0,
    }
    return await visit.render("party/branch.html", context)


async def edit(visit: Visit) -> Response:
    found, _looks = await branch_of(visit, lead=True)
    address = f"{visit.here.url}/party/branches/{found.key}"
    paper = Paper(title=_("改支部资料"), fields=_branch_fields(found, []), go=_("存好"), back=address, changes=True)

    async def act(given: Given) -> str:
        await actions.change_branch(found, given, actor=visit.me.id)
        return address

    return await answer(visit, paper, act, toast=_("存好了"))


BOTH = ("GET", "POST")
PAGES = (
    Page(path="/home", view=home, to=MEMBER, name="home"),
    Page(path="/set-up", view=set_up, to=SET_UP, methods=BOTH, name="set_up"),
    Page(path="/branches/{branch}", view=branch, to=BELONG, name="branch"),
    Page(path="/branches/{branch}/edit", view=edit, to=LEAD, methods=BOTH, name="edit_branch"),
    Page(path="/branches/{branch}/secretary", view=appoint, to=SET_UP, methods=BOTH, name="appoint"),
)
