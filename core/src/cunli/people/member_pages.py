"""The village admin's pages about people: who waits, who is here, one of them."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from cunli.minors import queries as minors
from cunli.people import actions, roles, roster
from cunli.people.actions import Decision, InOffice, NotPossible, NotYours, WrongPlace
from cunli.people.models import MembershipState as State
from cunli.people.personal import REVEALS
from cunli.people.roster import Filter, MemberRow
from cunli.people.rules import MOVES, WAITING, Move, may_grant, moves_from
from cunli.people.words import DONE, STATES, step_words
from cunli.places.queries import groups_of, households_of
from cunli.trust import limits
from cunli.trust.personal import Unreadable, reveal
from cunli.web.errors import NotFound, Refused, Text, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.times import exact
from cunli.web.visit import Visit

REVIEW_MOVES: Final = (Move.VERIFY, Move.ASK_MORE, Move.REFUSE)
STATE_MOVES: Final = (Move.SUSPEND, Move.RESUME, Move.MARK_LEFT, Move.MARK_DECEASED, Move.MISTAKEN)
MOST: Final = 2**31 - 1


# ---- who waits -----------------------------------------------------------------------------------------------------


async def requests(visit: Visit) -> Response:
    """Applications, the oldest first, each with the household it probably belongs to."""
    after = _number(visit.query.get("after", ""))
    rows = await roster.waiting(visit.here.id, after=after, limit=roster.PAGE + 1)
    register = roster.Register(await households_of(visit.here.id))
    context: dict[str, Any] = {
        "cards": [(row, register.likely(row)) for row in rows[: roster.PAGE]],
        "groups": await groups_of(visit.here.id),
        "count": await roster.waiting_count(visit.here.id),
        "older": f"{visit.here.url}/members/requests?after={rows[roster.PAGE - 1].id}"
        if len(rows) > roster.PAGE
        else "",
    }
    return await visit.render("people/requests.html", context)


async def review(visit: Visit) -> Response:
    """Verify, ask for more, or refuse."""
    return await _decide(visit, REVIEW_MOVES, f"{visit.here.url}/members/requests")


async def change_state(visit: Visit) -> Response:
    """Suspend, resume, mark as left or deceased, or put a wrong mark right."""
    return await _decide(visit, STATE_MOVES, f"{visit.here.url}/members/{visit.path_params['key']}")


async def _decide(visit: Visit, allowed: tuple[Move, ...], back: str) -> Response:
    form, key = await visit.form(), visit.path_params["key"]
    move = next((m for m in allowed if m == form.raw("do")), None)
    if move is None:
        raise NotFound
    reason = form.text("reason", _("原因"), max_length=200)
    if MOVES[move].reason and not reason:
        form.error("reason", _("写一句原因，本人看得到"))
    group_id, household_id = _place(form)
    if not form:
        return await _show_member(visit, await _row(visit, key), form, status=422)
    decision = Decision(move=move, reason=reason, group_id=group_id, household_id=household_id)
    try:
        url = await form.once(lambda: _carry_out(visit, key, decision, back))
    except (NotPossible, NotYours, InOffice, WrongPlace) as exc:
        raise _refused(exc, back) from None
    return visit.redirect(url, toast=DONE[move])


async def _carry_out(visit: Visit, key: str, decision: Decision, back: str) -> str:
    await actions.decide(visit.me, visit.here, key, decision)
    return back


def _refused(exc: Exception, back: str) -> Refused:
    title: Text = _("这件事没办成")
    text: Text = _("别人刚刚已经办过了，或者情况变了。回去看看现在到哪一步。")
    if isinstance(exc, NotYours):
        text = _("自己的事要请别的管理员来办。村里只有你一个管理员的话，找镇上。")
    elif isinstance(exc, InOffice):
        text = _("这位乡亲还担任职务，要先由上级免去职务，再办这件事。")
    elif isinstance(exc, WrongPlace):
        text = _("选的组或户不在这个村。回去重新选一个。")
    return Refused(409, title, text, ways=(WayOut(label=_("回去看看"), url=back),))


# ---- who is here ---------------------------------------------------------------------------------------------------


async def members(visit: Visit) -> Response:
    """The people of the village, by group, state, whereabouts and display name."""
    chosen = _filter(visit)
    rows = await roster.members(
        visit.here.id, chosen, after=_number(visit.query.get("after", "")), limit=roster.PAGE + 1
    )
    kept = {k: v for k, v in visit.query.items() if k in ("state", "group", "away", "q") and v}
    more = urlencode({**kept, "after": rows[roster.PAGE - 1].id}) if len(rows) > roster.PAGE else ""
    context: dict[str, Any] = {
        "rows": rows[: roster.PAGE],
        "chosen": chosen,
        "group_choices": [("", _("所有组")), *((g.id, g.name) for g in await groups_of(visit.here.id))],
        "state_choices": list(STATES.items()),
        "states": STATES,
        "count": await roster.waiting_count(visit.here.id),
        "older": f"{visit.here.url}/members?{more}" if more else "",
    }
    return await visit.render("people/members.html", context)


def _filter(visit: Visit) -> Filter:
    """What the address asks for; whatever makes no sense does not restrict."""
    state = visit.query.get("state", "")
    group = _number(visit.query.get("group", ""))
    return Filter(
        state=State(state) if state in {s.value for s in State} else State.VERIFIED,
        group_id=group or None,
        away={"1": True, "0": False}.get(visit.query.get("away", "")),
        q=visit.query.get("q", "").replace("\x00", "").strip()[:20],
    )


async def member(visit: Visit) -> Response:
    """One member or applicant: masked, with history and what can be done."""
    return await _show_member(visit, await _row(visit, visit.path_params["key"]), Form.blank())


async def show_in_clear(visit: Visit) -> Response:
    """Name, phone and household head in clear, once, with an entry in the audit trail."""
    row = await _row(visit, visit.path_params["key"])
    if wait := await limits.take((REVEALS, str(visit.me.id))):
        raise TooMany(wait, _("看得太勤了。为了乡亲的隐私，过 %(n)s 分钟再看。", n=max(1, wait // 60)))
    try:
        name, phone, head = await reveal(
            row.name, row.phone, row.head_name, actor=visit.me.id, village=visit.here.id, object=("membership", row.id)
        )
    except Unreadable:
        raise Refused(500, _("这份资料打不开"), _("资料的钥匙不对，请告诉管平台的人。资料没有丢。")) from None
    clear = {"name": name, "phone": phone.removeprefix("+86"), "head_name": head}
    return await _show_member(visit, row, Form.blank(), clear=clear)


async def place(visit: Visit) -> Response:
    """Put a member into another group or household."""
    form, row = await visit.form(), await _row(visit, visit.path_params["key"])
    group_id, household_id = _place(form)
    if not form:
        return await _show_member(visit, row, form, status=422)
    back = f"{visit.here.url}/members/{row.key}"
    try:
        await actions.place(visit.me, visit.here, row.key, group_id=group_id, household_id=household_id)
    except (NotPossible, WrongPlace) as exc:
        raise _refused(exc, back) from None
    return visit.redirect(back, toast=_("改好了"))


async def _row(visit: Visit, key: str) -> MemberRow:
    row = await roster.member(visit.here.id, key[:22])
    if row is None:
        raise NotFound
    return row


def _place(form: Form) -> tuple[int | None, int | None]:
    group = form.integer("group", _("组"), minimum=1, maximum=MOST, required=False)
    household = form.integer("household", _("户"), minimum=1, maximum=MOST, required=False)
    return group, household


async def _show_member(
    visit: Visit, row: MemberRow, form: Form, *, status: int = 200, clear: dict[str, str] | None = None
) -> Response:
    register = await households_of(visit.here.id)
    groups = await groups_of(visit.here.id)
    likely = roster.Register(register).likely(row) if row.state in WAITING else None
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "clear": clear,
        "state": STATES[row.state],
        "steps": [
            (step_words(s.before, s.after), " · ".join(p for p in (exact(s.at), s.by_name, s.note) if p), "done")
            for s in await roster.steps(visit.here.id, row.id)
        ],
        "moves": moves_from(row.state, "official") if row.person_id != visit.me.id else (),
        "groups": [("", _("说不准")), *((str(g.id), g.name) for g in groups)],
        "households": [("", _("还没对上")), *((str(h.id), f"{h.group_name} {h.number}".strip()) for h in register)],
        "likely": likely,
        "offices": await _offices(visit, row),
        **await _young(visit, row),
    }
    return await visit.render("people/member.html", context, status=status, block="who" if clear else None)


async def _young(visit: Visit, row: MemberRow) -> dict[str, Any]:
    """Whether this is a young person, who answers for them, and whether the visitor may look."""
    found = await minors.minor(row.person_id)
    if found is None or row.person_id == visit.me.id:
        return {"young": None, "guardians": (), "second": None}
    return {
        "young": found,
        "guardians": await minors.guardians_of(row.person_id),
        "second": await minors.own_look(row.person_id, visit.me.id),
    }


async def _offices(visit: Visit, row: MemberRow) -> dict[str, Any]:
    """The offices this person holds here, and whether the visitor may appoint them."""
    held = [o for o in await roles.offices_on(visit.here.chain) if o.person_id == row.person_id]
    can = visit.may("core.role.grant") and may_grant(visit.me.roles, "village_admin", visit.here.chain)
    return {"held": held, "may_appoint": can and row.state == State.VERIFIED and not held}


def _number(text: str) -> int:
    """A cursor from the address; anything else is the beginning."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MOST else 0


PAGES = (
    Page(path="/members", view=members, to="core.member.list", name="members"),
    Page(path="/members/requests", view=requests, to="core.member.review", name="member_requests"),
    Page(path="/members/{key}", view=member, to="core.member.list", name="member"),
    Page(path="/members/{key}/review", view=review, to="core.member.review", methods=("POST",)),
    Page(path="/members/{key}/reveal", view=show_in_clear, to="core.person.reveal", methods=("POST",)),
    Page(path="/members/{key}/state", view=change_state, to="core.member.suspend", methods=("POST",)),
    Page(path="/members/{key}/place", view=place, to="core.member.review", methods=("POST",)),
)
