"""Members as pages show them. What whoever looks may not see is empty here, so that no template can show more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cunli import gettext as _
from cunli import names_of
from cunli_party.models import CONTACT, PHONE, Member, Step
from cunli_party.words import AWAY, EDUCATION, HAPPENED, ROLES, STANDINGS, STATUSES

PROFILE = ("joined_on", "full_on", "education", "work", "phone", "contact")  # what a whole profile has


def completeness(member: Member) -> int:
    """How much of the profile is there, in percent. A probationary member has no day of becoming a full one yet."""
    wanted = [name for name in PROFILE if not (name == "full_on" and member.status == "probationary")]
    return round(100 * sum(bool(getattr(member, name)) for name in wanted) / len(wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A member in a list."""

    key: str
    name: str
    status: Any
    role: Any
    away: Any
    duty: str
    account: bool
    complete: int | None
    standing: str


def line(member: Member, *, whole: bool) -> Line:
    return Line(
        key=member.key,
        name=member.name,
        status=STATUSES.get(member.status, ""),
        role=ROLES[member.role] if member.role else "",
        away=AWAY[member.away] if member.away else "",
        duty=member.duty,
        account=member.person_id is not None,
        complete=completeness(member) if whole else None,
        standing=member.standing,
    )


def profile(member: Member) -> list[tuple[Any, Any]]:
    """What is held about a member, for the member and whoever leads the branch; sealed columns stay masked."""
    return [
        (_("身份"), STATUSES.get(member.status, "")),
        (_("入党日期"), member.joined_on or "—"),
        (_("转正日期"), member.full_on or "—"),
        (_("学历"), EDUCATION[member.education]),
        (_("工作"), member.work or "—"),
        (_("电话"), PHONE.masked(member.phone, member.key) if member.phone else "—"),
        (_("紧急联系人"), CONTACT.masked(member.contact, member.key) if member.contact else "—"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A line of the history."""

    at: Any
    what: Any
    change: str
    reason: str
    who: str


async def history(member: Member, steps: Sequence[Step], branches: dict[str, str]) -> list[Past]:
    names = (await names_of(people=[one.actor_id for one in steps if one.actor_id is not None])).people
    return [
        Past(
            at=one.at,
            what=HAPPENED[one.what],
            change=_change(one, branches),
            reason=one.reason,
            who=names.get(one.actor_id or 0, ""),
        )
        for one in steps
    ]


def _change(step: Step, branches: dict[str, str]) -> str:
    tables: dict[str, dict[str, Any]] = {"status": STATUSES, "role": ROLES, "away": AWAY, "branch": branches}
    table = tables.get(step.what, STANDINGS)
    after = str(table.get(step.after, ""))
    return f"{table.get(step.before, '')} → {after}" if step.before in table and step.before and after else after
