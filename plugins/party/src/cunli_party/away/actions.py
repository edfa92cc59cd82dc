"""What changes the register of members who are away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from cunli import audit, new_key, unit
from cunli import gettext as _
from cunli_party.branches.actions import end_stays, set_away, stay
from cunli_party.models import AWAY_CONTACT, Branch, Journey, Member, Report, Step
from cunli_party.papers import Wrong, now


@unit
async def tell_branch(member: Member, given: Mapping[str, Any], *, actor: int, day: date) -> Journey:
    """A member leaves, or has left: one register entry at a time."""
    if await Journey.filter(member_id=member.id, back_on__isnull=True).exists():
        raise Wrong("", _("已经登记过这次外出；回来以后先记下回来了"))
    key = new_key()
    journey = await Journey.create(
        key=key,
        member_id=member.id,
        reason=given["reason"],
        place=given["place"],
        since=given["since"],
        until=given["until"],
        fixed=given["fixed"],
        contact=AWAY_CONTACT.seal(given["contact"], key) if given["contact"] else "",
        receiving=given["receiving"],
        told_on=day,
        reported_on=day,
    )
    await set_away(member, "out", actor=actor)
    await audit("party.journey.tell", actor=actor, object=("member", member.id))
    return journey


@unit
async def report(journey: Journey, words: str, *, day: date) -> None:
    if not await Journey.filter(id=journey.id, back_on__isnull=True).update(reported_on=day):
        raise Wrong("words", _("这次外出已经结束了"))
    await Report.create(journey_id=journey.id, day=day, words=words)


@unit
async def come_back(journey: Journey, member: Member, *, actor: int, day: date) -> None:
    if not await Journey.filter(id=journey.id, back_on__isnull=True).update(back_on=day, contact=""):
        raise Wrong("", _("这次外出已经结束了"))
    await set_away(member, "", actor=actor)
    await end_stays(member, actor)
    await audit("party.journey.end", actor=actor, object=("member", member.id))


@unit
async def found_together(parent: Branch, place: str, members: list[Member], *, actor: int, day: date) -> Branch:
    """A temporary branch of those who are in one place, or those who came there later put into it. They stay members at home."""
    branch = await Branch.filter(parent_id=parent.id, kind="temporary", place=place, dissolved_on__isnull=True).first()
    if branch is None:
        name = f"{place}临时党支部"[:40]
        branch = await Branch.create(
            key=new_key(), parent_id=parent.id, kind="temporary", name=name, place=place, founded_on=day
        )
        await audit("party.branch.set_up", actor=actor, object=("branch", branch.id), kind="temporary")
    there = {one.home_id for one in await Member.filter(branch_id=branch.id, standing="verified")}
    fresh = [one for one in members if one.id not in there]
    if not fresh:
        raise Wrong("", _("在那里的都已经编进临时党支部了"))
    for one in fresh:
        await stay(one, branch, actor=actor)
        await Step.create(
            member_id=one.id, branch_id=branch.id, at=now(), actor_id=actor, what="together", after=branch.name
        )
    return branch
