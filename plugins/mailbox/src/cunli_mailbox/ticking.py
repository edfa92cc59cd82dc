"""The clocks of one letter, from its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from .clocks import Happened, Rule, Running, clocks, default_rules
from .models import Letter, Step
from .states import BY_NAME
from .terms import Calendar, Pause
from .words import TRACK_OF

SILENCE: Final = "M2-silence"


def rules_with(shorter: Mapping[str, int]) -> tuple[Rule, ...]:
    """The rules, with those shortened that the county, township or village made shorter."""
    return tuple(
        rule.shortened(min(shorter[rule.id], rule.term.amount)) if rule.id in shorter else rule
        for rule in default_rules()
    )


def matter_of(letter: Letter) -> dict[str, object]:
    """What the rules ask about a letter."""
    track = letter.track or TRACK_OF.get(letter.kind, "help")
    return {"track": track, "urgency": letter.urgency, "stage": letter.stage, "named": True}


def clocks_of(letter: Letter, steps: Sequence[Step], calendar: Calendar, rules: Sequence[Rule]) -> list[Running]:
    """Every term of a letter. Steps are in order."""
    events = [Happened(what=BY_NAME[one.move].event, at=one.at) for one in steps if BY_NAME[one.move].event]
    extended = {one.facts["rule"]: one.facts["amount"] for one in steps if one.move == "extend"}
    return clocks(matter_of(letter), events, calendar, pauses=pauses_of(steps), extended=extended, rules=rules)


def pauses_of(steps: Sequence[Step]) -> list[Pause]:
    """When the letter waited for its writer."""
    found: list[Pause] = []
    since: datetime | None = None
    for one in steps:
        if one.after == "paused" and since is None:
            since = one.at
        elif since is not None and one.after != "paused":
            found.append(Pause(start=since, end=one.at))
            since = None
    return [*found, Pause(start=since)] if since is not None else found


def next_due(running: Sequence[Running], binds: str = "office") -> Running | None:
    """The term that is over first among those that are not met and not paused."""
    open_ = [one for one in running if one.met is None and one.due is not None and one.rule.binds == binds]
    return min(open_, key=lambda one: one.due.at, default=None)  # type: ignore[union-attr]


def terms_now(letter: Letter, steps: Sequence[Step], calendar: Calendar, rules: Sequence[Rule]) -> dict[str, Any]:
    """The columns of the row that the clocks say: the soonest term of the office, and when silence closes the letter."""
    running = clocks_of(letter, steps, calendar, rules)
    soonest = next_due(running)
    silence = next((one for one in running if one.rule.id == SILENCE and one.met is None), None)
    dues = [one.due for one in (soonest, silence) if one and one.due]
    return {
        "due_at": soonest.due.at if soonest and soonest.due else None,
        "due_rule": soonest.rule.id if soonest else "",
        "silence_at": silence.due.at if silence and silence.due else None,
        "provisional": any(due.provisional for due in dues),
    }
