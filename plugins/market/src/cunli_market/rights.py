"""Who may do what, before it is asked whose shop or order it is."""

from __future__ import annotations

from typing import Final

from cunli import Capability

OFFICES: Final = frozenset({"village_admin", "township_admin", "county_admin"})
SELL: Final = "market.shop.keep"
SHARE: Final = "market.good.share"
ADVERTISE: Final = "market.ad.write"
OVERSEE: Final = "market.shop.oversee"
ENDORSE: Final = "market.endorsement.give"
CAPABILITIES: Final = (
    Capability(id=SELL, roles=OFFICES | {"member"}, label="开店卖东西"),
    Capability(id=SHARE, roles=OFFICES | {"member"}, label="把好货转到村友圈"),
    Capability(id=ADVERTISE, roles=OFFICES | {"member"}, label="发卖、买、找工的小广告"),
    Capability(id=OVERSEE, roles=OFFICES, label="管集市：下架、评理、核对店主"),
    Capability(id=ENDORSE, roles=OFFICES, label="给店和货做认证背书"),
)
