"""What pages of branches begin with: who looks, which branch or member the address means, and whether they may see it."""

from __future__ import annotations

from cunli import Visit
from cunli_party.models import Branch, Member
from cunli_party.papers import missing
from cunli_party.standing import Reader, reader


async def looks_of(visit: Visit) -> Reader:
    return await reader(visit.person.id if visit.person else None)


async def branch_of(visit: Visit, *, lead: bool = False) -> tuple[Branch, Reader]:
    """The branch of the address, for whoever belongs to it; with `lead`, for whoever leads it."""
    looks = await looks_of(visit)
    key = visit.path_params["branch"]
    found = next((one for one in looks.tree.branches.values() if one.key == key), None)
    if found is None or not (looks.leads(found.id) if lead else looks.sees(found.id)):
        raise missing()
    return found, looks


async def member_of(visit: Visit, *, lead: bool = False) -> tuple[Member, Branch, Reader]:
    """The member of the address, for whoever sees the branch."""
    looks = await looks_of(visit)
    found = await Member.get_or_none(key=visit.path_params["member"])
    if found is None or not (looks.leads(found.branch_id) if lead else looks.sees(found.branch_id)):
        raise missing()
    return found, looks.tree.branches[found.branch_id], looks
