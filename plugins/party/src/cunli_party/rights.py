"""Who may do what, before it is asked in which branch (see `standing`)."""

from __future__ import annotations

from typing import Final

from cunli import Capability

SET_UP: Final = "party.branch.set_up"
LOOK: Final = "party.board.read"
TEACH: Final = "party.county.teach"
BELONG: Final = "party.branch.read"
LEAD: Final = "party.branch.lead"
OFFICES: Final = frozenset({"village_admin", "township_admin", "county_admin"})
NOBODY: Final[frozenset[str]] = frozenset()
CAPABILITIES: Final = (
    Capability(id=SET_UP, roles=OFFICES, label="设立支部、确定书记"),
    Capability(id=LOOK, roles=OFFICES, label="看党建总览（只有数字）"),
    Capability(id=TEACH, roles=frozenset({"county_admin"}), label="放出全县的课程"),
    Capability(id=BELONG, roles=NOBODY, label="看支部内部的内容（支部核实过的党员才有）"),
    Capability(id=LEAD, roles=NOBODY, label="管支部的事（支部书记、副书记、委员才有）"),
)
