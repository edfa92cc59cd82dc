"""One signed-in visitor for each thing a person can be to a village."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cunli.people.models import MembershipState
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor

ROLES: Final = (
    "nobody",
    "stranger",
    "applicant",
    "suspended",
    "neighbour",
    "villager",
    "village_admin",
    "township_admin",
    "county_admin",
)
VILLAGER: Final = "张桂秀"  # the name of the villager
OUTSIDE: Final = frozenset({"stranger", "applicant", "suspended", "neighbour"})


async def everybody(site: LiveSite, slug: str = "heping") -> Mapping[str, Visitor]:
    """A visitor of every role towards the village; the neighbour is verified in another one."""
    other = "shangba" if slug != "shangba" else "heping"
    people = {
        "stranger": await site.stranger("陌生人"),
        "applicant": await site.villager("申请的人", slug, state=MembershipState.APPLIED),
        "suspended": await site.villager("停用的人", slug, state=MembershipState.SUSPENDED),
        "neighbour": await site.villager("邻村的人", other),
        "villager": await site.villager(VILLAGER, slug),
        "village_admin": await site.village_admin(slug=slug),
        "township_admin": await site.township_admin(slug=slug),
        "county_admin": await site.county_admin(slug=slug),
    }
    return {"nobody": site.visitor(), **{role: await site.sign_in(person) for role, person in people.items()}}
