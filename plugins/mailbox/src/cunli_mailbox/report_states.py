"""What the discipline office can do with a sealed report, as one table (R24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cunli import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMove:
    """One thing that the discipline office does with a report (R24). `told`: its writer reads it with the receipt code."""

    label: Any
    sources: frozenset[str]
    to: str = ""
    told: bool = True
    words: bool = False


OPEN_REPORT: Final = frozenset({"received", "accepted", "talking", "looking", "kept"})
REPORT_MOVES: Final = {
    "accept": ReportMove(label=_("受理"), sources=frozenset({"received"}), to="accepted"),
    "ask": ReportMove(label=_("问举报人一句"), sources=OPEN_REPORT, words=True),
    "note": ReportMove(label=_("内部备注"), sources=OPEN_REPORT | {"ended"}, told=False, words=True),
    "talk": ReportMove(label=_("谈话函询"), sources=OPEN_REPORT - {"received", "talking"}, to="talking", told=False),
    "look": ReportMove(label=_("初步核实"), sources=OPEN_REPORT - {"received", "looking"}, to="looking", told=False),
    "keep": ReportMove(label=_("暂存待查"), sources=OPEN_REPORT - {"received", "kept"}, to="kept", told=False),
    "end": ReportMove(label=_("予以了结，告诉结果"), sources=OPEN_REPORT - {"received"}, to="ended", words=True),
}
