"""What the clock does in each village: transfers settled, and reminders that are said once for each occasion."""

from __future__ import annotations

from datetime import date, timedelta

from cunli import TaskContext, reach, tell, unit

from . import rules
from .branches.actions import settle_letters
from .meetings.reading import standing, unsettled
from .models import Branch, Journey, Member
from .papers import today
from .standing import tree_of
from .words import MEETINGS

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


@unit
async def remind_of_reports(day: date, here: str) -> int:
    """Whoever is away and should report soon."""
    count = 0
    members = {one.id: one for one in await Member.filter(standing="verified", away="out")}
    for one in await Journey.filter(back_on__isnull=True, member_id__in=list(members)):
        due = rules.report_due(one.reported_on)
        if due - SOON > day:
            continue
        member = members[one.member_id]
        if member.person_id is not None:
            url = f"{here}/party/away"
            once = f"report:{one.id}:{due.isoformat()}"
            count += await tell(member.person_id, "party.report", url=url, once=once, day=due.isoformat())
    return count


@unit
async def remind_of_dues(day: date, here: str) -> int:
    """On the first days of a month, whoever has months that nobody noted as settled. No amount: it is not known here."""
    if day.day > 5:
        return 0
    count = 0
    members = await Member.filter(standing="verified", person_id__isnull=False)
    for member, months in await unsettled(members, day):
        once = f"dues:{member.id}:{day:%Y-%m}"
        person = member.person_id
        if person is not None:
            count += await tell(person, "party.dues", url=f"{here}/party/home", once=once, months="、".join(months))
    return count


@unit
async def remind_of_meetings(day: date, here: str) -> int:
    """The secretary hears of what was missed, and in the last ten days of a span of what is still to be held."""
    count = 0
    branches = await Branch.filter(dissolved_on__isnull=True, kind__in=("branch", "general"))
    tree = tree_of(await Branch.all())
    for branch in branches:
        groups = sum(one.parent_id == branch.id for one in tree.branches.values())
        for kept in await standing(branch, groups, day):
            if kept.done or not (kept.overdue or kept.until - day <= timedelta(days=10)):
                continue
            for leader in await Member.filter(branch_id=branch.id, standing="verified", role="secretary"):
                if leader.person_id is not None:
                    url = f"{here}/party/branches/{branch.key}/meetings"
                    once = f"rhythm:{branch.id}:{kept.rule.id}:{kept.until.isoformat()}"
                    title = str(MEETINGS[kept.rule.kind])
                    count += await tell(leader.person_id, "party.rhythm", url=url, once=once, title=title)
    return count
