"""Joining a village: the application, how far it is, and the invitations that lead there."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from starlette.responses import Response

from cunli.clock import today
from cunli.drafts.pages import offered, sent
from cunli.drafts.rules import JOIN
from cunli.minors import actions as minors
from cunli.minors.forms import grown_up_on
from cunli.minors.rules import Age, age_on
from cunli.people import actions, invites, queries, roster
from cunli.people.actions import Application, NameSettled, NotPossible, WrongPlace
from cunli.people.models import MembershipState as State
from cunli.people.rules import WAITING, Move, moves_from, plain_name
from cunli.people.words import STAMPS, step_words
from cunli.places.queries import groups_of
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import Refused, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import EVERYONE, SIGNED_IN, Page
from cunli.web.times import exact, when
from cunli.web.visit import Visit

UNSURE: Final = "unsure"
INVITE_TRIES: Final = Limit(name="invite codes per address", most=20, seconds=900)


async def join(visit: Visit) -> Response:
    """The application form; somebody who is further already is sent on."""
    row = await roster.own_membership(visit.here.id, visit.me.id)
    state = row.state if row else None
    if visit.me.guarded:
        return visit.redirect("/me/guardian")
    if state == State.VERIFIED:
        return visit.redirect(f"{visit.here.url}/")
    if state in (State.SUSPENDED, State.DECEASED) or (state == State.APPLIED and "edit" not in visit.query):
        return visit.redirect(f"{visit.here.url}/join/waiting")
    known = await roster.own_application(visit.here.id, visit.me.id)
    known["group"] = known["group"] or (UNSURE if row else "")
    kept = await offered(visit, JOIN, invite=visit.query.get("i", "")[:22], **known)
    return await _show_form(visit, kept["form"], state, kept=kept)


async def _show_form(
    visit: Visit, form: Form, state: State | None, *, status: int = 200, kept: dict[str, Any] | None = None
) -> Response:
    groups = await groups_of(visit.here.id)
    own = await roster.own_membership(visit.here.id, visit.me.id)
    context: dict[str, Any] = {
        **(kept or await offered(visit, JOIN, form)),
        "groups": [*((str(g.id), g.name) for g in groups), (UNSURE, _("说不准"))],
        "settled": await queries.has_settled_name(visit.me.id),
        "state": state,
        "reason": own.reason if own else "",
        "today": today(),
        "young": visit.me.adult_on is not None,
    }
    return await visit.render("people/join.html", context, status=status)


async def apply(visit: Visit) -> Response:
    """Hand the application in. The same form sent twice is one application."""
    form = await visit.form()
    grown_up = None if visit.me.adult_on is not None else grown_up_on(form)
    if form and grown_up is not None and age_on(today(), grown_up) is Age.CHILD:
        return await _first_a_guardian(visit, form, grown_up)  # nothing else of the form is kept
    application = await _read(visit, form)
    if application is not None:
        try:
            location = await form.once(lambda: _apply(visit, application, form.raw("invite")[:22], grown_up))
            await sent(visit, JOIN)
            return visit.redirect(location)
        except NotPossible:
            return visit.redirect(f"{visit.here.url}/join/waiting")
        except NameSettled:
            form.error("name", _("你的名字村里已经核对过，要改请找村委会"))
        except WrongPlace:
            form.error("group", _("选一个组，不记得就选“说不准”"))
    row = await roster.own_membership(visit.here.id, visit.me.id)
    return await _show_form(visit, form, row.state if row else None, status=422)


async def _first_a_guardian(visit: Visit, form: Form, grown_up: dt.date) -> Response:
    async def act() -> str:
        await minors.declare(visit.me.id, visit.here.id, grown_up)
        return "/me/guardian"

    back = await form.once(act)
    await sent(visit, JOIN)
    return visit.redirect(back)


async def _apply(visit: Visit, application: Application, invite: str, grown_up: dt.date | None) -> str:
    if grown_up is not None:
        await minors.declare(visit.me.id, visit.here.id, grown_up)
    await actions.apply(visit.me, visit.here, application, invite=invite)
    return f"{visit.here.url}/join/waiting"


async def _read(visit: Visit, form: Form) -> Application | None:
    settled = await queries.has_settled_name(visit.me.id)
    groups = {str(g.id) for g in await groups_of(visit.here.id)}
    display_name = plain_name(form.text("display_name", _("大家怎么称呼你"), max_length=20))
    name = "" if settled else plain_name(form.text("name", _("你的名字"), max_length=30))
    head_name = plain_name(form.text("head_name", _("户主的名字"), max_length=30))
    if not display_name:
        form.error("display_name", _("写一个称呼，发言时大家看得到"))
    if not settled and not name:
        form.error("name", _("写上身份证上的名字，村里好核对"))
    if not head_name:
        form.error("head_name", _("写上户主的名字，村里好对户口册"))
    group = form.raw("group")
    form.values["group"] = group[:20]
    if group not in {*groups, UNSURE}:
        form.error("group", _("选一个组，不记得就选“说不准”"))
    away, city, since = _whereabouts(form)
    if not form:
        return None
    return Application(
        display_name=display_name,
        name=name,
        head_name=head_name,
        group_id=None if group == UNSURE else int(group),
        away=away,
        away_city=city,
        away_since=since,
    )


def _whereabouts(form: Form) -> tuple[bool, str, dt.date | None]:
    away = form.choice("away", _("现在住在哪里"), ("", "1"), required=False) == "1"
    city = form.text("away_city", _("在哪个城市"), max_length=40)
    if away and not city:
        form.error("away_city", _("写上在哪个城市，比如“成都”"))
    since = form.date("away_since", _("什么时候出去的"), latest=today()) if away else None
    return away, city if away else "", since


# ---- how far it is -------------------------------------------------------------------------------------------------


async def waiting(visit: Visit) -> Response:
    """Where the application stands, step by step, and what the applicant can do."""
    row = await roster.own_membership(visit.here.id, visit.me.id)
    if row is None:
        return visit.redirect(f"{visit.here.url}/join")
    steps = await roster.steps(visit.here.id, row.id)
    rows = [(step_words(s.before, s.after), exact(s.at), "done") for s in steps]
    if row.state == State.APPLIED:
        rows += [(_("村里正在核对"), await _who_checks(visit), "now"), (_("盖章，可以发言、评论"), "", "next")]
    elif row.state == State.MORE_INFO:
        rows += [(_("等你补好再交一次"), "", "now"), (_("盖章，可以发言、评论"), "", "next")]
    own_moves = moves_from(row.state, "person")
    context = {
        "row": row,
        "rows": rows,
        "stamp": STAMPS[row.state],
        "handed_in": when(row.applied_at),
        "may_withdraw": Move.WITHDRAW in own_moves,
        "may_apply": Move.APPLY in own_moves,
        "may_edit": row.state in WAITING,
    }
    return await visit.render("people/waiting.html", context)


async def _who_checks(visit: Visit) -> str:
    faces = await queries.faces(await queries.admins_of(visit.here.chain), visit.here)
    names = "、".join(f.display_name for f in list(faces.values())[:3])
    return str(_("管理员 %(names)s", names=names)) if names else ""


async def withdraw(visit: Visit) -> Response:
    """Take the application back."""
    try:
        await actions.withdraw(visit.me, visit.here)
    except NotPossible:
        return visit.redirect(f"{visit.here.url}/join/waiting", toast=_("这个申请已经办完了，不能撤回"))
    return visit.redirect(f"{visit.here.url}/join/waiting", toast=_("申请撤回了"))


# ---- invitations ---------------------------------------------------------------------------------------------------


async def invited(visit: Visit) -> Response:
    """A link or QR code leads to the village's application form."""
    found = await invites.by_token(visit.path_params["token"][:22])
    if found is None:
        raise Refused(
            404,
            _("这个邀请已经用不了"),
            _("可能过了期，也可能村里收回了。不用邀请也能申请：先找到你的村。"),
            ways=(WayOut(label=_("找我的村"), url="/"), WayOut(label=_("输入六位数码"), url="/i")),
        )
    return visit.redirect(f"{found.village_url}/join?i={found.token}")


async def code_form(visit: Visit) -> Response:
    """Where the six digits of an invitation are typed in."""
    return await visit.render("people/invite_code.html", {"form": Form.blank()})


async def enter_code(visit: Visit) -> Response:
    """Six digits lead to the village's application form."""
    form = await visit.form()
    code = form.text("code", _("六位数码"), required=True, max_length=12).replace(" ", "")
    if form:
        if wait := await limits.take((INVITE_TRIES, limits.network(visit.address))):
            raise TooMany(wait)
        if found := await invites.by_code(code):
            return visit.redirect(f"{found.village_url}/join?i={found.token}")
        form.error("code", _("没有这个数码，或者过了期。对一下再写，或者直接找你的村"))
    return await visit.render("people/invite_code.html", {"form": form}, status=422)


PAGES = (
    Page(path="/join", view=join, to=SIGNED_IN, name="join"),
    Page(path="/join", view=apply, to=SIGNED_IN, methods=("POST",)),
    Page(path="/join/waiting", view=waiting, to=SIGNED_IN, name="join_waiting"),
    Page(path="/join/withdraw", view=withdraw, to=SIGNED_IN, methods=("POST",)),
    Page(path="/i", view=code_form, to=EVERYONE, scope="county", name="invite_code"),
    Page(path="/i", view=enter_code, to=EVERYONE, methods=("POST",), scope="county"),
    Page(path="/i/{token}", view=invited, to=EVERYONE, scope="county", name="invited"),
)
