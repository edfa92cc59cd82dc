"""What may happen to a case, who may decide it, and when it is due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from cunli.web.i18n import LazyText, _

OPEN, DECIDED, GONE = "open", "decided", "gone"
REPORT, HELD, DIRECT, APPEAL = "report", "held", "direct", "appeal"
KEEP, HIDE, RELEASE, REFUSE, RESTORE, UPHOLD = "keep", "hide", "release", "refuse", "restore", "uphold"
COUNTY, VILLAGE = 3, 5
WORDS_MAX: Final = 500
UNDO: Final = timedelta(minutes=10)

KINDS: Final[dict[str, LazyText]] = {
    REPORT: _("举报"),
    HELD: _("等着发布"),
    APPEAL: _("申诉"),
    DIRECT: _("管理员自己处理"),
}
QUEUED: Final = (REPORT, HELD, APPEAL)
OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    REPORT: (KEEP, HIDE),
    HELD: (RELEASE, REFUSE),
    APPEAL: (RESTORE, UPHOLD),
    DIRECT: (HIDE,),
}
SAID: Final[dict[str, LazyText]] = {
    KEEP: _("留着"),
    HIDE: _("收起来"),
    RELEASE: _("发布"),
    REFUSE: _("不发布"),
    RESTORE: _("改判，放出来"),
    UPHOLD: _("维持原来的决定"),
}
AGAINST_AUTHOR: Final = frozenset({HIDE, REFUSE, UPHOLD})
NEEDS_REASON: Final = frozenset({KEEP, HIDE, REFUSE, RESTORE, UPHOLD})
REASONS: Final[dict[str, LazyText]] = {
    "untrue": _("说的不是真的"),
    "abuse": _("骂人、欺负人"),
    "fraud": _("像是骗钱的"),
    "private": _("露了别人的电话、住址或照片"),
    "illegal": _("违法的东西"),
    "other": _("别的原因"),
}
RULES: Final[dict[str, LazyText]] = {**REASONS, "before": _("发布前先看")}
LEVEL_NAMES: Final[dict[int, LazyText]] = {5: _("村里"), 4: _("镇里"), 3: _("县里")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it stands. `chain` is its village's region and those above it; `appealed`: somebody appealed against it."""

    id: int
    key: str
    village_id: int
    chain: tuple[int, int, int]
    kind: str
    object_kind: str
    object_id: int
    author_id: int
    level: int
    rule: str
    opened_at: datetime
    due_at: datetime
    state: str = OPEN
    outcome: str = ""
    was: str = ""
    reason: str = ""
    words: str = ""
    decided_by_id: int = 0
    decided_level: int = 0
    decided_at: datetime | None = None
    appeal_of_id: int = 0
    appealed: bool = False


WHY_NOT: Final[dict[str, LazyText]] = {
    "own": _("这是你自己发的，不能由你自己处理。"),
    "reported": _("这是你自己举报的，请别的管理员来看。"),
    "before": _("原来的决定是你定的，申诉要由别人来看。"),
    "level": _("申诉要由上一级来看。"),
}


def why_not_decide(
    case: Case, person_id: int, level: int, reporters: Collection[int], deciders: Collection[int]
) -> str:
    """Why this official may not decide this case; empty when they may. A key of `WHY_NOT`.

    `level` is of the official's highest office over the village. `deciders` decided about the same thing before.
    """
    if person_id == case.author_id:
        return "own"
    if person_id in reporters:
        return "reported"
    if case.kind == APPEAL and person_id in deciders:
        return "before"
    return "level" if level > case.level else ""


def fits(case: Case, outcome: str) -> bool:
    """Whether this is a decision that an open case of this kind can have."""
    return case.state == OPEN and outcome in OUTCOMES[case.kind]


def appeal_level(case: Case) -> int:
    """Who decides an appeal against a decision: the level above the one that made it; at the county somebody else there."""
    return max(COUNTY, case.decided_level - 1)


def appeal_until(case: Case, days: int) -> datetime | None:
    """Until when the author may appeal against a decision; None when it never may be appealed."""
    if case.state != DECIDED or case.decided_at is None or case.outcome not in AGAINST_AUTHOR or case.appealed:
        return None
    if case.kind == APPEAL and case.decided_level <= COUNTY:
        return None  # the county has looked at it twice
    return case.decided_at + timedelta(days=days)


def may_appeal(case: Case, person_id: int, now: datetime, days: int) -> bool:
    """Whether this person may appeal against this decision now."""
    until = appeal_until(case, days)
    return person_id == case.author_id and until is not None and now <= until


def may_undo(case: Case, person_id: int, now: datetime) -> bool:
    """Whether this official may take their own decision back: within ten minutes, and while nobody appealed."""
    if case.state != DECIDED or case.decided_at is None or case.kind == DIRECT or case.appealed:
        return False
    return case.decided_by_id == person_id and now - case.decided_at <= UNDO


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How fast decisions were made: how many, how many by their due time, and the middle of the waiting in hours."""

    decided: int
    in_time: int
    hours: float

    @property
    def share(self) -> int:
        """Percent that were in time."""
        return round(100 * self.in_time / self.decided) if self.decided else 100


def times(waits: Collection[tuple[datetime, datetime, datetime]]) -> Times:
    """From opened, due and decided of each case."""
    hours = [(decided - opened).total_seconds() / 3600 for opened, _due, decided in waits]
    return Times(
        decided=len(waits),
        in_time=sum(decided <= due for _opened, due, decided in waits),
        hours=round(median(hours), 1) if hours else 0.0,
    )
