"""What codes cost: county officials hear of it before the day's budget is used up, when it is, and when the vendor refuses."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.clock import today
from cunli.notify.actions import tell
from cunli.trust import limits
from cunli.trust.limits import Limit

NEAR: Final = 0.8
SELDOM: Final = Limit(name="alarms about codes", most=1, seconds=6 * 3600)


async def watch(budget: Limit) -> None:
    """Look how much of the day's budget is used."""
    used = await limits.used(budget, "")
    if used >= budget.most:
        await sound("codes.over", n=used, most=budget.most)
    elif used >= budget.most * NEAR:
        await sound("codes.near", n=used, most=budget.most)


async def sound(kind: str, *, n: int = 0, most: int = 0, code: str = "") -> None:
    """Tell every county official, once a day for each kind, however often it happens and in how many processes."""
    if await limits.take((SELDOM, kind)):
        return
    rows = await db.read(
        "SELECT DISTINCT person_id FROM core_role WHERE kind = 'county_admin' AND revoked_at IS NULL ORDER BY person_id"
    )
    for row in rows:
        await tell(row["person_id"], kind, url="/inbox", once=f"{kind}:{today():%Y%m%d}", n=n, most=most, code=code)
