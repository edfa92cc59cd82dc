"""The console's pages of people: finding somebody, looking at one, deciding, and seeing a name in clear for a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from cunli import db
from cunli.console import people
from cunli.console.frame import framed
from cunli.console.ground import ground_of
from cunli.console.navigation import OPEN
from cunli.console.people import HOME, TABLE, PersonRow
from cunli.console.table import CSV_MOST, PAGE, SEARCH_MOST, Asked, heads_of
from cunli.doors.sheets import csv_answer
from cunli.minors import queries as minors
from cunli.people import actions, roster
from cunli.people.actions import Decision, InOffice, NotPossible, NotYours, WrongPlace
from cunli.people.personal import REVEALS
from cunli.people.rules import MOVES, Move, moves_from
from cunli.people.rules import MembershipState as State
from cunli.people.words import DONE, STATES, step_words
from cunli.places.queries import VillageNow, village_by_id
from cunli.trust import limits, policy
from cunli.trust.limits import Limit
from cunli.trust.personal import Unreadable, reveal_because
from cunli.web.errors import BadRequest, Forbidden, NotFound, Refused, Text, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import LazyText, _
from cunli.web.pages import Page
from cunli.web.text import clean
from cunli.web.times import exact
from cunli.web.visit import Visit

LIST: Final = "core.member.list"
REVIEW: Final = "core.member.review"
SUSPEND: Final = "core.member.suspend"
REVEAL: Final = "core.person.reveal"
NEEDS: Final = {
    Move.VERIFY: REVIEW,
    Move.ASK_MORE: REVIEW,
    Move.REFUSE: REVIEW,
    Move.SUSPEND: SUSPEND,
    Move.RESUME: SUSPEND,
}
PHONES: Final = Limit(name="people looked for by phone per official", most=60, seconds=3600)
REASON_MOST: Final = 200
REASON_LEAST: Final = 4


async def table(visit: Visit) -> Response:
    """The people of a region: those of a village, those in a state, or those who were looked for."""
    ground, asked = await ground_of(visit, LIST), await _asked(visit)
    before, narrow = _before(asked), people.needs_words(ground, asked)
    await _count_phone(visit, asked)
    rows = [] if narrow else await people.found(ground, asked, before=before, limit=PAGE + 1)
    only = asked.chosen["state"]
    if asked.q and not rows and only != people.ANY:
        asked = replace(asked, chosen={"state": people.ANY})
        rows = await people.found(ground, asked, limit=PAGE + 1)
    if people.by_phone(asked):
        await people.note_phone_search(ground, rows, actor=visit.me.id)
    further = len(rows) > PAGE
    context = {
        "asked": asked,
        "search": people.SEARCH,
        "rows": rows[:PAGE],
        "more": asked.url(after=str(rows[PAGE - 1].id)) if further and not asked.q else "",
        "too_many": further and bool(asked.q),
        "narrow": narrow,
        "elsewhere": STATES[State(only)] if rows and only != asked.chosen["state"] else "",
        "states": STATES,
    }
    return await framed(visit, "console/people.html", context, ground=ground)


async def _asked(visit: Visit) -> Asked:
    """What the address asks for, and what a form looks for."""
    asked = TABLE.asked(visit)
    if visit.request.method != "POST":
        return asked
    form = await visit.form()
    q = clean(form.raw("q")[: SEARCH_MOST * 4])[:SEARCH_MOST]
    state = form.raw("state") or asked.chosen["state"]
    if state not in TABLE.choices[0].values:
        raise BadRequest
    return replace(asked, q=q, chosen={"state": state})


async def _count_phone(visit: Visit, asked: Asked) -> None:
    """A number that is looked for may tell a name: not without end. Counted before anything is looked at."""
    if people.by_phone(asked) and (wait := await limits.take((PHONES, str(visit.me.id)))):
        text = _("用手机号找人找得太勤了。为了乡亲的隐私，过 %(n)s 分钟再找。名字照样能找。", n=max(1, -(-wait // 60)))
        raise TooMany(wait, text)


def _before(asked: Asked) -> int:
    text = asked.kept.get("after", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest
    return int(text or 0)


async def export(visit: Visit) -> Response:
    """The same people as a file, masked as they are on the page; that it was fetched is written down."""
    ground, asked = await ground_of(visit, LIST), await _asked(visit)
    if people.needs_words(ground, asked):
        raise BadRequest(_("先选一个村，或者写名字、手机号，再导出。"))
    await _count_phone(visit, asked)
    rows = await people.found(ground, asked, limit=CSV_MOST)
    await people.note_export(ground, len(rows), actor=visit.me.id)
    return csv_answer("people", heads_of(TABLE), [_cells(row) for row in rows])


def _cells(row: PersonRow) -> tuple[object, ...]:
    return row.display_name, row.village, STATES[row.state], row.name, row.phone, row.since.date()


# ---- one of them -----------------------------------------------------------------------------------------------------


async def person(visit: Visit) -> Response:
    """One person in a village: masked, with what happened and what may be done."""
    row, village = await _whom(visit, LIST)
    return await _show(visit, row, village, Form.blank())


async def _whom(visit: Visit, capability: str) -> tuple[PersonRow, VillageNow]:
    """The membership in the path, in a village over which the visitor holds the capability; else it is missing."""
    rule = visit.site.capabilities.get(capability)
    own = [role.region_id for role in visit.me.roles if rule is not None and role.kind in rule.roles]
    row = await people.one(own, visit.path_params["key"][:22])
    village = await village_by_id(row.village_id) if row is not None else None
    if row is None or village is None:
        raise NotFound
    return row, village


def _may(visit: Visit, capability: str, village: VillageNow) -> bool:
    return policy.may_over(visit.me, capability, village.chain, known=visit.site.capabilities)


async def _show(
    visit: Visit,
    row: PersonRow,
    village: VillageNow,
    form: Form,
    *,
    clear: dict[str, str] | None = None,
) -> Response:
    own = [role.region_id for role in visit.me.roles]
    moves = [
        move
        for move in (moves_from(row.state, "official") if row.person_id != visit.me.id else ())
        if move in NEEDS and _may(visit, NEEDS[move], village)
    ]
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "clear": clear,
        "states": STATES,
        "moves": moves,
        "others": await people.others(row, own),
        "may_reveal": _may(visit, REVEAL, village),
        "reason_most": REASON_MOST,
        "young": await minors.minor(row.person_id),
        "steps": [
            (
                step_words(step.before, step.after),
                " · ".join(p for p in (exact(step.at), step.by_name, step.note) if p),
                "done",
            )
            for step in await roster.steps(village.id, row.id)
        ],
    }
    return await framed(visit, "console/person.html", context, status=422 if form.errors else 200)


async def decide(visit: Visit) -> Response:
    """Verify, refuse, ask for more, suspend or resume; the same acts as in the village."""
    form = await visit.form()
    move = next((each for each in NEEDS if each == form.raw("do")), None)
    if move is None:
        raise BadRequest
    row, village = await _whom(visit, LIST)
    if not _may(visit, NEEDS[move], village):
        raise Forbidden
    reason = form.text("reason", _("原因"), max_length=REASON_MOST)
    if MOVES[move].reason and not reason:
        form.error("reason", _("写一句原因，本人看得到"))
    if not form:
        return await _show(visit, row, village, form)

    async def act() -> str:
        with db.scope(village.id):
            await actions.decide(visit.me, village, row.key, Decision(move=move, reason=reason))
        return row.page

    try:
        return visit.redirect(await form.once(act), toast=DONE[move])
    except (NotPossible, NotYours, InOffice, WrongPlace) as exc:
        raise Refused(409, _("这件事没办成"), _why(exc), ways=(WayOut(label=_("回去看看"), url=row.page),)) from None


def _why(exc: Exception) -> Text:
    words: dict[type[Exception], LazyText] = {
        NotYours: _("自己的事要请别的管理员来办。"),
        InOffice: _("这位乡亲还担任职务，要先由上级免去职务，再办这件事。"),
    }
    return words.get(type(exc), _("别人刚刚已经办过了，或者情况变了。回去看看现在到哪一步。"))


async def show_in_clear(visit: Visit) -> Response:
    """Name, phone and head of the household in clear, once, for a reason that is written down with who looked."""
    row, village = await _whom(visit, REVEAL)
    form = await visit.form()
    reason = form.text("why", _("为什么要看"), required=True, min_length=REASON_LEAST, max_length=REASON_MOST)
    if not form:
        return await _show(visit, row, village, form)
    if wait := await limits.take((REVEALS, str(visit.me.id))):
        raise TooMany(wait, _("看得太勤了。为了乡亲的隐私，过 %(n)s 分钟再看。", n=max(1, wait // 60)))
    try:
        name, phone, head = await reveal_because(
            reason,
            row.name,
            row.phone,
            row.head_name,
            actor=visit.me.id,
            village=village.id,
            object=("membership", row.id),
        )
    except Unreadable:
        raise Refused(500, _("这份资料打不开"), _("资料的钥匙不对，请告诉管平台的人。资料没有丢。")) from None
    clear = {"name": name, "phone": phone.removeprefix("+86"), "head_name": head}
    return await _show(visit, row, village, Form.blank(), clear=clear)


PAGES: Final = (
    Page(path=HOME, view=table, to=OPEN, scope="county", name="console-people"),
    Page(path=HOME, view=table, to=OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}.csv", view=export, to=OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{key}}", view=person, to=OPEN, scope="county"),
    Page(path=f"{HOME}/{{key}}/decide", view=decide, to=OPEN, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{key}}/reveal", view=show_in_clear, to=OPEN, scope="county", methods=("POST",)),
)
