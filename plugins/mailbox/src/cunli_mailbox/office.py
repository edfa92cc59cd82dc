"""What pages need from the county before a unit: the calendar that it chose, the rules as it shortened them."""

from __future__ import annotations

from cunli import HOLIDAYS, Visit, provider_of

from .duty import Hours
from .moving import Ground
from .settings import DUTY_FROM, DUTY_TO, SHORTER
from .terms import Calendar
from .ticking import rules_with


def calendar() -> Calendar:
    """The holidays that the county goes by."""
    return provider_of(HOLIDAYS)


async def ground(visit: Visit) -> Ground:
    """What a move in the village of this visit stands on."""
    shorter = {rule: visit.setting(which) for rule, which in SHORTER.items()}
    hours = Hours.read(visit.setting(DUTY_FROM), visit.setting(DUTY_TO))
    return Ground(calendar=calendar(), rules=rules_with(shorter), url=visit.here.url, hours=hours)
