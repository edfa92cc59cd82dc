"""What changes pairs, deeds and leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from cunli import audit, new_key, tell, unit, villagers
from cunli import gettext as _
from cunli_party.models import LEAD_PHONE, Branch, Deed, Lead, Member, Pair
from cunli_party.papers import Wrong, now


@unit
async def pair(member: Member, household_id: int, why: str, *, actor: int, day: date) -> Pair:
    if await Pair.filter(member_id=member.id, household_id=household_id, ended_on__isnull=True).exists():
        raise Wrong("household", _("已经结过对了"))
    made = await Pair.create(key=new_key(), member_id=member.id, household_id=household_id, why=why, since=day)
    await audit("party.pair.make", actor=actor, object=("pair", made.id))
    return made


@unit
async def end(one: Pair, *, actor: int, day: date) -> None:
    await Pair.filter(id=one.id, ended_on__isnull=True).update(ended_on=day)
    await audit("party.pair.end", actor=actor, object=("pair", one.id))


@unit
async def tell_deed(one: Pair, given: Mapping[str, Any], *, actor: int, url: str) -> Deed:
    """Say what was done; everybody of the household who has an account is asked whether it happened."""
    deed = await Deed.create(key=new_key(), pair_id=one.id, day=given["day"], words=given["words"])
    for person in await villagers():
        if person.household_id == one.household_id and person.person_id != actor:
            await tell(person.person_id, "party.deed", url=url, once=f"deed:{deed.id}", by=actor)
    return deed


@unit
async def answer_deed(deed: Deed, *, confirmed: bool, answer: str, actor: int) -> None:
    state = "confirmed" if confirmed else "denied"
    done = await Deed.filter(id=deed.id, state="told").update(state=state, answer=answer, by_id=actor, at=now())
    if not done:
        raise Wrong("", _("家里已经有人答过了"))


@unit
async def keep_lead(branch: Branch, given: Mapping[str, Any], *, actor: int, lead: Lead | None = None) -> Lead:
    values = {name: given[name] for name in ("name", "idea", "needs", "stage", "owner_id", "result")}
    if lead is None:
        key = new_key()
        phone = LEAD_PHONE.seal(given["phone"], key) if given["phone"] else ""
        lead = await Lead.create(key=key, branch_id=branch.id, phone=phone, at=now(), **values)
    else:
        if given["phone"]:
            values["phone"] = LEAD_PHONE.seal(given["phone"], lead.key)
        await Lead.filter(id=lead.id).update(**values)
    await audit("party.lead.keep", actor=actor, object=("lead", lead.id), stage=given["stage"])
    return lead
