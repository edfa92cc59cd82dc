"""Who may do what, before it is asked what somebody is to one letter (see `standing`)."""

from __future__ import annotations

from typing import Final

from cunli import Capability

WRITE: Final = "mailbox.letter.write"
HANDLE: Final = "mailbox.letter.handle"
TOWNSHIP: Final = "mailbox.letter.township"
COUNTY: Final = "mailbox.letter.county"
OFFICES: Final = frozenset({"village_admin", "township_admin", "county_admin"})
CAPABILITIES: Final = (
    Capability(id=WRITE, roles=OFFICES | {"member"}, label="写信"),
    Capability(id=HANDLE, roles=OFFICES, label="办信"),
    Capability(id=TOWNSHIP, roles=OFFICES - {"village_admin"}, label="看写给镇里的信、反映村干部的信"),
    Capability(id=COUNTY, roles=frozenset({"county_admin"}), label="看写给县里的信、反映镇干部的信"),
)
