"""What changes meetings, dues and hours of study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cunli import audit, discard_photos, new_key, unit, use_photos
from cunli import gettext as _
from cunli_party.branches.listing import verified
from cunli_party.exchanges import add, exchanged_all, month_of
from cunli_party.models import Attendance, Branch, Dues, Meeting, Member, Study
from cunli_party.papers import Wrong, now
from cunli_party.rules import quorum
from cunli_party.telling import tell_branch
from cunli_party.words import LEADS

MOST_PHOTOS = 6
PLAN = ("kind", "title", "starts_at", "place", "agenda", "live", "hours")


def asked(branch_ids: list[int], kind: str) -> Any:
    """Who is asked to come. Members away have no vote while they are, so a quorum does not count on them; they may join remotely."""
    people = verified(branch_ids)
    return people.filter(role__in=list(LEADS)) if kind == "committee" else people


async def expected(branch_ids: list[int], kind: str) -> list[Member]:
    found: list[Member] = await asked(branch_ids, kind).order_by("id")
    return found


async def marks(meeting: Meeting, people: Sequence[Member] | None = None) -> dict[int, str]:
    """What was written down so far of a meeting that is still to be held: how each came, of these or of all."""
    rows = Attendance.filter(meeting_id=meeting.id)
    if people is not None:
        rows = rows.filter(member_id__in=[one.id for one in people])
    return {row.member_id: row.how for row in await rows}


@unit
async def mark(meeting: Meeting, ways: Mapping[int, str], *, actor: int) -> None:
    """Write down how these people came, one page of many; of everybody else nothing changes. It counts when the meeting is held."""
    if not await Meeting.filter(id=meeting.id, state="planned").update(state="planned"):  # and it stays so in this unit
        raise Wrong("", _("这次会已经记过了"))
    await Attendance.filter(meeting_id=meeting.id, member_id__in=list(ways)).delete()
    at = now()
    rows = [Attendance(meeting_id=meeting.id, member_id=one, how=how, at=at) for one, how in ways.items() if how]
    await Attendance.bulk_create(rows, batch_size=200)
    await audit("party.meeting.mark", actor=actor, object=("meeting", meeting.id), count=len(rows))


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
    await _write_down(meeting, present, there)
    if changes["valid"]:
        await add(meeting.branch_id, month_of(meeting.starts_at), f"meeting.{meeting.kind}")
    await audit("party.meeting.hold", actor=actor, object=("meeting", meeting.id), present=len(voting))
    return meeting


async def _write_down(meeting: Meeting, present: Sequence[Member], there: Mapping[int, str]) -> None:
    at = now()
    await Attendance.filter(meeting_id=meeting.id).delete()  # what was marked page by page is among them
    rows = [Attendance(meeting_id=meeting.id, member_id=one.id, how=there[one.id], at=at) for one in present]
    await Attendance.bulk_create(rows, batch_size=200)
    people = {one.id: one.person_id for one in present}
    kept = await Attendance.filter(meeting_id=meeting.id).order_by("id")
    refs = [(row.id, people[row.member_id]) for row in kept]
    await exchanged_all("meeting", refs, branch_id=meeting.branch_id)


@unit
async def read_minutes(meeting: Meeting, member: Member) -> None:
    """A member who was not there has read the minutes: noted apart, and counted as nothing else."""
    await Attendance.get_or_create(meeting_id=meeting.id, member_id=member.id, defaults={"how": "minutes", "at": now()})


@unit
async def call_off(meeting: Meeting, reason: str, *, actor: int) -> None:
    if not await Meeting.filter(id=meeting.id, state="planned").update(state="off", reason=reason):
        raise Wrong("", _("这次会已经开过或取消了，不能再改"))
    await Attendance.filter(meeting_id=meeting.id).delete()
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
