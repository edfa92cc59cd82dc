"""Looking at many villages: pages of officials over their own subtree, and lists that join all villages where a plugin is on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cunli import db, enabling
from cunli.doors.owner import asking
from cunli.feed import review
from cunli.places import queries
from cunli.trust import policy

if TYPE_CHECKING:
    from cunli.web.visit import Visit


class OutOfReach(LookupError):
    """A village that is not among those that were reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageInReach:
    """A village where the plugin is on."""

    id: int
    """Its id, as in `village_id` of your rows."""
    name: str
    """What it is called, such as 禾坪村."""
    url: str
    """Its address without a slash at the end, such as `/v/heping`."""
    region_id: int
    """Its own region."""
    township_id: int
    """The region of its township."""
    chain: tuple[int, ...]
    """Its own region and every region above it, nearest first."""


@dataclass(frozen=True)
class Reach:
    """Some villages, whose rows may be read together and written one village at a time."""

    villages: tuple[VillageInReach, ...]
    """In the order of their opening."""

    @cached_property
    def ids(self) -> frozenset[int]:
        """The ids of the villages."""
        return frozenset(one.id for one in self.villages)

    def rows(self) -> AbstractContextManager[None]:
        """See the rows of all these villages: `with reach.rows(): letters = await Letter.filter(state="open")`.

        Writing inside is refused.
        """
        return db.across(self.ids)

    def into(self, village_id: int) -> AbstractContextManager[None]:
        """Work in one of them, as on its own pages. Raises `OutOfReach` for any other village."""
        if village_id not in self.ids:
            raise OutOfReach(f"village {village_id} is not among the {len(self.ids)} that were reached")
        return db.scope(village_id)

    def below(self, region_id: int) -> Reach:
        """Those of them that lie in a region: for a page that goes down the tree. Nothing where none does."""
        return Reach(tuple(one for one in self.villages if region_id in one.chain))


async def reach() -> Reach:
    """Every open village where the plugin is on. For tasks of the county, and for lists that everybody may read.

    What villagers may see of each other's villages is the plugin's to decide: this answers no question of rights.
    """
    registry, plugin = review.registry(), asking()
    found = [
        _found(village)
        for village in await enabling.opened_villages()
        if plugin in await enabling.enabled_along(registry, village.chain)
    ]
    return Reach(tuple(found))


async def village_url(village_id: int) -> str:
    """The address of a village without a slash at the end, such as `/v/heping`: for tasks and subscribers, which tell people
    where to look. On a page it is `visit.here.url`. Raises `OutOfReach` for an id that is no village's.
    """
    village = await queries.village_by_id(village_id)
    if village is None:
        raise OutOfReach(f"{village_id} is the id of no village")
    return village.url


async def reach_of(visit: Visit, capability: str) -> Reach:
    """Those of them over which this person holds an office that has the capability. Nothing for anybody else.

    The rule is that of `visit.may`, but for what plugins grant village by village.
    """
    person = visit.person
    if person is None:
        return Reach(())
    everywhere, known = await reach(), visit.site.capabilities
    return Reach(
        tuple(one for one in everywhere.villages if policy.may_over(person, capability, one.chain, known=known))
    )


def _found(village: enabling.OpenVillage) -> VillageInReach:
    return VillageInReach(
        id=village.id,
        name=village.name,
        url=f"/v/{village.slug}",
        region_id=village.chain[0],
        township_id=village.chain[1] if len(village.chain) > 1 else village.chain[0],
        chain=village.chain,
    )
