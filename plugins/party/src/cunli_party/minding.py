"""What the clock does in each village: transfers settled, and reminders that are said once for each occasion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any

from cunli import TaskContext, reach, tell, unit

from . import rules
from .branches.actions import settle_letters
from .meetings.reading import standing, unsettled
from .models import Branch, Journey, Member
from .papers import today
from .standing import tree_of
from .words import MEETINGS

AT_ONCE = 100  # members in one unit
SOON = timedelta(days=14)  # a report is asked for this long before it is due


async def mind(ctx: TaskContext) -> None:
    """Every hour. Whoever was taken in elsewhere by letter is moved out here; what is due is said."""
    await settle_letters()
    here = next((one.url for one in (await reach()).villages if one.id == ctx.village_id), "")
    if not here:
        return  # closed meanwhile
    day = today()
    await remind_of_reports(day, here)
    await remind_of_dues(day, here)
    await remind_of_meetings(day, here)


async def _by_and_by(wanted: Any, tell_some: Callable[[Sequence[Any]], Awaitable[int]]) -> int:
    """Some rows in a unit, then the next: no unit keeps the database for long, however many members there are."""
    count, after = 0, 0
    while some := await wanted.filter(id__gt=after).order_by("id").limit(AT_ONCE):
        count += await tell_some(some)
        after = some[-1].id
    return count


async def remind_of_reports(day: date, here: str) -> int:
    """Whoever is away and should report soon."""

    @unit
    async def some(journeys: Sequence[Journey]) -> int:
        members = {one.id: one.person_id for one in await Member.filter(id__in=[row.member_id for row in journeys])}
        count = 0
        for one in journeys:
            due = rules.report_due(one.reported_on)
            person = members.get(one.member_id)
            if person is not None and due - SOON <= day:
                once = f"report:{one.id}:{due.isoformat()}"
                count += await tell(person, "party.report", url=f"{here}/party/away", once=once, day=due.isoformat())
        return count

    return await _by_and_by(Journey.filter(back_on__isnull=True, member__standing="verified", member__away="out"), some)


async def remind_of_dues(day: date, here: str) -> int:
    """On the first days of a month, whoever has months that nobody noted as settled. No amount: it is not known here."""
    if day.day > 5:
        return 0

    @unit
    async def some(members: Sequence[Member]) -> int:
        count = 0
        for member, months in await unsettled(members, day):
            once = f"dues:{member.id}:{day:%Y-%m}"
            if member.person_id is not None:
                url, said = f"{here}/party/home", "、".join(months)
                count += await tell(member.person_id, "party.dues", url=url, once=once, months=said)
        return count

    return await _by_and_by(Member.filter(standing="verified", person_id__isnull=False, home_id__isnull=True), some)


async def remind_of_meetings(day: date, here: str) -> int:
    """The secretary hears of what was missed, and in the last ten days of a span of what is still to be held."""
    tree = tree_of(await Branch.all().order_by("id"))
    count = 0
    for branch in tree.branches.values():
        if branch.dissolved_on is None and branch.kind in ("branch", "general"):
            count += await _remind_branch(
                branch, tree.groups(branch.id), day, f"{here}/party/branches/{branch.key}/meetings"
            )
    return count


@unit
async def _remind_branch(branch: Branch, groups: int, day: date, url: str) -> int:
    count = 0
    for kept in await standing(branch, groups, day):
        if kept.done or not (kept.overdue or kept.until - day <= timedelta(days=10)):
            continue
        for leader in await Member.filter(branch_id=branch.id, standing="verified", role="secretary"):
            if leader.person_id is not None:
                once = f"rhythm:{branch.id}:{kept.rule.id}:{kept.until.isoformat()}"
                title = str(MEETINGS[kept.rule.kind])
                count += await tell(leader.person_id, "party.rhythm", url=url, once=once, title=title)
    return count
