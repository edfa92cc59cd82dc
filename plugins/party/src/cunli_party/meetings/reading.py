"""What pages read of meetings, dues and hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tortoise.expressions import Q
from tortoise.functions import Sum

from cunli_party import rules
from cunli_party.models import Attendance, Branch, Dues, Meeting, Member, Study
from cunli_party.papers import ZONE, today
from cunli_party.school.reading import first, hours_of
from cunli_party.words import LEADS


async def standing(branch: Branch, groups: int, day: date | None = None) -> list[rules.Kept]:
    """How every rhythm stands in a branch."""
    at = day or today()
    held: dict[str, set[date]] = {}
    for one in await Meeting.filter(branch_id=branch.id, state="held", valid=True).values("kind", "starts_at"):
        held.setdefault(one["kind"], set()).add(one["starts_at"].astimezone(ZONE).date())
    full = await Member.filter(branch_id=branch.id, standing="verified", status="full").count()
    return [
        rules.kept(rule, held.get(rule.kind, set()), since=branch.founded_on, today=at)
        for rule in rules.rules().rhythm
        if rules.asked(rule, full_members=full, groups=groups)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """Hours of a member in a year: by courses, by meetings they were at, by what was proved elsewhere; and how many are asked."""

    courses: int
    meetings: int
    elsewhere: int
    asked: int

    @property
    def all(self) -> int:
        return self.courses + self.meetings + self.elsewhere

    @property
    def missing(self) -> int:
        return max(0, self.asked - self.all)


async def studied(member: Member, year: int) -> Studied:
    home = member.home_id or member.id
    rows = Attendance.filter(Q(member_id=home) | Q(member__home_id=home), how__in=("person", "remote"))
    attended = await rows.values_list("meeting_id", flat=True)
    meetings = (
        await Meeting.filter(
            id__in=list(attended), state="held", starts_at__gte=first(year), starts_at__lt=first(year + 1)
        )
        .annotate(n=Sum("hours"))
        .values("n")
    )
    elsewhere = (
        await Study.filter(member_id=home, state="counted", day__gte=date(year, 1, 1), day__lte=date(year, 12, 31))
        .annotate(n=Sum("hours"))
        .values("n")
    )
    asked = rules.rules().hours
    return Studied(
        courses=await hours_of(member.person_id, year) if member.person_id is not None else 0,
        meetings=int(meetings[0]["n"] or 0) if meetings else 0,
        elsewhere=int(elsewhere[0]["n"] or 0) if elsewhere else 0,
        asked=asked.leader if member.role in LEADS else asked.member,
    )


async def unsettled(members: Sequence[Member], day: date) -> list[tuple[Member, list[str]]]:
    """Members with months of dues that nobody noted as settled."""
    noted: dict[int, set[str]] = {}
    for one in await Dues.filter(member_id__in=[member.id for member in members]):
        noted.setdefault(one.member_id, set()).add(one.month)
    found = []
    for member in members:
        since = member.since.astimezone(ZONE).date()
        if months := rules.dues_months(noted.get(member.id, set()), day, since=since):
            found.append((member, months))
    return found
