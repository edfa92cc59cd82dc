"""What changes meetings, dues and hours of study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cunli import audit, discard_photos, new_key, unit, use_photos
from cunli import gettext as _
from cunli_party.branches.listing import verified
from cunli_party.exchanges import add, exchanged, month_of
from cunli_party.models import Attendance, Branch, Dues, Meeting, Member, Study
from cunli_party.papers import Wrong, now
from cunli_party.rules import quorum
from cunli_party.telling import tell_branch
from cunli_party.words import LEADS

MOST_PHOTOS = 6
PLAN = ("kind", "title", "starts_at", "place", "agenda", "live", "hours")


async def expected(branch_ids: list[int], kind: str) -> list[Member]:
    """Who is asked to come. Members away have no vote while they are, so a quorum does not count on them; they may join remotely."""
    people = verified(branch_ids)
    if kind == "committee":
        people = people.filter(role__in=list(LEADS))
    found: list[Member] = await people.order_by("id")
    return found


@unit
async def plan(branch: Branch, given: Mapping[str, Any], *, actor: int, meeting: Meeting | None = None) -> Meeting:
    """Plan a meeting, or change the plan; who is asked to come is told in the background."""
    values = {name: given[name] for name in PLAN}
    if meeting is None:
        meeting = await Meeting.create(key=new_key(), branch_id=branch.id, made_by_id=actor, **values)
    elif not await Meeting.filter(id=meeting.id, state="planned").update(**values):
        raise Wrong("", _("这次会已经开过或取消了，不能再改"))
    await audit("party.meeting.plan", actor=actor, object=("meeting", meeting.id), kind=given["kind"])
    await tell_branch("meeting", meeting.id, village_id=branch.village_id, actor=actor)
    return meeting


@unit
async def hold(
    meeting: Meeting,
    inside: list[int],
    there: Mapping[int, str],
    *,
    minutes: str,
    replay: str,
    actor: int,
) -> Meeting:
    """Write down who was there and how, with the minutes. Whether it counts is decided here and kept, by more than half."""
    people = await expected(inside, meeting.kind)
    counted = [one for one in people if one.away != "out"]
    present = [one for one in people if there.get(one.id) in ("person", "remote")]
    voting = [one for one in present if one.away != "out"]
    changes = {
        "state": "held",
        "minutes": minutes,
        "replay": replay,
        "expected": len(counted),
        "present": len(voting),
        "valid": quorum(len(voting), len(counted)),
    }
    if not await Meeting.filter(id=meeting.id, state="planned").update(**changes):
        raise Wrong("", _("这次会已经记过了"))
    for one in present:
        await _there(meeting, one, there[one.id])
    if changes["valid"]:
        await add(meeting.branch_id, month_of(meeting.starts_at), f"meeting.{meeting.kind}")
    await audit("party.meeting.hold", actor=actor, object=("meeting", meeting.id), present=len(voting))
    return meeting


async def _there(meeting: Meeting, member: Member, how: str) -> None:
    row = await Attendance.create(meeting_id=meeting.id, member_id=member.id, how=how, at=now())
    await exchanged("meeting", row.id, branch_id=meeting.branch_id, person_id=member.person_id)


@unit
async def read_minutes(meeting: Meeting, member: Member) -> None:
    """A member who was not there has read the minutes: noted apart, and counted as nothing else."""
    await Attendance.get_or_create(meeting_id=meeting.id, member_id=member.id, defaults={"how": "minutes", "at": now()})


@unit
async def call_off(meeting: Meeting, reason: str, *, actor: int) -> None:
    if not await Meeting.filter(id=meeting.id, state="planned").update(state="off", reason=reason):
        raise Wrong("", _("这次会已经开过或取消了，不能再改"))
    await audit("party.meeting.call_off", actor=actor, object=("meeting", meeting.id))
    await tell_branch("off", meeting.id, village_id=meeting.village_id, actor=actor)


def photos_of(meeting: Meeting) -> list[str]:
    return [key for key in meeting.photos.split(",") if key]


@unit
async def add_photos(meeting: Meeting, keys: list[str], *, actor: int) -> None:
    """Add photos of a meeting, unless somebody else did meanwhile."""
    await use_photos(keys, owner_id=None)
    await _photos(meeting, [*photos_of(meeting), *keys], actor)


@unit
async def remove_photo(meeting: Meeting, key: str, *, actor: int) -> None:
    await _photos(meeting, [one for one in photos_of(meeting) if one != key], actor)
    await discard_photos([key])


async def _photos(meeting: Meeting, keys: list[str], actor: int) -> None:
    there = Meeting.filter(id=meeting.id, photos=meeting.photos)
    if not await there.update(photos=",".join(keys)):
        raise Wrong("", _("刚刚有人动过这次会的照片，请再看看"))
    await audit("party.meeting.photos", actor=actor, object=("meeting", meeting.id), count=len(keys))


@unit
async def settle_dues(members: list[Member], month: str, *, actor: int) -> int:
    """Note that these members have settled a month, somewhere else."""
    for one in members:
        await Dues.get_or_create(member_id=one.id, month=month, defaults={"by_id": actor, "at": now()})
    await audit("party.dues.note", actor=actor, month=month, count=len(members))
    return len(members)


@unit
async def tell_study(member: Member, given: Mapping[str, Any]) -> Study:
    return await Study.create(
        key=new_key(),
        member_id=member.id,
        day=given["day"],
        hours=given["hours"],
        what=given["what"],
        proof=given["proof"],
    )


@unit
async def judge_study(study: Study, *, counted: bool, actor: int) -> None:
    """The branch has looked at the proof. Nobody looks at their own."""
    state = "counted" if counted else "refused"
    if not await Study.filter(id=study.id, state="told").update(state=state, by_id=actor):
        raise Wrong("", _("这一条已经看过了"))
    await audit("party.study.judge", actor=actor, object=("study", study.id), counted=counted)
