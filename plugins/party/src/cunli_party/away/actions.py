"""What changes the register of members who are away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tortoise.expressions import F

from cunli import audit, new_key, unit
from cunli import gettext as _
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
    await _away(member, "out", actor)
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
    await _away(member, "", actor)
    await audit("party.journey.end", actor=actor, object=("member", member.id))


async def _away(member: Member, where: str, actor: int) -> None:
    if member.away == where:
        return
    await Member.filter(id=member.id).update(away=where, version=F("version") + 1)
    await Step.create(
        member_id=member.id,
        branch_id=member.branch_id,
        at=now(),
        actor_id=actor,
        what="away",
        before=member.away,
        after=where,
    )


@unit
async def found_together(parent: Branch, place: str, members: list[Member], *, actor: int, day: date) -> Branch:
    """A temporary branch of those who are in one place. They stay members of their branch at home."""
    name = f"{place}临时党支部"[:40]
    held = await Branch.filter(parent_id=parent.id, kind="temporary", place=place, dissolved_on__isnull=True).first()
    if held is not None:
        raise Wrong("", _("这里已经有临时党支部了"))
    branch = await Branch.create(
        key=new_key(), parent_id=parent.id, kind="temporary", name=name, place=place, founded_on=day
    )
    for one in members:
        await Step.create(member_id=one.id, branch_id=branch.id, at=now(), actor_id=actor, what="together", after=name)
    await audit("party.branch.set_up", actor=actor, object=("branch", branch.id), kind="temporary")
    return branch
