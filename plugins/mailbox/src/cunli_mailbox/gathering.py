"""The clock of sealed reports: slips become reports some time after they came, and the discipline office hears of it then."""

from __future__ import annotations

from cunli import TaskContext, tell, unit

from . import reports
from .minding import url_of
from .settings import DISCIPLINE


async def gather(ctx: TaskContext) -> None:
    """Every twenty minutes: take some slips along, and say once that something is there."""
    if await reports.gather():
        await _tell(await reports.receivers(ctx.setting(DISCIPLINE)), await url_of(ctx))


@unit
async def _tell(people: list[int], url: str) -> None:
    for person in people:
        await tell(person, "mailbox.reports", url=f"{url}/mailbox/reports")
