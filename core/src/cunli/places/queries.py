"""What the other rooms and the pages read about places. Each name is explained where it is written."""

from __future__ import annotations

from cunli.places.drill import Crumb, Place, RegionNow, Totals, children, place, start, totals, villages_in
from cunli.places.register import (
    FigureNow,
    GroupNow,
    HouseholdNow,
    VerifiedRate,
    figure_now,
    groups_of,
    household_by_key,
    households_of,
    verified_rate_of,
)
from cunli.places.search import VillageFound, search_villages
from cunli.places.villages import (
    Moved,
    VillageNow,
    find_by_address,
    forget,
    forget_all,
    region_chain,
    village_by_id,
    village_from,
)

__all__ = [
    "Crumb",
    "FigureNow",
    "GroupNow",
    "HouseholdNow",
    "Moved",
    "Place",
    "RegionNow",
    "Totals",
    "VerifiedRate",
    "VillageFound",
    "VillageNow",
    "children",
    "figure_now",
    "find_by_address",
    "forget",
    "forget_all",
    "groups_of",
    "household_by_key",
    "households_of",
    "place",
    "region_chain",
    "search_villages",
    "start",
    "totals",
    "verified_rate_of",
    "village_by_id",
    "village_from",
    "villages_in",
]
