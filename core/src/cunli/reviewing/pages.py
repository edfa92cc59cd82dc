"""The review desk: what was reported, held back or appealed against, in one queue for each official's own ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response

from cunli.clock import local, now
from cunli.console.frame import framed
from cunli.console.ground import Ground, ground_of
from cunli.feed import rules as feed
from cunli.feed import words
from cunli.feed.actions import Gone
from cunli.feed.kinds import kinds_in
from cunli.feed.tables import as_csv
from cunli.people.queries import Face, faces
from cunli.places import queries as places
from cunli.places.queries import VillageNow
from cunli.reviewing import actions, cases, queue, rules
from cunli.reviewing.queue import Wanted
from cunli.reviewing.rules import Case
from cunli.trust.policy import RANKS
from cunli.trust.reports import AlreadyDecided, Reported, about_of, notes_of
from cunli.web import Form, Page, Visit
from cunli.web.errors import Forbidden, NotFound, Refused
from cunli.web.i18n import LazyText, _

DESK: Final = "/admin/review"
DECIDE: Final = "core.content.hide"
REASON_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A case as the desk shows it: the content whole, its author, what others said, and what this official may do."""

    case: Case
    about: Reported
    village: VillageNow
    author: Face
    body: Markup
    notes: tuple[str, ...]
    reports: int
    before: Case | None  # of an appeal: the decision it is about
    why_not: LazyText | str

    @property
    def choices(self) -> tuple[str, ...]:
        return rules.OUTCOMES[self.case.kind]


async def desk(visit: Visit) -> Response:
    """What waits, the soonest due first."""
    return await _desk(visit, Form.blank())


async def _desk(visit: Visit, form: Form, wrong: str = "") -> Response:
    ground = await ground_of(visit, DECIDE)
    wanted = _wanted(visit, ground)
    found = await queue.waiting(ground, wanted)
    context: dict[str, Any] = {
        "cases": [one for case in found[: queue.PAGE] if (one := await _shown(visit, case)) is not None],
        "waits": await queue.waits_in(ground, wanted.level),
        "times": await queue.times_of(ground.column, ground.id),
        "parts": await queue.parts_of(ground, wanted.level),
        "kinds": [(kind, rules.KINDS[kind]) for kind in rules.QUEUED],
        "rules": list(rules.REASONS.items()),
        "rule_names": rules.RULES,
        "levels": rules.LEVEL_NAMES,
        "said": rules.SAID,
        "wanted": wanted,
        "next": wanted.start + queue.PAGE if len(found) > queue.PAGE else 0,
        "now": now(),
        "left": _left,
        "form": form,
        "wrong": wrong,
        "log_url": f"/moderation?region={ground.chain[1] if ground.level == rules.VILLAGE else ground.id}",
    }
    return await framed(visit, "reviewing/desk.html", context, status=422 if form.errors else 200, ground=ground)


def _wanted(visit: Visit, ground: Ground) -> Wanted:
    kind, age = visit.query.get("kind", ""), visit.query.get("age", "")
    start = visit.query.get("start", "")
    return Wanted(
        kind=kind if kind in rules.QUEUED else "",
        age=age if age in queue.AGES else "",
        level=_own_level(visit, ground),
        start=int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 0,
    )


def _own_level(visit: Visit, ground: Ground) -> int:
    own = (RANKS[role.kind] for role in visit.me.roles if role.region_id in ground.chain and role.kind in RANKS)
    return min(own, default=rules.VILLAGE)


def _left(case: Case) -> LazyText:
    """How long until it is due, or how long it is late."""
    seconds = (case.due_at - now()).total_seconds()
    days, hours = divmod(int(abs(seconds)) // 3600, 24)
    if seconds < 0:
        return _("超时 %(n)s 天", n=days) if days else _("超时 %(n)s 小时", n=hours) if hours else _("刚超时")
    return _("还有 %(n)s 天", n=days) if days else _("还有 %(n)s 小时", n=hours) if hours else _("不到 1 小时")


async def _shown(visit: Visit, case: Case) -> Shown | None:
    """None for what is not shown in its village (any more): an entry of a plugin that is off."""
    about = await about_of(case.object_kind, case.object_id)
    village = await places.village_by_id(case.village_id)
    if about is None or village is None or about.post.kind not in await kinds_in(visit.site.registry, village):
        return None
    notes = await notes_of(about) if case.kind == rules.REPORT else ()
    why = await actions.why_not(case, visit.me.id)
    return Shown(
        case=case,
        about=about,
        village=village,
        author=(await faces([about.author_id], village))[about.author_id],
        body=words.html(about.body),
        notes=tuple(note for note in notes if note),
        reports=len(notes),
        before=await cases.case_by_id(case.appeal_of_id) if case.appeal_of_id else None,
        why_not=rules.WHY_NOT[why] if why else "",
    )


async def _case_here(visit: Visit) -> tuple[Case, Reported]:
    """The case in the address, when it is of this official's own ground; what is not looks as if it were not there."""
    case = await cases.case_by_key(visit.path_params["key"])
    own = {role.region_id for role in visit.me.roles if role.kind in RANKS}
    # asked before the thing itself is looked at: a case of somebody else costs what none does
    if case is None or not own & set(case.chain):
        raise NotFound
    level = min(RANKS[r.kind] for r in visit.me.roles if r.kind in RANKS and r.region_id in case.chain)
    if level > case.level or (about := await about_of(case.object_kind, case.object_id)) is None:
        raise NotFound
    return case, about


async def decide(visit: Visit) -> Response:
    """Decide a case; its author reads the reason."""
    case, about = await _case_here(visit)
    form = await visit.form()
    home = _home(visit)
    if feed.DELETED in (about.state, about.post.state):
        return visit.redirect(home, toast=_("这一条已经不在了，不用再处理"))
    outcome = form.choice("do", _("怎么办"), rules.OUTCOMES[case.kind])
    against = outcome in (rules.HIDE, rules.REFUSE)
    rule = form.choice("rule", _("因为哪一条"), rules.REASONS, required=against and case.kind == rules.HELD)
    reason = form.text("reason", _("原因"), required=outcome in rules.NEEDS_REASON, max_length=REASON_MAX)
    if not form:
        return await _desk(visit, form, wrong=case.key)

    async def act() -> str:
        await actions.decide(case, about, visit.me.id, outcome, reason, rule)
        return home

    await _carried_out(form, act)
    return visit.redirect(home, toast=_TOLD[outcome], undo=f"{DESK}/{case.key}/undo")


_TOLD: Final[dict[str, LazyText]] = {
    rules.KEEP: _("留着了，举报的人会收到你的答复"),
    rules.HIDE: _("收起来了，两边都会收到消息"),
    rules.RELEASE: _("发布了"),
    rules.REFUSE: _("没有发布，发的人看得到原因"),
    rules.RESTORE: _("改判了，内容已经放出来"),
    rules.UPHOLD: _("维持了原来的决定，申诉的人看得到原因"),
}


async def _carried_out(form: Form, act: Any) -> str:
    try:
        return await form.once(act)
    except actions.NotYours as exc:
        raise Forbidden(rules.WHY_NOT[exc.why]) from exc
    except (Gone, AlreadyDecided) as exc:
        raise Refused(409, _("这件事已经处理过了"), _("别的管理员先处理了，或者发的人自己删掉了。")) from exc


def _home(visit: Visit) -> str:
    """The desk as it was looked at: same region, same filter."""
    kept = {name: visit.query.get(name, "") for name in ("region", "kind", "age")}
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value.isalnum() and value.isascii())
    return f"{DESK}?{query}" if query else DESK


async def undo(visit: Visit) -> Response:
    """Take one's own decision of the last ten minutes back."""
    case, about = await _case_here(visit)
    form = await visit.form()

    async def act() -> str:
        await actions.take_back(case, about, visit.me.id)
        return DESK

    await _carried_out(form, act)
    return visit.redirect(DESK, toast=_("撤回了，这一条又在等着处理"))


async def table(visit: Visit) -> Response:
    """How long each decision took, for a spreadsheet: nothing of anybody."""
    ground = await ground_of(visit, DECIDE)
    rows = await queue.decided(ground.column, ground.id)
    heading = [
        _("村"),
        _("来自"),
        _("内容"),
        _("哪一条"),
        _("收到"),
        _("时限"),
        _("处理"),
        _("结果"),
        _("用了几小时"),
        _("及时"),
    ]
    lines = [
        [
            one.village,
            str(rules.KINDS.get(one.kind, one.kind)),
            str(_("评论") if one.object_kind == "comment" else _("动态")),
            str(rules.RULES.get(one.rule, "")),
            *map(_minute, (one.opened_at, one.due_at, one.decided_at)),
            str(rules.SAID.get(one.outcome, one.outcome)),
            str(one.hours),
            str(_("是") if one.in_time else _("否")),
        ]
        for one in rows
    ]
    text = "\ufeff" + as_csv([[str(cell) for cell in heading], *lines])
    name = f"review-{ground.code}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _minute(moment: datetime) -> str:
    return local(moment).strftime("%Y-%m-%d %H:%M")


async def old_desk(visit: Visit) -> Response:
    """Where reports and what was held used to stand."""
    return visit.redirect(f"{DESK}?region={visit.here.region_id}")


PAGES: Final = (
    Page(path=DESK, view=desk, to=DECIDE, scope="county", name="review"),
    Page(path=f"{DESK}/table.csv", view=table, to=DECIDE, scope="county", name="review-table"),
    Page(path=f"{DESK}/{{key}}", view=decide, to=DECIDE, methods=("POST",), scope="county", name="review-decide"),
    Page(path=f"{DESK}/{{key}}/undo", view=undo, to=DECIDE, methods=("POST",), scope="county", name="review-undo"),
    Page(path="/reports", view=old_desk, to=DECIDE, name="reports"),
    Page(path="/held", view=old_desk, to=DECIDE, name="held"),
)
