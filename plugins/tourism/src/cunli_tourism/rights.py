"""Who may do what, before it is asked whose place or booking it is."""

from __future__ import annotations

from typing import Final

from cunli import Capability

OFFICES: Final = frozenset({"village_admin", "township_admin", "county_admin"})
KEEP: Final = "tourism.place.keep"
OVERSEE: Final = "tourism.place.oversee"
CAPABILITIES: Final = (
    Capability(id=KEEP, roles=OFFICES | {"member"}, label="开民宿、农家乐，接客人"),
    Capability(id=OVERSEE, roles=OFFICES, label="管乡村游：核对新开的、替没有手机的主人答应、看报表"),
)
