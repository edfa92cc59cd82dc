"""What changes the ledger. Each act is one unit, and the database refuses what would go below zero: of two who spend the same
points at once, one is too late."""

from __future__ import annotations

from cunli import Reviewed, emit, publish_entry, unit, withdraw_entry
from tortoise.expressions import F

from .events import PointsGiven
from .models import Entry, Good, Purse
from .register import Owner

AWARD = "points.award"


class Refused(Exception):
    """It cannot be done: `balance`, `stock`, `gone` or `spent`."""


async def _add(purse_id: int, amount: int) -> bool:
    """Change a balance, unless it would go below zero. Holds the purse until the unit is over."""
    return bool(await Purse.filter(id=purse_id, balance__gte=-amount).update(balance=F("balance") + amount))


async def _open(owner: Owner, village_id: int) -> Purse:
    found = await purse_of(owner.person_id, owner.household_id)
    if found is None:
        holder = {"person_id": owner.person_id, "household_id": owner.household_id}
        found, _new = await Purse.get_or_create(token=f"{village_id}:{owner.key}", defaults=holder)
    return found


async def purse_of(person_id: int | None, household_id: int | None) -> Purse | None:
    """The purse of a villager or household in the village in scope."""
    if person_id is None and household_id is None:
        return None
    return await Purse.filter(person_id=person_id, household_id=household_id).order_by("-balance").first()


@unit
async def give(
    owner: Owner, village_id: int, what: str, points: int, reason: str, by: int, reviewed: Reviewed | None
) -> None:
    """Give points for a good deed, and say so in the feed if it was reviewed for that."""
    purse = await _open(owner, village_id)
    await _add(purse.id, points)
    post = await publish_entry(reviewed) if reviewed else ""
    line = await Entry.create(
        purse_id=purse.id, kind="give", amount=points, what=what, reason=reason, by_id=by, post=post
    )
    await emit(PointsGiven(village_id=village_id, entry_id=line.id, points=points))


@unit
async def redeem(purse_id: int, good_id: int, by: int) -> None:
    """Exchange points for a good: the stock and the balance go down together, or neither."""
    good = await Good.filter(id=good_id, open=True).first()
    if good is None:
        raise Refused("gone")
    if not await Good.filter(id=good_id, price=good.price, stock__gte=1).update(stock=F("stock") - 1):
        raise Refused("stock")
    if not await _add(purse_id, -good.price):
        raise Refused("balance")
    await Entry.create(purse_id=purse_id, kind="spend", amount=-good.price, what=good.name, good_id=good_id, by_id=by)


@unit
async def take_back(entry_id: int, reason: str, by: int) -> None:
    """Undo a line by a line against it. What was spent since cannot be taken back; what was redeemed returns to the shelf."""
    line = await Entry.filter(id=entry_id, kind__in=("give", "spend")).first()
    if line is None:
        raise Refused("gone")
    if not await _add(line.purse_id, -line.amount):
        raise Refused("spent")
    if await Entry.filter(against_id=line.id).exists():
        raise Refused("gone")
    if line.good_id:
        await Good.filter(id=line.good_id).update(stock=F("stock") + 1)
    await Entry.create(
        purse_id=line.purse_id,
        kind="back",
        amount=-line.amount,
        what=line.what,
        reason=reason,
        by_id=by,
        good_id=line.good_id,
        against_id=line.id,
    )
    if line.post:
        await withdraw_entry(line.post, kind=AWARD, village_id=line.village_id)
