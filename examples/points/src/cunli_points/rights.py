"""Who may do what from the start."""

from __future__ import annotations

from cunli import Capability

GIVE = "points.entry.give"
REDEEM = "points.shop.redeem"
READ = "points.ledger.read"
EDIT = "points.catalogue.edit"

CAPABILITIES = (
    Capability(id=GIVE, roles=frozenset({"village_admin"}), label="记分、收回"),
    Capability(id=REDEEM, roles=frozenset({"member", "village_admin"}), label="用积分换东西"),
    Capability(id=READ, roles=frozenset({"village_admin", "township_admin", "county_admin"}), label="看全村的积分"),
    Capability(id=EDIT, roles=frozenset({"village_admin"}), label="定记分的事和换的东西"),
)
